"""Telling a post's neighbours, and nobody any more of what is said below one that came down.

Telling is long work, since a section may have thousands of them.

Who put the post up has their answer before; what is told is what the post says by then.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board.models import Post
from engagement.board.rules import NEWS, NEWS_JOB, news_key
from engagement.comments import actions as comments
from engagement.threads import actions as threads
from estate.clock import local
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.language import N_, Named
from estate.notifications.actions import notify
from estate.reach.queries import Place, residents_of

STEP = 500
"""Neighbours told in one transaction."""


def tell_neighbours(session: Session, task: Task, folder: Path) -> Progress:
    """Tell the next of those who live where a post hangs; nobody once it is down again."""
    post = session.get(Post, task.given["post"])
    if post is not None:
        board.hold(session, post)  # who takes it down meanwhile finds all that was told
    if post is None or not post.listed:
        return Progress(task.done, task.done, {})
    place = Place(post.section_id, post.building_id, post.stairwell_id)
    day, after = local(post.posted_at).date(), task.given.get("after", 0)
    neighbours = residents_of(session, place, day, after=after, limit=STEP)
    name = post.author_name if post.author_id is None else Named(post.author_id, post.author_name)
    notify(
        session,
        kind=NEWS[post.audience].name,
        persons=[person for person in neighbours if person != post.author_id],
        title=N_("{name} on the noticeboard"),
        body=N_("{title}"),
        values={"name": name, "title": post.title},
        address=f"/board/{post.id}",
        merge_key=news_key(post.id),
    )
    done = task.done + len(neighbours)
    if len(neighbours) < STEP:
        return Progress(done, done, {})
    return Progress(done, done + 1, {"post": post.id, "after": neighbours[-1]})


TELLING = JobKind(NEWS_JOB, N_("Telling the neighbours of a post"), tell_neighbours)


def silence(session: Session, posts: Sequence[int]) -> None:
    """Let nobody be told any more of the answers, public and private, to posts that came down."""
    comments.take_back_news(session, posts)
    threads.take_back_news(session, posts)


def withdraw_again(session: Session, ids: Sequence[int]) -> None:
    """Take these posts down, which a restore hung up again, and what it would tell of them."""
    board.withdraw_again(session, ids)
    silence(session, ids)
