"""Reading what was reported and what was decided."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from engagement.board import queries as board
from engagement.board.models import Post, Wording
from engagement.comments.models import Comment
from engagement.moderation.models import Report, Ruling
from engagement.moderation.rules import FRESH, Decision, ReportedKind
from engagement.threads.models import Thread, ThreadMessage
from estate import clock
from estate.people.models import Person
from estate.people.rules import name_in_role
from estate.permissions import Role, Scope
from estate.reach.queries import holders_of, holders_over, moderated
from estate.refusals import Missing

SHOWN = 50


class Thing(NamedTuple):
    """What was reported, as moderation sees it. A thread's lines come from `lines_of`.

    An event has its time and place here. `parties` are those whose thing it is: none of them
    decides about it.
    """

    kind: ReportedKind
    id: int
    post_id: int
    section_id: int
    title: str
    title_language: str
    text: str
    language: str
    author_id: int | None
    author_name: str
    author_place: str
    author_role: str
    hidden_at: datetime | None
    withdrawn_at: datetime | None
    parties: frozenset[int | None]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    venue: str = ""


_Table = type[Report] | type[Ruling]


class Waiting(NamedTuple):
    """One reported thing in the pending list: the first report of it, and how many there are."""

    report: int
    thing_kind: ReportedKind
    thing_id: int
    title: str
    title_language: str
    why: str
    reported_at: datetime
    reports: int


def waiting(session: Session, scope: Scope) -> Sequence[Waiting]:
    """What waits for a decision in the sections this scope moderates, longest waiting first."""
    oldest = (
        select(func.min(Report.id).label("id"), func.count().label("reports"))
        .where(_moderated(scope, Report), Report.ruling_id.is_(None))
        .group_by(Report.thing_kind, Report.thing_id, Report.author_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Report.id,
            Report.thing_kind,
            Report.thing_id,
            Post.title,
            Post.language,
            Report.why,
            Report.reported_at,
            oldest.c.reports,
        )
        .join(oldest, oldest.c.id == Report.id)
        .join(Post, Post.id == Report.post_id)
        .order_by(Report.id)
        .limit(SHOWN)
    )
    return [Waiting(*row) for row in rows]


def waiting_count(session: Session, scope: Scope) -> int:
    """How many things wait for a decision."""
    things = (
        select(Report.thing_kind, Report.thing_id, Report.author_id)
        .where(_moderated(scope, Report), Report.ruling_id.is_(None))
        .distinct()
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(things)) or 0


def _moderated(scope: Scope, table: _Table) -> ColumnElement[bool]:
    """The condition that a scope decides about what was reported, and nobody about their own."""
    talk = table.thing_kind == ReportedKind.THREAD
    asked = select(Post.author_id).where(talk, Post.id == table.post_id).correlate(table)
    asker = select(Thread.asker_id).where(talk, Thread.id == table.thing_id).correlate(table)
    parties = (table.author_id, asked.scalar_subquery(), asker.scalar_subquery())
    return moderated(scope, table.section_id, parties, clock.today())


class RulingLine(NamedTuple):
    """One decision, its reason, and what the author answered."""

    id: int
    thing_kind: ReportedKind
    thing_id: int
    post_id: int
    title: str
    title_language: str
    decision: Decision
    reason: str
    language: str
    decided_at: datetime
    answer: str
    answer_language: str | None
    answered_at: datetime | None
    report: int


def _same(one: _Table, other: _Table | Thing) -> tuple[ColumnElement[bool], ...]:
    """The conditions that two are about the same thing of the same person's.

    A private conversation may be reported by both: what each wrote is decided by itself.
    """
    return (
        one.thing_kind == (other.kind if isinstance(other, Thing) else other.thing_kind),
        one.thing_id == (other.id if isinstance(other, Thing) else other.thing_id),
        one.author_id.is_not_distinct_from(other.author_id),
    )


def _rulings() -> Select[*tuple[Any, ...]]:
    report = (
        select(func.min(Report.id))
        .where(*_same(Report, Ruling))
        .correlate(Ruling)
        .scalar_subquery()
    )
    return select(
        Ruling.id,
        Ruling.thing_kind,
        Ruling.thing_id,
        Ruling.post_id,
        Post.title,
        Post.language,
        Ruling.decision,
        Ruling.reason,
        Ruling.language,
        Ruling.decided_at,
        Ruling.answer,
        Ruling.answer_language,
        Ruling.answered_at,
        report,
    ).join(Post, Post.id == Ruling.post_id)


def _lines(
    session: Session, rulings: Select[*tuple[Any, ...]], most: int | None = SHOWN
) -> Sequence[RulingLine]:
    return [RulingLine(*row) for row in session.execute(rulings.limit(most))]


def answered(session: Session, scope: Scope) -> Sequence[RulingLine]:
    """Decisions whose author has answered since, and that nobody has looked at again."""
    fresh = _rulings().where(_at_rest(scope), Ruling.answered_at.is_not(None))
    return _lines(session, fresh.order_by(Ruling.answered_at))


def answered_count(session: Session, scope: Scope, now: datetime) -> int:
    """How many authors have answered lately: who leaves a decision as it is need not say so."""
    fresh = Ruling.answered_at > now - FRESH
    return session.scalar(select(func.count(Ruling.id)).where(_at_rest(scope), fresh)) or 0


def lately(session: Session, scope: Scope) -> Sequence[RulingLine]:
    """The latest decisions where this scope moderates, of what waits for nobody."""
    decided = _rulings().where(_at_rest(scope), Ruling.answered_at.is_(None))
    return _lines(session, decided.order_by(Ruling.id.desc()))


def _at_rest(scope: Scope) -> ColumnElement[bool]:
    """The condition that a ruling is the last about its thing, and nobody reported it since.

    So one thing stands in one list only: waiting, answered, or decided lately.
    """
    open_again = select(Report.id).where(*_same(Report, Ruling), Report.ruling_id.is_(None))
    again = open_again.correlate(Ruling)
    return and_(_moderated(scope, Ruling), _last(), ~again.exists())


def _last() -> ColumnElement[bool]:
    """The condition that nothing was decided about a ruling's thing since."""
    later = aliased(Ruling)
    return ~select(later.id).where(*_same(later, Ruling), later.id > Ruling.id).exists()


