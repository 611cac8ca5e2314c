"""Answering a post for all its readers, and taking an answer back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from engagement.board.actions import hold, refuse_near_home, signature, stale_post
from engagement.board.models import Post
from engagement.board.queries import readers_among
from engagement.comments.models import Comment
from engagement.comments.rules import FOLLOWED_COMMENTS, OWN_COMMENTS, TAKEN_BACK, answers_key
from engagement.pauses.actions import refuse_when_paused
from estate import clock
from estate.language import N_, Named
from estate.notifications.actions import notify, take_back
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure

VISIBLE = (Comment.withdrawn_at.is_(None), Comment.hidden_at.is_(None))
"""The comments that everybody under a post reads."""


def write(
    session: Session, scope: Scope, post: Post, words: str, language: str, now: datetime
) -> int:
    """Answer a hanging post for all its readers; its author and the others who answered hear."""
    refuse_when_paused(session, scope, post.section_id, now)
    if not post.listed or post.expires_at <= now:
        raise Refused(N_("This post no longer hangs on the board."))
    signed = signature(session, scope, post.section_id)
    refuse_near_home(post, signed.protected)
    added = Comment(
        post_id=post.id,
        author_id=scope.person,
        author_name=signed.name,
        author_place=signed.place,
        author_role=signed.role,
        text=words,
        language=language,
        written_at=now,
    )
    session.add(added)
    count(session, post)
    _tell_talkers(session, post, Named(scope.person, signed.name), now)
    stale_post(session, post)
    return added.id


def count(session: Session, post: Post) -> None:
    """Count the comments that everybody reads, for the lists."""
    hold(session, post)
    shown = select(func.count()).where(Comment.post_id == post.id, *VISIBLE).scalar_subquery()
    session.execute(update(Post).where(Post.id == post.id).values(comment_count=shown))
    session.refresh(post, ["comment_count"])


def _tell_talkers(session: Session, post: Post, talker: Named, now: datetime) -> None:
    """Tell the author and those whose answers are read, as far as they may read the post today."""
    answers = select(Comment.author_id).distinct().where(Comment.post_id == post.id, *VISIBLE)
    around = {post.author_id, *session.scalars(answers)} - {talker.person}
    persons = readers_among(session, post, around, clock.local(now).date())
    author = persons & {post.author_id}
    audiences = (
        (OWN_COMMENTS, author, N_("{name} answered your post “{title}”.")),
        (FOLLOWED_COMMENTS, persons - author, N_("{name} answered “{title}” too.")),
    )
    for kind, persons, body in audiences:
        notify(
            session,
            kind=kind.name,
            persons=persons,
            title=N_("New answer"),
            body=body,
            repeated=N_("{count} new answers to “{title}”."),
            values={"name": talker, "title": post.title},
            address=f"/board/{post.id}",
            merge_key=answers_key(post.id),
        )


def withdraw(
    session: Session, scope: Scope, post: Post, number: int, now: datetime, log: ErasureLog
) -> None:
    """Take one's own comment back, also after a restore. Raises Missing."""
    found = session.scalars(
        select(Comment).where(
            Comment.id == number,
            Comment.post_id == post.id,
            Comment.author_id == scope.person,
        )
    ).one_or_none()
    if found is None:
        raise Missing
    log.append(Erasure(TAKEN_BACK, [number], now))
    found.withdrawn_at = found.withdrawn_at or now
    count(session, post)
    _take_back_news(session, post, found.author_id)
    stale_post(session, post)


def take_back_news(session: Session, posts: Sequence[int]) -> None:
    """Let nobody be told any more of the answers to posts that came down."""
    talkers = select(Comment.author_id).distinct().where(Comment.post_id.in_(posts))
    take_back(session, session.scalars(talkers).all(), [answers_key(post) for post in posts])


def _take_back_news(session: Session, post: Post, author: int | None) -> None:
    """Let nobody be told of this person's answers once none of them is read any more."""
    read = exists().where(Comment.post_id == post.id, Comment.author_id == author, *VISIBLE)
    if not session.scalar(select(read)):
        take_back(session, [author], [answers_key(post.id)])


def withdraw_again(session: Session, ids: Sequence[int]) -> None:
    """Take these comments back, which a restore showed again."""
    shown = (Comment.id.in_(ids), Comment.withdrawn_at.is_(None))
    taken = update(Comment).where(*shown).values(withdrawn_at=clock.now())
    for number, author in set(session.execute(taken.returning(Comment.post_id, Comment.author_id))):
        post = session.get_one(Post, number)
        count(session, post)
        _take_back_news(session, post, author)


def hide(session: Session, post: Post, number: int, hidden_at: datetime | None) -> None:
    """Hide a comment, or show it again with None; moderation decides."""
    author = session.scalar(
        update(Comment)
        .where(Comment.id == number, Comment.post_id == post.id)
        .values(hidden_at=hidden_at)
        .returning(Comment.author_id)
    )
    count(session, post)
    _take_back_news(session, post, author)
    stale_post(session, post)
