"""How far a job is, how often it is tried, how long it is kept; when duties come round."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from estate.language import N_
from estate.retention.rules import Retention

TRIES = 3
PAUSE = timedelta(seconds=20)

JOBS = Retention(
    kind="job",
    purpose=N_("Files you asked for, such as a copy of your data, until you have fetched them."),
    source=N_("Our own choice: a week to fetch a file."),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step leaves behind: `given` for the next step; at the end a file and its title."""

    done: int
    total: int
    given: Mapping[str, Any]
    result: str = ""
    title: str = ""

    @property
    def finished(self) -> bool:
        """Whether this was the last step."""
        return self.done >= self.total


def pause_after(attempts: int) -> timedelta:
    """How long a job rests after so many failures in a row: 20 s, then 80 s."""
    pause: timedelta = PAUSE * 4 ** (attempts - 1)
    return pause


@dataclass(frozen=True, slots=True)
class Round:
    """A duty that comes round: every so often, or each day at a time of day in Denmark."""

    name: str
    every: timedelta | None = None
    daily_at: time | None = None


def due(duty: Round, last: datetime | None, local: datetime) -> bool:
    """Whether a duty is due. A night slept through is made up for once, not once a night."""
    if last is None:
        return True
    if duty.every is not None:
        return local - last >= duty.every
    moment = datetime.combine(local.date(), duty.daily_at or time(0), local.tzinfo)
    if moment > local:
        yesterday = local.date() - timedelta(days=1)
        moment = datetime.combine(yesterday, duty.daily_at or time(0), local.tzinfo)
    return last < moment
