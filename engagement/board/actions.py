"""Putting up posts and everything that happens to them. An action never commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from engagement.board import queries, rules
from engagement.board.models import (
    Attendance,
    BoardVisit,
    Post,
    Wording,
)
from engagement.board.rules import Draft, PostKind, destinations
from engagement.pauses.actions import refuse_when_paused
from estate import clock
from estate.audit.actions import record
from estate.database import insert_for, one_at_a_time, stale
from estate.jobs import actions as jobs
from estate.language import N_
from estate.notifications.actions import notify, take_back, take_back_from
from estate.people.queries import called_for_keeping
from estate.permissions import Role, Scope
from estate.photos import actions as photos
from estate.photos.queries import photos_of
from estate.photos.store import Picture, Store
from estate.places.queries import front_door
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.search.actions import forget_words
from estate.search.rules import index_words

OWNER = "post"
"""How the photos of posts are kept apart from those of other things."""
INDEX = "post_fts"
STEP = 200


@dataclass(frozen=True, slots=True)
class Signature:
    """How an author is shown: a name with a stairwell or a role, or an alias with neither."""

    name: str
    place: str = ""
    role: str = ""
    protected: bool = False


def signature(session: Session, scope: Scope, section: int, role: Role | None = None) -> Signature:
    """How this person signs in a section: in a role, else as the neighbour they are there.

    Somebody who has no home in the section signs in the role that lets them write there.
    """
    person = called_for_keeping(session, scope.person)
    name, protected = person.name, person.protected
    if role is not None:
        return Signature(person.in_role, role=role, protected=protected)
    for standing in scope.reader.standings:
        if standing.role is Role.RESIDENT and section in standing.sections:
            if person.aliased or standing.stairwell is None:
                return Signature(name, protected=protected)
            return Signature(name, rules.shown_place(*front_door(session, standing.stairwell)))
    acting = [d.role for d in destinations(scope) if d.section == section and d.role]
    return Signature(person.in_role, role=acting[0] if acting else "", protected=protected)


def end_of_day(day: date | None) -> datetime | None:
    """The moment a day ends in Denmark."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time(), clock.LOCAL)


def stale_post(session: Session, post: Post) -> None:
    """Let open boards, first pages and the post's own page be fetched anew."""
    for block in ("board", "today", f"post-{post.id}"):
        stale(session, post.topic, block)
    if post.author_id is not None:
        stale(session, f"person:{post.author_id}", f"post-{post.id}")


def put_up(session: Session, scope: Scope, draft: Draft, language: str, now: datetime) -> Post:
    """Hang a post for its audience and tell them. The draft has no problems left.

    Raises Missing for a destination that is not this person's, Refused while they are paused.
    """
    to = draft.destination
    if to is None or draft.kind is None or to not in destinations(scope):
        raise Missing
    refuse_when_paused(session, scope, to.section, now)
    signed = signature(session, scope, to.section, to.role)
    if signed.protected and to.audience in rules.NEAR_HOME:
        raise Missing
    post = Post(
        author_id=scope.person,
        author_name=signed.name,
        author_place=signed.place,
        author_role=signed.role,
        kind=draft.kind,
        audience=to.audience,
        topic=to.topic,
        section_id=to.section,
        building_id=to.building,
        stairwell_id=to.stairwell,
        title=draft.title,
        text=draft.text,
        language=language,
        venue=draft.venue,
        posted_at=now,
        bumped_at=now,
        expires_at=rules.expires(draft, now, end_of_day(draft.until)),
        search_words=index_words((draft.title, draft.text, draft.venue), language),
    )
    if draft.kind is PostKind.EVENT:
        post.starts_at, post.ends_at = draft.starts_at, draft.ends_at
    session.add(post)
    session.flush()
    jobs.ask(session, rules.NEWS_JOB, None, post=post.id)
    stale_post(session, post)
    return post


def hold(session: Session, post: Post) -> None:
    """Read a post as it stands now and keep it so until the commit.

    What is decided by its state waits for others who are changing it.
    """
    session.flush()
    # Not FOR UPDATE: two who have just written below the post would wait for each other for ever.
    session.refresh(post, with_for_update={"key_share": True})


