"""Taking names away: protected ones (estate.people.actions.hide_names), and former residents'."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import Session

from engagement.board.actions import stale_post
from engagement.board.models import Post
from engagement.board.rules import NEAR_HOME, news_key
from engagement.comments.actions import count as count_comments
from engagement.comments.models import Comment
from engagement.comments.rules import answers_key
from engagement.pauses.models import PostingPause
from engagement.threads.actions import stale_thread
from engagement.threads.models import Thread
from estate import clock
from estate.leaving.queries import moved_out
from estate.notifications.actions import take_back
from estate.retention.actions import STEP

Names = Mapping[int, str]


def forget(session: Session, before: datetime) -> int:
    """Leave some of what people wrote without name and place, who had moved out before a moment.

    Returns how many things. What they wrote stays; pages say “a former resident”.
    """
    gone = moved_out(clock.local(before).date())
    unsigned = {"author_name": "", "author_place": ""}
    return (
        _unsign(session, Post, Post.author_id.in_(gone) & (Post.author_name != ""), unsigned)
        + _unsign(
            session, Comment, Comment.author_id.in_(gone) & (Comment.author_name != ""), unsigned
        )
        + _unsign(
            session,
            Thread,
            Thread.asker_id.in_(gone) & (Thread.asker_name != ""),
            {"asker_name": "", "asker_place": ""},
        )
    )


def _unsign(
    session: Session, table: Any, theirs: ColumnElement[bool], unsigned: Mapping[str, str]
) -> int:
    some = select(table.id).where(theirs).limit(STEP)
    changed = update(table).where(table.id.in_(some)).values(unsigned).returning(table.id)
    found = session.scalars(changed.execution_options(synchronize_session=False))
    return len(found.all())


def hide_names(session: Session, names: Names) -> None:
    """Sign what these persons wrote by these names, without a place.

    What only their nearest neighbours read comes down: it would go on telling where they live.
    """
    _take_down(session, names)
    _sign_posts(session, names)
    _sign_comments(session, names)
    _sign_threads(session, names)
    session.execute(
        update(PostingPause)
        .where(PostingPause.person_id.in_(names))
        .values(shown_name=case(names, value=PostingPause.person_id))
    )


def _take_down(session: Session, persons: Iterable[int]) -> None:
    now = clock.now()
    posts = session.scalars(
        update(Post)
        .where(
            Post.author_id.in_(persons),
            Post.audience.in_(NEAR_HOME),
            Post.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, listed=False, pinned_at=None)
        .returning(Post.id)
    ).all()
    near = select(Post.id).where(Post.audience.in_(NEAR_HOME))
    answers = session.scalars(
        update(Comment)
        .where(
            Comment.author_id.in_(persons),
            Comment.post_id.in_(near),
            Comment.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(Comment.post_id)
    ).all()
    news = [news_key(post) for post in posts]
    take_back(session, persons, news + [answers_key(post) for post in set(answers)])
    for post in session.scalars(select(Post).where(Post.id.in_(answers))):
        count_comments(session, post)


def _sign_posts(session: Session, names: Names) -> None:
    mine = Post.author_id.in_(names)
    shown = case(names, value=Post.author_id)
    session.execute(update(Post).where(mine).values(author_name=shown, author_place=""))
    for post in session.scalars(select(Post).where(mine)):
        stale_post(session, post)


def _sign_comments(session: Session, names: Names) -> None:
    mine = Comment.author_id.in_(names)
    shown = case(names, value=Comment.author_id)
    session.execute(update(Comment).where(mine).values(author_name=shown, author_place=""))
    answered = select(Comment.post_id).where(mine)
    for post in session.scalars(select(Post).where(Post.id.in_(answered))):
        stale_post(session, post)


def _sign_threads(session: Session, names: Names) -> None:
    shown = case(names, value=Thread.asker_id)
    session.execute(
        update(Thread).where(Thread.asker_id.in_(names)).values(asker_name=shown, asker_place="")
    )
    both = select(Thread, Post).join(Post, Thread.post_id == Post.id)
    theirs = or_(Thread.asker_id.in_(names), Post.author_id.in_(names))
    for thread, post in session.execute(both.where(theirs)):
        stale_thread(session, post, thread)
