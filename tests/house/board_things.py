"""A noticeboard with one of everything on it, for the walks."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board.models import Post
from engagement.board.rules import Audience, Draft, PostKind, destinations
from engagement.comments import actions as comments
from engagement.moderation import actions as moderation
from engagement.moderation import queries as reported
from engagement.moderation.models import Report, Ruling
from engagement.moderation.rules import Decision, ReportedKind
from engagement.pauses.models import PostingPause
from engagement.threads import actions as threads
from estate import clock
from estate.permissions import Permission, Scope, scope
from estate.photos.store import Store, prepare
from tests.builders import Estate, reader
from tests.pictures import picture


def hang(session: Session, estate: Estate, store: Store) -> dict[str, object]:
    """Amina's own post, yasmin's event and notice, and what is said and decided about them."""
    now = clock.now()
    own = _post(session, estate, "amina", PostKind.BORROW, Audience.SECTION)
    board.add_photo(session, store, own, prepare(picture()))
    board.rewrite(session, own, _draft("Hvem har en lang stige?", PostKind.BORROW), now)
    event = _post(session, estate, "yasmin", PostKind.EVENT, Audience.STAIRWELL)
    board.add_photo(session, store, event, prepare(picture("PNG")))
    notice = _post(session, estate, "yasmin", PostKind.OTHER, Audience.SECTION)
    amina = _writer(session, estate, "amina")
    comment = comments.write(session, amina, event, "Vi kommer gerne.", "da", now)
    thread = threads.ask(session, amina, event, "Hvad skal vi have med?", "da", now)
    board.answer_event(session, amina, event, coming=True, now=now)
    session.flush()
    return {
        "own": own.id,
        "event": event.id,
        "notice": notice.id,
        "comment": comment,
        "thread": thread.id,
        **_moderated(session, estate, store),
    }


def _writer(session: Session, estate: Estate, name: str) -> Scope:
    return scope(reader(session, estate.people[name]), Permission.POST_ON_BOARD)


def _draft(title: str, kind: PostKind) -> Draft:
    starts = clock.now() + timedelta(days=3) if kind is PostKind.EVENT else None
    text = "Det er til lørdag.\n\nSig til, hvis det er besværligt."
    return Draft(kind, title, text, until=None, starts_at=starts, venue="Gården")


def _post(session: Session, estate: Estate, name: str, kind: PostKind, audience: Audience) -> Post:
    writer = _writer(session, estate, name)
    to = next(place for place in destinations(writer) if place.audience is audience)
    draft = _draft("Hvem har en stige til låns?", kind)
    fields = {field: getattr(draft, field) for field in Draft.__slots__}
    return board.put_up(session, writer, Draft(**{**fields, "destination": to}), "da", clock.now())


def _moderated(session: Session, estate: Estate, store: Store) -> dict[str, object]:
    """One report that waits; one decided, with its ruling, and a pause that followed."""
    first = _post(session, estate, "jonas", PostKind.GIVE, Audience.SECTION)
    board.add_photo(session, store, first, prepare(picture()))
    second = _post(session, estate, "amina", PostKind.GIVE, Audience.SECTION)
    now = clock.now()
    chair = scope(reader(session, estate.people["chair"]), Permission.MODERATE)
    for post in (first, second):
        kind, writer = ReportedKind.POST, _writer(session, estate, "bent")
        moderation.report(session, writer, post, kind, post.id, "Grimt skrevet.", "da", now)
    session.flush()
    waiting, decided = session.scalars(select(Report.id).order_by(Report.id)).all()
    thing = reported.thing(session, reported.report(session, chair, decided))
    assert thing is not None
    moderation.decide(session, chair, thing, Decision.KEPT, "Det er en ytring.", "da", 0, now)
    waits = reported.thing(session, reported.report(session, chair, waiting))
    assert waits is not None
    moderation.pause(session, chair, waits, "Tag en uge.", "da", 7, now)
    session.flush()
    return {
        "judged": second.id,
        "report": waiting,
        "ruling": session.scalars(select(Ruling.id)).one(),
        "pause": session.scalars(select(PostingPause.id)).one(),
    }
