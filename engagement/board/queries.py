"""Reading the noticeboard. Every read takes the scope of the permission it is for.

Who reads what is `rules.topics`: the same set guards the list, the page, the search and the socket.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from engagement.board.models import (
    Attendance,
    BoardVisit,
    Post,
    Wording,
)
from engagement.board.rules import (
    EPOCH,
    MOST_PINS,
    Audience,
    Found,
    PostKind,
    cursor,
    topics,
)
from estate.permissions import Permission, Scope
from estate.reach.queries import Place, reached
from estate.refusals import Missing
from estate.search.queries import Index
from estate.search.rules import asked

PAGE = 20
ARMS = 40
"""Audiences in one statement; an office that serves more asks a few times."""


class Line(NamedTuple):
    """One post as lists show it; nothing in it depends on who reads."""

    id: int
    kind: PostKind
    audience: Audience
    title: str
    excerpt: str
    language: str
    author_id: int | None
    author_name: str
    author_place: str
    author_role: str
    bumped_at: datetime
    comment_count: int
    photo_count: int
    cover: int
    starts_at: datetime | None
    ends_at: datetime | None
    settled_at: datetime | None
    pinned_at: datetime | None
    withdrawn_at: datetime | None
    hidden_at: datetime | None
    expires_at: datetime


LINE = (
    Post.id,
    Post.kind,
    Post.audience,
    Post.title,
    func.substr(Post.text, 1, 200),
    Post.language,
    Post.author_id,
    Post.author_name,
    Post.author_place,
    Post.author_role,
    Post.bumped_at,
    Post.comment_count,
    Post.photo_count,
    Post.cover,
    Post.starts_at,
    Post.ends_at,
    Post.settled_at,
    Post.pinned_at,
    Post.withdrawn_at,
    Post.hidden_at,
    Post.expires_at,
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the board: pinned posts (first page only), posts newest first, where it goes on."""

    pinned: Sequence[Line]
    lines: Sequence[Line]
    next: str = ""


def listing(
    session: Session,
    scope: Scope,
    now: datetime,
    *,
    kind: PostKind | None = None,
    since: datetime | None = None,
    before: tuple[datetime, int] | None = None,
) -> Listing:
    """What hangs on this reader's board, newest first; `since` leaves only what is newer.

    Each audience is one walk along an index from where the page begins, so it costs the same
    however much hangs behind it.
    """
    values: dict[str, Any] = {"now": now}
    if kind is not None:
        values["kind"] = kind
    if since is not None:
        values["since"] = since
    if before is not None:
        values["before_at"], values["before_id"] = before
    found: list[tuple[int, Line]] = []
    names = sorted(topics(scope))
    for start in range(0, len(names), ARMS):
        arms = {f"topic_{n}": name for n, name in enumerate(names[start : start + ARMS])}
        statement = _board_statement(len(arms), frozenset(values))
        rows = session.execute(statement, {**values, **arms})
        found += [(row[0], Line(*row[1:])) for row in rows]
    pinned = sorted({line for first, line in found if first}, key=_newest)[:MOST_PINS]
    lines = sorted((line for first, line in found if not first), key=_newest)
    return _paged(lines, pinned)


def _newest(line: Line) -> tuple[float, int]:
    return (-line.bumped_at.timestamp(), -line.id)


def _paged(lines: Sequence[Line], pinned: Sequence[Line] = ()) -> Listing:
    shown = lines[:PAGE]
    more = cursor(shown[-1].bumped_at, shown[-1].id) if len(lines) > PAGE else ""
    above = {line.id for line in pinned}
    return Listing(pinned, [line for line in shown if line.id not in above], more)


