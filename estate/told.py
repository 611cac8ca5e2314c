"""What a phone says of when something was done: its own clock, and how wrong that is."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Told(NamedTuple):
    """When somebody did something, as their phone says.

    `said` is the phone's own clock; `offset` is how far the house's was ahead of it when the phone
    last heard from the house. A phone that is an hour slow is still right about what came first.
    """

    said: datetime
    offset: timedelta

    @property
    def moment(self) -> datetime:
        """The same by the house's clock, whether or not that can be; the end of time at most."""
        try:
            return self.said + self.offset
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)
