"""Reading private threads: their two persons only, while both can reach the section."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engagement.board.models import Post
from engagement.board.rules import NEAR_HOME, hangs
from engagement.threads.models import Thread, ThreadMessage
from engagement.threads.rules import Closed, closed
from estate.people.queries import anyone_protected
from estate.permissions import Scope
from estate.refusals import Missing

SHOWN = 20
LINES = 100


class ThreadLine(NamedTuple):
    """A private thread as its two persons see it in a list."""

    id: int
    post_id: int
    title: str
    language: str
    other_name: str
    other_place: str
    last_at: datetime
    unread: bool


def threads(
    session: Session, scope: Scope, *, post: int | None = None, unread: bool = False
) -> Sequence[ThreadLine]:
    """A person's private threads, latest first: all, those of one post, or the unread ones."""
    sides = [
        _threads(scope, Thread.asker_id, Post.author_name, Post.author_place, Thread.asker_read_at),
        _threads(
            scope, Post.author_id, Thread.asker_name, Thread.asker_place, Thread.author_read_at
        ),
    ]
    if post is not None:
        sides = [side.where(Thread.post_id == post) for side in sides]
    found = [ThreadLine(*row) for side in sides for row in session.execute(side)]
    wanted = [line for line in found if line.unread or not unread]
    return sorted(wanted, key=lambda line: line.last_at, reverse=True)[:SHOWN]


def _threads(
    scope: Scope,
    side: InstrumentedAttribute[Any],
    name: InstrumentedAttribute[str],
    place: InstrumentedAttribute[str],
    read_at: InstrumentedAttribute[datetime | None],
) -> Select[*tuple[Any, ...]]:
    new = and_(
        Thread.last_by_id.is_distinct_from(scope.person),
        or_(read_at.is_(None), read_at < Thread.last_at),
    )
    return (
        select(Thread.id, Post.id, Post.title, Post.language, name, place, Thread.last_at, new)
        .join(Post, Thread.post_id == Post.id)
        .where(side == scope.person, Post.section_id.in_(scope.sections))
        .order_by(new.desc(), Thread.last_at.desc())
        .limit(SHOWN)
    )


class MessageLine(NamedTuple):
    """One line of a private thread."""

    id: int
    mine: bool
    text: str
    language: str
    written_at: datetime


def thread(session: Session, scope: Scope, post: int, number: int) -> tuple[Thread, Post]:
    """A private thread and its post, for its two persons only. Raises Missing."""
    row = session.execute(
        select(Thread, Post)
        .join(Post, Thread.post_id == Post.id)
        .where(
            Thread.id == number,
            Post.id == post,
            Post.section_id.in_(scope.sections),
            or_(Thread.asker_id == scope.person, Post.author_id == scope.person),
        )
    ).one_or_none()
    if row is None:
        raise Missing
    return row[0], row[1]


def is_unread(post: Post, thread: Thread, person: int) -> bool:
    """Whether the other one of the two wrote since this person last read the thread."""
    read_at = thread.author_read_at if person == post.author_id else thread.asker_read_at
    return thread.last_by_id != person and (read_at is None or read_at < thread.last_at)


def closed_by(session: Session, post: Post, thread: Thread, now: datetime) -> Closed | None:
    """Why nothing more is written in a thread at this moment, whoever of the two asks."""
    return closed(
        hidden=thread.hidden_at is not None,
        hangs=hangs(now, post.expires_at, post.withdrawn_at, post.hidden_at),
        tells_home=post.audience in NEAR_HOME
        and anyone_protected(session, {post.author_id, thread.asker_id}),
    )


def messages(session: Session, thread: int, person: int) -> Sequence[MessageLine]:
    """The last lines of a thread, oldest first, as this person sees them."""
    rows = session.execute(
        select(
            ThreadMessage.id,
            ThreadMessage.author_id,
            ThreadMessage.text,
            ThreadMessage.language,
            ThreadMessage.written_at,
        )
        .where(ThreadMessage.thread_id == thread)
        .order_by(ThreadMessage.id.desc())
        .limit(LINES)
    )
    lines = [MessageLine(row[0], row[1] == person, *row[2:]) for row in rows]
    return lines[::-1]
