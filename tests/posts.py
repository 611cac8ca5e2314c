"""Posts for tests: put up by somebody of the builders' estate, as they would do it themselves."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from engagement.board import actions
from engagement.board.models import Post
from engagement.board.rules import Destination, Draft, PostKind, destinations
from engagement.news import actions as news
from estate import clock
from estate.jobs import actions as jobs
from estate.jobs.actions import Task
from estate.permissions import Permission, Scope, scope
from tests.builders import Estate, reader

FAR = timedelta(days=10)


def writing(session: Session, estate: Estate, name: str) -> Scope:
    """Where somebody may write."""
    return scope(reader(session, estate.people[name]), Permission.POST_ON_BOARD)


def reading(session: Session, estate: Estate, name: str) -> Scope:
    """Where somebody may read."""
    return scope(reader(session, estate.people[name]), Permission.READ_BOARD)


def moderating(session: Session, estate: Estate, name: str) -> Scope:
    """Where somebody moderates."""
    return scope(reader(session, estate.people[name]), Permission.MODERATE)


def destination(own: Scope, to: str) -> Destination:
    """The first of somebody's destinations whose form value begins so: `stairwell`, `section`."""
    return next(found for found in destinations(own) if found.value.startswith(to))


def tell_neighbours(session: Session) -> None:
    """What the worker does about new posts: all of it at once, in this transaction."""
    while (task := jobs.take(session, "test", clock.now())) is not None:
        following: Task | None = task
        while following is not None:
            progress = news.tell_neighbours(session, following, Path())
            following = jobs.advance(session, following, progress, clock.now())


def put_up(
    session: Session,
    estate: Estate,
    name: str,
    title: str = "Må jeg låne en boremaskine?",
    *,
    to: str = "section",
    kind: PostKind = PostKind.BORROW,
    at: datetime | None = None,
    language: str = "da",
    **more: Any,
) -> Post:
    """A post by somebody of the estate."""
    now = at or clock.now()
    own = writing(session, estate, name)
    if kind is PostKind.EVENT:
        more.setdefault("starts_at", now + FAR)
    draft = Draft(
        kind=kind,
        title=title,
        text=more.pop("text", ""),
        until=more.pop("until", None),
        destination=destination(own, to),
        **more,
    )
    return actions.put_up(session, own, draft, language, now)