def rewrite(session: Session, post: Post, draft: Draft, now: datetime) -> None:
    """Change the author's own post; what it said before stays to be read as an earlier wording.

    Who said yes to an event is told when its time or place changes.
    """
    hold(session, post)
    reworded = (post.title, post.text) != (draft.title, draft.text)
    was, will = (post.starts_at, post.ends_at), (draft.starts_at, draft.ends_at)
    moved = post.kind is PostKind.EVENT and (*was, post.venue) != (*will, draft.venue)
    if reworded:
        _keep_wording(session, post, now)
    if reworded or moved:
        post.version += 1
        post.edited_at = now
    post.title, post.text, post.venue = draft.title, draft.text, draft.venue
    post.expires_at = _expires_anew(post, draft, now)
    if post.kind is PostKind.EVENT:
        post.starts_at, post.ends_at = will
    post.search_words = index_words((post.title, post.text, post.venue), post.language)
    relist(post, now)
    if moved:
        _tell_guests(session, post, N_("The time or place of “{title}” has changed."), now)
    stale_post(session, post)


def _expires_anew(post: Post, draft: Draft, now: datetime) -> datetime:
    """When an edited post comes down: by its new day, else as before, but after its event."""
    if draft.until is not None:
        return rules.expires(draft, now, end_of_day(draft.until))
    if post.kind is not PostKind.EVENT:
        return post.expires_at
    only_for_the_event = post.expires_at == (post.ends_at or post.starts_at)
    hung = post.bumped_at + rules.HANGS if only_for_the_event else post.expires_at
    return max(hung, draft.ends_at or draft.starts_at or hung)


def _keep_wording(session: Session, post: Post, now: datetime) -> None:
    session.add(
        Wording(
            post_id=post.id,
            version=post.version,
            title=post.title,
            text=post.text,
            replaced_at=now,
        )
    )


def _tell_guests(session: Session, post: Post, body: str, now: datetime) -> None:
    """Tell those who said yes, as far as they still read what hangs here."""
    coming = select(Attendance.person_id).where(Attendance.post_id == post.id, Attendance.coming)
    day = clock.local(now).date()
    guests = queries.readers_among(session, post, session.scalars(coming), day)
    notify(
        session,
        kind=rules.EVENT_CHANGED.name,
        persons=[person for person in guests if person != post.author_id],
        title=N_("Something you said yes to has changed"),
        body=body,
        values={"title": post.title},
        address=f"/board/{post.id}",
        merge_key=rules.change_key(post.id),
    )


def relist(post: Post, now: datetime) -> None:
    """Let a post hang, or not, as its dates and moderation say."""
    post.listed = rules.hangs(now, post.expires_at, post.withdrawn_at, post.hidden_at)


def erase_wording(
    session: Session, post: Post, version: int, now: datetime, log: ErasureLog
) -> None:
    """Erase an earlier wording that said too much; that there was one stays. Raises Missing."""
    found = session.scalar(
        select(Wording.id).where(Wording.post_id == post.id, Wording.version == version)
    )
    if found is None:
        raise Missing
    log.append(Erasure(rules.WORDING, [found], now))
    erase_wordings(session, [found])
    stale(session, post.topic, f"post-{post.id}")


def erase_wordings(session: Session, ids: Sequence[int]) -> None:
    """Erase what these earlier wordings said; that there was one stays."""
    session.execute(
        update(Wording).where(Wording.id.in_(ids)).values(title="", text="", erased_at=clock.now())
    )


def withdraw(session: Session, post: Post, now: datetime, log: ErasureLog) -> None:
    """Take the author's own post down, also after a restore; its private threads close with it."""
    hold(session, post)
    if post.withdrawn_at is None:
        log.append(Erasure(rules.WITHDRAWN, [post.id], now))
        post.withdrawn_at = now
        post.listed = False
        post.pinned_at = None
        _take_back_news(session, [post.id])
        record(session, "withdrawn", (OWNER, post.id), actor=post.author_id)
        if post.kind is PostKind.EVENT and post.starts_at is not None and post.starts_at > now:
            _tell_guests(session, post, N_("“{title}” has been called off."), now)
        stale_post(session, post)