def rulings_on(session: Session, thing: Thing) -> Sequence[RulingLine]:
    """Every decision about one thing, oldest first."""
    return _lines(session, _rulings().where(*_same(Ruling, thing)).order_by(Ruling.id))


def closing(session: Session, thread: int) -> Sequence[RulingLine]:
    """The decision that closed a private conversation, for both to read; none for an open one."""
    hidden = _rulings().where(
        Ruling.thing_kind == ReportedKind.THREAD,
        Ruling.thing_id == thread,
        Ruling.decision == Decision.HIDDEN,
    )
    return _lines(session, hidden.order_by(Ruling.id.desc()), most=1)


def newest_ruling(session: Session, thing: Thing) -> int:
    """The id of the last decision about a thing, or 0."""
    return session.scalar(select(func.max(Ruling.id)).where(*_same(Ruling, thing))) or 0


def rulings_for(session: Session, person: int, post: int) -> Sequence[RulingLine]:
    """The last decision about each thing of this person's under a post: they may answer it once."""
    newest = (
        select(func.max(Ruling.id))
        .where(Ruling.author_id == person, Ruling.post_id == post)
        .group_by(Ruling.thing_kind, Ruling.thing_id)
    )
    last = _rulings().where(Ruling.id.in_(newest)).order_by(Ruling.id)
    return _lines(session, last, most=None)


def hidden_lately(session: Session, person: int, now: datetime) -> Sequence[RulingLine]:
    """What the board lately hid of this person's, until they answer, newest first."""
    hidden = _rulings().where(
        Ruling.author_id == person,
        Ruling.decision == Decision.HIDDEN,
        Ruling.decided_at > now - FRESH,
        Ruling.answered_at.is_(None),
        _last(),
    )
    return _lines(session, hidden.order_by(Ruling.id.desc()))


def own_ruling(session: Session, person: int, number: int) -> RulingLine:
    """A decision about something of this person's. Raises Missing."""
    row = session.execute(
        _rulings().where(Ruling.id == number, Ruling.author_id == person)
    ).one_or_none()
    if row is None:
        raise Missing
    return RulingLine(*row)


