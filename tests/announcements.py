"""Service messages for tests: written and told as an office and the worker do it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engagement.notices import actions, queries
from engagement.notices.actions import Sender
from engagement.notices.rules import Draft, Urgency, Wording
from estate import clock
from estate.jobs import actions as jobs
from estate.jobs.actions import Task
from estate.language import unpack
from estate.notifications.models import Notification
from estate.notifications.rules import told
from estate.permissions import Permission, Scope, scope
from tests.builders import Estate, reader
from web.catalogues import speeches
from web.kinds import JOB_KIND

SPEECHES = speeches()
BASE = "http://localhost:8000"
TEXTS = {
    "da": Wording("Vandet er lukket", "Vandet er lukket {hvornår}.", "Vandet er tilbage."),
    "en": Wording("The water is off", "The water is off {when}.", "The water is back."),
}


def scope_of(session: Session, estate: Estate, name: str, permission: Permission) -> Scope:
    """Where somebody may read or write service messages."""
    return scope(reader(session, estate.people[name]), permission)


def sender(session: Session, estate: Estate, name: str = "office") -> Sender:
    """The office, or somebody else, at the desk."""
    return Sender(scope_of(session, estate, name, Permission.WRITE_NOTICES), BASE)


def draft(*stairwells: int, now: datetime, **more: object) -> Draft:
    """Water off from in an hour on, for three hours."""
    values: dict[str, object] = {
        "texts": TEXTS,
        "starts": now + timedelta(hours=1),
        "ends": now + timedelta(hours=4),
        "urgency": Urgency.ORDINARY,
        "stairwells": frozenset(stairwells),
        **more,
    }
    return Draft(**values)  # type: ignore[arg-type]


def announce(
    session: Session, estate: Estate, *stairwells: int, by: str = "office", **more: object
) -> int:
    """A message for these stairwells, or amina's; told by nobody yet."""
    there = stairwells or (estate.stairwell,)
    now = clock.now()
    return actions.write(session, sender(session, estate, by), draft(*there, now=now, **more), now)


def tell_all(session: Session) -> None:
    """What the worker does about all it was asked: at once, in this transaction."""
    while (task := jobs.take(session, "test", clock.now())) is not None:
        following: Task | None = task
        while following is not None:
            progress = JOB_KIND[following.kind].step(session, following, Path("jobs"))
            following = jobs.advance(session, following, progress, clock.now())


def titles(session: Session, own: Scope) -> list[str]:
    """The headlines on somebody's first page."""
    return [one.texts["da"].title for one in queries.for_today(session, own, clock.now())]


def heard(session: Session, language: str = "en") -> Mapping[int, Sequence[str]]:
    """What everybody's phones would show, by person, in the order in which it was told."""
    rows = session.scalars(select(Notification).order_by(Notification.id)).all()
    found: dict[int, list[str]] = {}
    for row in rows:
        title, body = told(row.title, row.body, row.repeated, unpack(row.values), row.count)
        say = SPEECHES[language].say
        found.setdefault(row.person_id, []).append(f"{say(title)} | {say(body)}")
    return found


def sent(session: Session) -> None:
    """Everything told so far is on its way: nothing merges into it."""
    session.execute(update(Notification).values(waiting=False))