@lru_cache(maxsize=256)
def _board_statement(arms: int, asked_for: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """The list of so many audiences: the newest of each by index alone, then the few rows."""
    walks = [_walk(f"topic_{n}", asked_for) for n in range(arms)]
    if "before_at" not in asked_for and "since" not in asked_for:
        walks += [_pinned_walk(f"topic_{n}", asked_for) for n in range(arms)]
    few = union_all(*(select(walk) for walk in walks)).subquery("few")
    return (
        select(few.c.first, *LINE)
        .join(Post, Post.id == few.c.id)
        .order_by(few.c.first.desc(), few.c.bumped_at.desc(), few.c.id.desc())
        .limit(PAGE + 1 + MOST_PINS * arms)
    )


def _hanging(topic: str, asked_for: Collection[str]) -> list[ColumnElement[bool]]:
    wanted: list[Any] = [
        Post.topic == bindparam(topic),
        Post.listed,
        Post.expires_at > bindparam("now"),
    ]
    if "kind" in asked_for:
        wanted.append(Post.kind == bindparam("kind"))
    return wanted


def _walk(topic: str, asked_for: Collection[str]) -> Subquery:
    wanted = _hanging(topic, asked_for)
    if "since" in asked_for:
        wanted.append(Post.bumped_at > bindparam("since"))
    if "before_at" in asked_for:
        at: BindParameter[Any] = bindparam("before_at")
        number: BindParameter[Any] = bindparam("before_id")
        wanted.append(Post.bumped_at <= at)  # a range both databases see in the index
        wanted.append(or_(Post.bumped_at < at, Post.id < number))
    return (
        select(literal(0).label("first"), Post.id, Post.bumped_at)
        .where(*wanted)
        .order_by(Post.bumped_at.desc(), Post.id.desc())
        .limit(PAGE + 1)
        .subquery()
    )


def _pinned_walk(topic: str, asked_for: Collection[str]) -> Subquery:
    return (
        select(literal(1).label("first"), Post.id, Post.bumped_at)
        .where(*_hanging(topic, asked_for), Post.pinned_at > EPOCH)
        .order_by(Post.pinned_at.desc())
        .limit(MOST_PINS)
        .subquery()
    )


def own_posts(
    session: Session, scope: Scope, before: tuple[datetime, int] | None = None
) -> Listing:
    """What this person put up, also what no longer hangs, newest first."""
    query = (
        select(*LINE)
        .where(Post.author_id == scope.person, Post.section_id.in_(scope.sections))
        .order_by(Post.bumped_at.desc(), Post.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        at, number = before
        query = query.where(or_(Post.bumped_at < at, and_(Post.bumped_at == at, Post.id < number)))
    return _paged([Line(*row) for row in session.execute(query)])


FOUND_IN = Index("post_fts", Post.id)


def found_posts(
    session: Session, scope: Scope, now: datetime, question: str, after: Found | None = None
) -> Listing:
    """What hangs on this reader's board and holds every word asked for; `after` turns the page.

    First those with the very words, then those with a word only inside another; newest first.
    """
    wanted = asked(question)
    if not wanted:
        return Listing((), ())
    hanging = (
        select(Post.id)
        .where(Post.topic.in_(topics(scope)), Post.listed, Post.expires_at > now)
        .limit(PAGE + 1)
    )
    older = hanging.where(Post.id < after.post) if after else hanging
    found: list[tuple[bool, Line]] = []
    if after is None or after.word:
        exact = FOUND_IN.with_words(session, older, wanted)
        found += [(True, line) for line in _lines(session, exact)]
        older = hanging
    if len(found) <= PAGE:
        more = FOUND_IN.with_parts(session, older, wanted)
        found += [(False, line) for line in _lines(session, more)]
    lines = [line for _, line in found[:PAGE]]
    onward = Found(found[PAGE - 1][0], lines[-1].id) if len(found) > PAGE else None
    return Listing((), lines, onward.text if onward else "")


def _lines(session: Session, keys: Select[int]) -> list[Line]:
    """The posts of a few keys, newest first."""
    few = keys.subquery("few")
    query = select(*LINE).join(few, Post.id == few.c.id).order_by(Post.id.desc())
    return [Line(*row) for row in session.execute(query)]


class PostView(NamedTuple):
    """A post as its own page shows it."""

    id: int
    kind: PostKind
    audience: Audience
    topic: str
    section_id: int
    title: str
    text: str
    language: str
    version: int
    author_id: int | None
    author_name: str
    author_place: str
    author_role: str
    posted_at: datetime
    edited_at: datetime | None
    expires_at: datetime
    starts_at: datetime | None
    ends_at: datetime | None
    venue: str
    comment_count: int
    photo_count: int
    bumped_at: datetime
    settled_at: datetime | None
    pinned_at: datetime | None
    withdrawn_at: datetime | None
    hidden_at: datetime | None


def view(post: Post) -> PostView:
    """The values of a loaded post, to be shown once the session is gone."""
    return PostView(*(getattr(post, name) for name in PostView._fields))


def readable(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """The condition that this scope may read a post: what hangs for it, and what is its own."""
    hangs = and_(Post.topic.in_(topics(scope)), Post.listed, Post.expires_at > now)
    own = and_(Post.author_id == scope.person, Post.section_id.in_(scope.sections))
    return or_(hangs, own)


def post(session: Session, scope: Scope, number: int, now: datetime) -> Post:
    """One post this scope may read, loaded whole. Raises Missing.

    Its author reads it also when it is withdrawn, hidden or over; nobody else does.
    """
    found = session.scalars(
        select(Post).where(Post.id == number, readable(scope, now))
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def is_withdrawn(session: Session, number: int) -> bool:
    """Whether a post's author has taken it down."""
    return session.scalar(select(Post.withdrawn_at).where(Post.id == number)) is not None


def readers_among(
    session: Session, post: Post, persons: Iterable[int | None], day: date
) -> frozenset[int]:
    """Those of these persons who may read a hanging post on a day; who wrote it, while around."""
    asked_for = {person for person in persons if person is not None}
    near = Place(post.section_id, post.building_id, post.stairwell_id)
    whole = Place(post.section_id)
    author = asked_for & {post.author_id}
    reading = Permission.READ_BOARD
    others = reached(session, asked_for - author, reading, near, day)
    return others | reached(session, author, reading, whole, day) if author else others


def own_post(session: Session, scope: Scope, number: int, now: datetime) -> Post:
    """One post of this person's own. Raises Missing for anybody else's."""
    found = post(session, scope, number, now)
    if found.author_id != scope.person:
        raise Missing
    return found


def pinnable(session: Session, reading: Scope, pinning: Scope, number: int, now: datetime) -> Post:
    """One post that one scope may read and the other may pin. Raises Missing."""
    found = post(session, reading, number, now)
    if found.section_id not in pinning.sections:
        raise Missing
    return found


class WordingLine(NamedTuple):
    """An earlier wording; its texts are empty once the author erased it."""

    version: int
    title: str
    text: str
    replaced_at: datetime
    erased_at: datetime | None


def wordings(session: Session, number: int) -> Sequence[WordingLine]:
    """What a post said before, newest first. The post was read before (`post`)."""
    rows = session.execute(
        select(Wording.version, Wording.title, Wording.text, Wording.replaced_at, Wording.erased_at)
        .where(Wording.post_id == number)
        .order_by(Wording.version.desc())
        .limit(PAGE)
    )
    return [WordingLine(*row) for row in rows]


class Coming(NamedTuple):
    """How many said yes and no to an event, and what the reader said."""

    yes: int
    no: int
    mine: bool | None


def coming(session: Session, scope: Scope, number: int) -> Coming:
    """The answers to an event."""
    counts: Mapping[bool, int] = {
        row[0]: row[1]
        for row in session.execute(
            select(Attendance.coming, func.count())
            .where(Attendance.post_id == number)
            .group_by(Attendance.coming)
        )
    }
    mine = session.scalar(
        select(Attendance.coming).where(
            Attendance.post_id == number, Attendance.person_id == scope.person
        )
    )
    return Coming(counts.get(True, 0), counts.get(False, 0), mine)


@dataclass(frozen=True, slots=True)
class Read:
    """How far somebody has read: everything until a moment, and some posts opened since."""

    until: datetime | None = None
    opened: frozenset[int] = frozenset()

    def new(self, line: Line | PostView, person: int) -> bool:
        """Whether a post came since this person's last visit and is not yet opened."""
        if self.until is None or line.author_id == person:
            return False
        return line.bumped_at > self.until and line.id not in self.opened


def read_marks(session: Session, person: int) -> Read:
    """How far this person has read; on the first visit nothing is new."""
    row = session.execute(
        select(BoardVisit.read_until, BoardVisit.opened).where(BoardVisit.person_id == person)
    ).one_or_none()
    return Read(row.read_until, frozenset(row.opened)) if row else Read()


@dataclass(frozen=True, slots=True)
class BoardToday:
    """What the board has for this reader's first page."""

    lines: Sequence[Line]
    pinned: Sequence[Line]
    read: Read
    events: Sequence[Line]


def for_today(
    session: Session, scope: Scope, now: datetime, until: datetime, most: int
) -> BoardToday:
    """The newest and the pinned posts, at most so many of each, and the events before `until`.

    The events are those this person said yes to and that are not over. What is new comes before
    what is newest: nobody misses a post because three others came after it.
    """
    page = listing(session, scope, now)
    read = read_marks(session, scope.person)
    events = session.execute(
        select(*LINE)
        .join(Attendance, Attendance.post_id == Post.id)
        .where(
            Attendance.person_id == scope.person,
            Attendance.coming,
            func.coalesce(Post.ends_at, Post.starts_at) > now,
            Post.starts_at < until,
            readable(scope, now),
            Post.listed,
        )
        .order_by(Post.starts_at)
        .limit(most)
    )
    coming = [Line(*row) for row in events]
    soon = {line.id for line in coming}
    others = [line for line in page.lines if line.id not in soon]
    wanted = sorted(others, key=lambda line: not read.new(line, scope.person))
    return BoardToday(
        lines=sorted(wanted[:most], key=_newest),
        pinned=page.pinned[:most],
        read=read,
        events=coming,
    )
