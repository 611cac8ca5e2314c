"""The one clock of the house, so that tests can set the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Copenhagen")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock that everybody else asks


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Denmark."""
    return moment.astimezone(LOCAL)


def today() -> date:
    """The date on a calendar in Denmark."""
    return local(now()).date()
