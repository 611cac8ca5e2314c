"""How long a kind of thing is kept, by the dated values."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.retention.models import NightCount
from estate.retention.rules import Retention
from estate.values.queries import default_number


def days_kept(retention: Retention, day: date) -> int:
    """The period that holds on a day."""
    return default_number(f"kept_{retention.kind}_days", day)


def kept_since(retention: Retention, now: datetime) -> datetime:
    """What is older than this is to be erased."""
    return now - timedelta(days=days_kept(retention, clock.local(now).date()))


class NightLine(NamedTuple):
    """What one night erases, or erased, of one kind."""

    night: date
    kind: str
    due: int
    erased: int


def nights(session: Session, since: date) -> Sequence[NightLine]:
    """What the nights from `since` on erased, the newest first; one to come stands before them."""
    rows = session.execute(
        select(NightCount.night, NightCount.kind, NightCount.due, NightCount.erased)
        .where(NightCount.night >= since)
        .order_by(NightCount.night.desc(), NightCount.kind)
    )
    return [NightLine._make(row) for row in rows]


def night_looked_at(session: Session) -> date | None:
    """The last night of which it was looked what it will erase."""
    return session.scalar(select(func.max(NightCount.night)))