def report(session: Session, scope: Scope, number: int) -> Report:
    """One report of what this scope moderates. Raises Missing."""
    found = session.scalars(
        select(Report).where(Report.id == number, _moderated(scope, Report))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


class Reason(NamedTuple):
    """Why somebody reported a thing. Who they are is nobody's business, the board's included."""

    why: str
    language: str
    reported_at: datetime


def reasons(session: Session, thing: Thing) -> Sequence[Reason]:
    """Every report of one thing, oldest first."""
    rows = session.execute(
        select(Report.why, Report.language, Report.reported_at)
        .where(*_same(Report, thing))
        .order_by(Report.id)
        .limit(SHOWN)
    )
    return [Reason(*row) for row in rows]


def thing(session: Session, report: Report) -> Thing | None:
    """The reported thing as it stands now; None once it is erased."""
    post = session.get(Post, report.post_id)
    if post is None:
        return None
    if report.thing_kind is ReportedKind.THREAD:
        thread = session.get(Thread, report.thing_id)
        return _thread_thing(post, thread, report.author_id) if thread else None
    comment = report.thing_kind is ReportedKind.COMMENT
    shown = session.get(Comment, report.thing_id) if comment else post
    if shown is None:
        return None
    return Thing(
        report.thing_kind,
        report.thing_id,
        post.id,
        post.section_id,
        post.title,
        post.language,
        shown.text,
        shown.language,
        shown.author_id,
        shown.author_name,
        shown.author_place,
        shown.author_role,
        shown.hidden_at,
        shown.withdrawn_at,
        frozenset({shown.author_id}),
        *((None, None, "") if comment else (post.starts_at, post.ends_at, post.venue)),
    )


def _thread_thing(post: Post, thread: Thread, author: int | None) -> Thing:
    asker = author == thread.asker_id
    return Thing(
        ReportedKind.THREAD,
        thread.id,
        post.id,
        post.section_id,
        post.title,
        post.language,
        "",
        post.language,
        author,
        thread.asker_name if asker else post.author_name,
        thread.asker_place if asker else post.author_place,
        "" if asker else post.author_role,
        thread.hidden_at,
        None,
        frozenset({thread.asker_id, post.author_id}),
    )


class ThreadLine(NamedTuple):
    """One line of a reported thread; `author` says whether the reported person wrote it."""

    author: bool
    text: str
    language: str
    written_at: datetime


def lines_of(session: Session, thing: Thing) -> Sequence[ThreadLine]:
    """The lines of a reported thread, oldest first."""
    rows = session.execute(
        select(
            ThreadMessage.author_id,
            ThreadMessage.text,
            ThreadMessage.language,
            ThreadMessage.written_at,
        )
        .where(ThreadMessage.thread_id == thing.id)
        .order_by(ThreadMessage.id.desc())
        .limit(2 * SHOWN)
    )
    lines = [ThreadLine(row[0] == thing.author_id, *row[1:]) for row in rows]
    return lines[::-1]


def own_report(session: Session, person: int, kind: ReportedKind, number: int) -> Report | None:
    """The open report somebody already sent of a thing: one is enough."""
    return session.scalars(
        select(Report).where(
            Report.thing_kind == kind,
            Report.thing_id == number,
            Report.reporter_id == person,
            Report.ruling_id.is_(None),
        )
    ).first()


def reporters(session: Session, thing: Thing, decision: Decision) -> Sequence[int]:
    """Who reported a thing and has not yet heard that this was decided."""
    rows = session.scalars(
        select(Report.reporter_id)
        .distinct()
        .outerjoin(Ruling, Report.ruling_id == Ruling.id)
        .where(
            *_same(Report, thing),
            or_(Report.ruling_id.is_(None), Ruling.decision != decision),
        )
    )
    return [person for person in rows if person is not None]


class OwnReport(NamedTuple):
    """A report as who sent it sees it: what was decided, never why; None while it waits.

    `title` is the headline they read then, empty once its author erased that wording; `readable`
    says whether they read the post still.
    """

    id: int
    post_id: int
    thing_kind: ReportedKind
    thing_id: int
    title: str
    title_language: str
    why: str
    language: str
    reported_at: datetime
    decision: Decision | None
    decided_at: datetime | None
    readable: bool


def own_reports(
    session: Session, scope: Scope, now: datetime, post: int | None = None
) -> Sequence[OwnReport]:
    """What this person reported where the scope holds, newest first: all, or about one post."""
    earlier = (
        select(Wording.title)
        .where(Wording.post_id == Post.id, Wording.replaced_at > Report.reported_at)
        .order_by(Wording.version)
        .limit(1)
        .correlate(Post, Report)
        .scalar_subquery()
    )
    query = (
        select(
            Report.id,
            Report.post_id,
            Report.thing_kind,
            Report.thing_id,
            func.coalesce(earlier, Post.title),
            Post.language,
            Report.why,
            Report.language,
            Report.reported_at,
            Ruling.decision,
            Ruling.decided_at,
            board.readable(scope, now),
        )
        .join(Post, Report.post_id == Post.id)
        .outerjoin(Ruling, Report.ruling_id == Ruling.id)
        .where(Report.reporter_id == scope.person, Post.section_id.in_(scope.sections))
        .order_by(Report.id.desc())
        .limit(SHOWN)
    )
    rows = session.execute(query if post is None else query.where(Report.post_id == post))
    return [OwnReport(*row) for row in rows]


def has_reported(session: Session, person: int) -> bool:
    """Whether this person reported anything that is kept still."""
    return bool(session.scalar(select(exists().where(Report.reporter_id == person))))


def moderators(
    session: Session, section: int, day: date, parties: Collection[int | None]
) -> Collection[int]:
    """Who moderates on a day what is these parties' in a section (reach.queries.moderated)."""
    board = {
        person
        for role in (Role.BOARD, Role.CHAIR)
        for person in holders_of(session, role, section, day)
    }
    others = board.difference(parties)
    return others or holders_over(session, Role.ORGANISATION, section, day).difference(parties)


def moderators_by_name(session: Session, section: int, day: date, asking: int) -> Sequence[str]:
    """Whom somebody asks about a decision of theirs, by the names neighbours know."""
    rows = session.execute(
        select(Person.given_name, Person.alias, Person.protected)
        .where(Person.id.in_(moderators(session, section, day, {asking})))
        .order_by(Person.id)
    )
    return [name_in_role(row.given_name, row.alias, protected=row.protected) for row in rows]
