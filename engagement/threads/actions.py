"""Writing privately to a post's author, and back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engagement.board.actions import refuse_near_home, signature
from engagement.board.models import Post
from engagement.threads.models import Thread, ThreadMessage
from engagement.threads.queries import closed_by
from engagement.threads.rules import PRIVATE_ANSWER, thread_key
from estate import clock
from estate.database import insert_for, stale
from estate.language import N_
from estate.notifications.actions import notify, take_back_from
from estate.permissions import Permission, Scope
from estate.reach.queries import Place, reached
from estate.refusals import Missing, Refused


def ask(
    session: Session, scope: Scope, post: Post, words: str, language: str, now: datetime
) -> Thread:
    """Answer a post's author privately; a second answer goes into the same thread."""
    if post.author_id is None or post.author_id == scope.person:
        raise Missing
    signed = signature(session, scope, post.section_id)
    refuse_near_home(post, signed.protected)
    session.execute(
        insert_for(session, Thread)
        .values(
            post_id=post.id,
            asker_id=scope.person,
            asker_name=signed.name,
            asker_place=signed.place,
            started_at=now,
            last_at=now,
        )
        .on_conflict_do_nothing()
    )
    thread = session.scalars(
        select(Thread).where(Thread.post_id == post.id, Thread.asker_id == scope.person)
    ).one()
    write(session, scope, post, thread, words, language, now)
    return thread


def write(
    session: Session,
    scope: Scope,
    post: Post,
    thread: Thread,
    words: str,
    language: str,
    now: datetime,
) -> None:
    """One more line in a thread; the other person is told that there is one, not what it says."""
    refuse_near_home(post, scope.reader.protected)
    if closed_by(session, post, thread, now) is not None:
        raise Refused(N_("This conversation is closed. You can still read it."))
    session.add(
        ThreadMessage(
            thread_id=thread.id,
            author_id=scope.person,
            text=words,
            language=language,
            written_at=now,
        )
    )
    thread.last_at, thread.last_by_id = now, scope.person
    mark_read(session, scope, post, thread, now)
    other = post.author_id if scope.person == thread.asker_id else thread.asker_id
    present = _still_around(session, post, other, now)
    notify(
        session,
        kind=PRIVATE_ANSWER.name,
        persons=present,
        title=N_("You have a private answer"),
        body=N_("It is about “{title}”."),
        repeated=N_("{count} private answers about “{title}”."),
        values={"title": post.title},
        address=f"/board/{post.id}/threads/{thread.id}",
        merge_key=thread_key(thread.id),
    )
    stale_thread(session, post, thread)


def _still_around(session: Session, post: Post, person: int | None, now: datetime) -> Iterable[int]:
    """The person, unless they no longer reach the section (as `queries.thread` asks)."""
    if person is None:
        return ()
    day, section = clock.local(now).date(), Place(post.section_id)
    return reached(session, [person], Permission.READ_BOARD, section, day)


def stale_thread(session: Session, post: Post, thread: Thread) -> None:
    """Let the two persons' open pages be fetched anew."""
    for person in (post.author_id, thread.asker_id):
        if person is not None:
            for block in (f"thread-{thread.id}", f"post-{post.id}", "today"):
                stale(session, f"person:{person}", block)


def mark_read(session: Session, scope: Scope, post: Post, thread: Thread, now: datetime) -> None:
    """Remember that this person has read the thread."""
    if scope.person == post.author_id:
        thread.author_read_at = now
    else:
        thread.asker_read_at = now
    stale(session, f"person:{scope.person}", "today")


def hide(session: Session, post: Post, thread: Thread, hidden_at: datetime | None) -> None:
    """Close a thread, or open it again with None; moderation decides."""
    thread.hidden_at = hidden_at
    if hidden_at is not None:
        _take_back_news(session, Thread.id == thread.id)
    stale_thread(session, post, thread)


def take_back_news(session: Session, posts: Sequence[int]) -> None:
    """Let nobody be told any more of private answers to posts that came down."""
    _take_back_news(session, Thread.post_id.in_(posts))


def _take_back_news(session: Session, which: ColumnElement[bool]) -> None:
    closed = select(Thread.id, Thread.asker_id, Post.author_id).join(Post).where(which)
    rows = session.execute(closed).all()
    persons = {person for _, *two in rows for person in two if person is not None}
    take_back_from(session, persons, [thread_key(row.id) for row in rows])
