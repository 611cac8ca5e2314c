"""The one clock of the house, so that tests can set the time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Copenhagen")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the clock that everybody else asks


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Denmark."""
    return moment.astimezone(LOCAL)


def last_day(end: datetime) -> date:
    """The last whole or begun day before an end, on a calendar in Denmark."""
    return local(end - timedelta(seconds=1)).date()


def today() -> date:
    """The date on a calendar in Denmark."""
    return local(now()).date()
