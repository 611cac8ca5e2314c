"""Reading one's own posts, answers and private conversations, wherever one lives by now.

Nothing of the section is told with them: neither what others wrote in public nor where it stands.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engagement.board.models import Post
from engagement.comments.models import Comment
from engagement.threads.models import Thread, ThreadMessage
from engagement.threads.queries import MessageLine
from estate.permissions import Scope

SHOWN = 50


class OwnPost(NamedTuple):
    """A post as its author keeps it."""

    title: str
    text: str
    language: str
    posted_at: datetime
    photo_count: int


class OwnAnswer(NamedTuple):
    """An answer under some post."""

    text: str
    language: str
    written_at: datetime


class OwnThread(NamedTuple):
    """A private conversation with all that both wrote."""

    other_name: str
    last_at: datetime
    lines: Sequence[MessageLine]


def own_posts(session: Session, scope: Scope) -> Sequence[OwnPost]:
    """The reader's last posts, the newest first, also those that came down."""
    rows = session.execute(
        select(Post.title, Post.text, Post.language, Post.posted_at, Post.photo_count)
        .where(Post.author_id == scope.person)
        .order_by(Post.bumped_at.desc(), Post.id.desc())
        .limit(SHOWN)
    )
    return [OwnPost._make(row) for row in rows]


def own_answers(session: Session, scope: Scope) -> Sequence[OwnAnswer]:
    """The reader's last answers, the newest first, without those taken back."""
    rows = session.execute(
        select(Comment.text, Comment.language, Comment.written_at)
        .where(Comment.author_id == scope.person, Comment.withdrawn_at.is_(None))
        .order_by(Comment.id.desc())
        .limit(SHOWN)
    )
    return [OwnAnswer._make(row) for row in rows]


def own_threads(session: Session, scope: Scope) -> Sequence[OwnThread]:
    """The reader's last private conversations, the newest first."""
    rows = session.execute(
        select(Thread.id, Thread.asker_id, Thread.asker_name, Post.author_name, Thread.last_at)
        .join(Post, Thread.post_id == Post.id)
        .where(or_(Thread.asker_id == scope.person, Post.author_id == scope.person))
        .order_by(Thread.last_at.desc())
        .limit(SHOWN)
    ).all()
    lines = _lines(session, [row.id for row in rows], scope.person)
    return [
        OwnThread(
            row.author_name if row.asker_id == scope.person else row.asker_name,
            row.last_at,
            lines.get(row.id, ()),
        )
        for row in rows
    ]


def _lines(
    session: Session, threads: Sequence[int], person: int
) -> Mapping[int, Sequence[MessageLine]]:
    rows = session.execute(
        select(
            ThreadMessage.thread_id,
            ThreadMessage.id,
            ThreadMessage.author_id,
            ThreadMessage.text,
            ThreadMessage.language,
            ThreadMessage.written_at,
        )
        .where(ThreadMessage.thread_id.in_(threads))
        .order_by(ThreadMessage.id)
    )
    found: dict[int, list[MessageLine]] = defaultdict(list)
    for row in rows:
        mine = row.author_id == person
        line = MessageLine(row.id, mine, row.text, row.language, row.written_at)
        found[row.thread_id].append(line)
    return found