def withdraw_again(session: Session, ids: Sequence[int]) -> None:
    """Take these posts down, which a restore hung up again."""
    hanging = (Post.id.in_(ids), Post.withdrawn_at.is_(None))
    down = {"withdrawn_at": clock.now(), "listed": False, "pinned_at": None}
    session.execute(update(Post).where(*hanging).values(down))
    _take_back_news(session, ids)


def _take_back_news(session: Session, posts: Sequence[int]) -> None:
    """Let nobody be told any more of posts that came down, nor of what changed about them."""
    authors = select(Post.author_id).where(Post.id.in_(posts))
    take_back(session, session.scalars(authors).all(), [rules.news_key(post) for post in posts])
    coming = select(Attendance.person_id).where(Attendance.post_id.in_(posts))
    changes = [rules.change_key(post) for post in posts]
    take_back_from(session, session.scalars(coming).all(), changes)


def renew(session: Session, post: Post, now: datetime) -> None:
    """Put the author's own post up again for 30 days; moderation's no stays a no.

    It goes to the top of the board once a day at most: one that was withdrawn within the day comes
    back where it was, and one that hangs is Refused.
    """
    hold(session, post)
    if post.hidden_at is not None:
        raise Refused(N_("The board has hidden this post. You can answer the reason first."))
    if post.author_id is not None:
        refuse_near_home(post, called_for_keeping(session, post.author_id).protected)
    again = post.bumped_at + rules.AT_THE_TOP_AGAIN
    if now < again and post.listed and post.expires_at > now:
        raise Refused(
            N_("It was put up less than a day ago. Try again after {again}."), again=again
        )
    post.withdrawn_at = None
    if now >= again:
        post.bumped_at = now
    post.expires_at = max(post.expires_at, now + rules.HANGS)
    relist(post, now)
    stale_post(session, post)


def refuse_near_home(post: Post, protected: bool) -> None:
    """Raise Refused where only the nearest read it and the name of who writes is protected."""
    if protected and post.audience in rules.NEAR_HOME:
        raise Refused(N_("Your name is protected, and this would tell where you live."))


def settle(session: Session, post: Post, now: datetime) -> None:
    """Mark the author's own post as lent, given or found."""
    if post.kind not in rules.SETTLING:
        raise Refused(N_("This kind of post cannot be marked as done."))
    post.settled_at = post.settled_at or now
    stale_post(session, post)


def reopen(session: Session, post: Post) -> None:
    """Undo the mark: it was not lent, given or found after all."""
    post.settled_at = None
    stale_post(session, post)


def pin(session: Session, post: Post, person: int, now: datetime) -> None:
    """Hold a post at the top for its audience. Raises Refused when three are already."""
    one_at_a_time(session, f"pins {post.topic}")
    pinned = session.scalar(
        select(func.count()).where(
            Post.topic == post.topic,
            Post.pinned_at > rules.EPOCH,
            Post.listed,
            Post.expires_at > now,
            Post.id != post.id,
        )
    )
    if (pinned or 0) >= rules.MOST_PINS:
        raise Refused(
            N_("{count} posts are pinned already. Let one of them go first."), count=rules.MOST_PINS
        )
    post.pinned_at = now
    record(session, "pinned", (OWNER, post.id), actor=person)
    stale_post(session, post)


def unpin(session: Session, post: Post, person: int) -> None:
    """Let a pinned post hang like the others."""
    post.pinned_at = None
    record(session, "unpinned", (OWNER, post.id), actor=person)
    stale_post(session, post)


def add_photo(session: Session, store: Store, post: Post, picture: Picture) -> int:
    """One more photo on a post, three at most; returns its number."""
    session.flush()
    session.refresh(post, ["photo_count", "cover"], with_for_update=True)
    if post.photo_count >= rules.MOST_PHOTOS:
        raise Refused(N_("At most {count} photos."), count=rules.MOST_PHOTOS)
    number = photos.add(session, store, OWNER, post.id, picture)
    _count_photos(session, post)
    stale_post(session, post)
    return number


