"""How long a kind of thing is kept, by the dated values."""

from datetime import date, datetime, timedelta

from estate import clock
from estate.retention.rules import Retention
from estate.values.queries import default_number


def days_kept(retention: Retention, day: date) -> int:
    """The period that holds on a day."""
    return default_number(f"kept_{retention.kind}_days", day)


def kept_since(retention: Retention, now: datetime) -> datetime:
    """What is older than this is to be erased."""
    return now - timedelta(days=days_kept(retention, clock.local(now).date()))