def _count_photos(session: Session, post: Post) -> None:
    """Count the photos of a post, for the lists."""
    hung = photos_of(session, OWNER, post.id)
    post.photo_count, post.cover = len(hung), hung[0].n if hung else 0


def remove_photo(session: Session, post: Post, number: int, log: ErasureLog) -> None:
    """Take a photo off a post, for good: a restore takes it off again. Raises Missing."""
    session.flush()
    session.refresh(post, ["photo_count", "cover"], with_for_update=True)
    gone = photos.remove(session, OWNER, post.id, number)
    if gone is None:
        raise Missing
    log.append(Erasure(rules.PHOTO, [gone], clock.now()))
    _count_photos(session, post)
    stale_post(session, post)


def erase_photos(session: Session, ids: Sequence[int]) -> None:
    """Take these photos off the posts that a restore brought them back to."""
    for owner in photos.remove_again(session, OWNER, ids):
        _count_photos(session, session.get_one(Post, owner))


def change_photos(
    session: Session,
    store: Store,
    post: Post,
    removed: Iterable[int],
    pictures: Iterable[Picture],
    log: ErasureLog,
) -> None:
    """Take these numbers off a post, then put these up: there may be no room before."""
    for number in removed:
        remove_photo(session, post, number, log)
    for picture in pictures:
        add_photo(session, store, post, picture)


def hide(session: Session, post: Post, hidden_at: datetime | None, now: datetime) -> None:
    """Hide a post, or let it hang again with None; moderation decides."""
    hold(session, post)
    post.hidden_at = hidden_at
    if hidden_at is not None:
        post.pinned_at = None
        _take_back_news(session, [post.id])
    relist(post, now)
    stale_post(session, post)


def answer_event(session: Session, scope: Scope, post: Post, coming: bool, now: datetime) -> None:
    """Say yes or no to an event, or change one's mind, until it is over."""
    if post.kind is not PostKind.EVENT or post.starts_at is None:
        raise Missing
    if (post.ends_at or post.starts_at) < now or not post.listed:
        raise Refused(N_("This event is over."))
    said = {"coming": coming, "answered_at": now}
    session.execute(
        insert_for(session, Attendance)
        .values(post_id=post.id, person_id=scope.person, **said)
        .on_conflict_do_update(index_elements=["post_id", "person_id"], set_=said)
    )
    stale(session, post.topic, f"post-{post.id}")
    stale(session, f"person:{scope.person}", "today")


def mark_read(
    session: Session, person: int, now: datetime, *, until: datetime | None, opened: int | None
) -> None:
    """Remember how far somebody has read the board, or that they opened one post."""
    begun = insert_for(session, BoardVisit).values(
        person_id=person, read_until=min(until or now, now), opened=[]
    )
    session.execute(begun.on_conflict_do_nothing())
    visit = session.get_one(BoardVisit, person, with_for_update=True)
    if until is not None:
        visit.read_until = max(visit.read_until, min(until, now))
    if opened is not None:
        visit.opened = rules.opened_since(visit.opened, opened)
    stale(session, f"person:{person}", "today")


def take_down(session: Session, now: datetime, limit: int = 500) -> int:
    """Take posts down whose time is over; the worker calls this often. Returns how many."""
    over = session.scalars(
        select(Post.id).where(Post.listed, Post.expires_at <= now).limit(limit)
    ).all()
    # Asked again: its author may have put one up anew since.
    still = (Post.id.in_(over), Post.expires_at <= now)
    session.execute(update(Post).where(*still).values(listed=False, pinned_at=None))
    return len(over)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 200 posts that came down before `before`; returns their ids."""
    last = func.coalesce(Post.withdrawn_at, Post.expires_at)
    wanted = select(Post.id).where(Post.listed.is_(False), last < before).limit(STEP)
    ids = list(session.scalars(wanted))
    erase(session, ids)
    return ids


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these posts with photos, answers, threads and their words in the search."""
    if ids:
        photos.remove_all(session, OWNER, ids)
        session.execute(delete(Post).where(Post.id.in_(ids)))
        forget_words(session, INDEX)
