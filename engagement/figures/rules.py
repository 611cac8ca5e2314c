"""How figures are made of many cases: of enough of them, and of none in particular."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from engagement.categories.rules import Urgency
from estate.language import N_, Message, say

LONGEST = timedelta(days=366)
USUAL = timedelta(days=90)
"""The period that is shown where nobody asks for another."""


def percentile(ordered: Sequence[timedelta], percent: int) -> timedelta:
    """The least value that so many in a hundred do not exceed: one that was, nothing between two.

    The values are ordered and not empty; `percent` is from 1 to 100 (nearest rank).
    """
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


class Spread(NamedTuple):
    """How long something took: in half of the cases at most, and in nine of ten."""

    half: timedelta
    most: timedelta


def spread(spans: Iterable[timedelta], fewest: int) -> Spread | None:
    """The median and the 90th percentile; None where there are too few."""
    ordered = sorted(spans)
    if len(ordered) < fewest:
        return None
    return Spread(percentile(ordered, 50), percentile(ordered, 90))


class Share(NamedTuple):
    """So many of so many."""

    some: int
    all: int

    @property
    def percent(self) -> int:
        """In whole hundredths, half a one counting as one; nothing of nothing is nothing."""
        return (200 * self.some + self.all) // (2 * self.all) if self.all else 0


def share(some: int, of: int, fewest: int) -> Share | None:
    """A share; None where there are too few to say one."""
    return Share(some, of) if of >= fewest else None


@dataclass(frozen=True, slots=True)
class Fact:
    """What is counted of one case: times in the section's working time, nobody's name.

    `visits` is on which visit it was solved (“1”, “2”, “3+”; empty while it is not); `reopened`
    how often it was said not to be fixed; `face` how content the household was, 1 to 5.
    """

    section: int
    category: str
    urgency: Urgency
    answered: timedelta | None
    fixed: timedelta | None
    visits: str
    reopened: int
    face: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What many cases add up to; each figure is None where too few of them have it."""

    cases: int
    answered: Spread | None
    fixed: Spread | None
    first_visit: Share | None
    reopened: Share | None
    content: Share | None


CONTENT = 4
"""From this face on somebody was content."""


def summary(facts: Sequence[Fact], fewest: int) -> Summary:
    """The figures of some cases. Said not to be fixed once counts as not fixed, whatever came."""
    done = [one for one in facts if one.fixed is not None or one.reopened]
    visited = [one for one in facts if one.visits]
    faces = [one.face for one in facts if one.face is not None]
    return Summary(
        len(facts),
        spread([one.answered for one in facts if one.answered is not None], fewest),
        spread([one.fixed for one in facts if one.fixed is not None], fewest),
        share(sum(one.visits == "1" and not one.reopened for one in visited), len(visited), fewest),
        share(sum(one.reopened > 0 for one in done), len(done), fewest),
        share(sum(face >= CONTENT for face in faces), len(faces), fewest),
    )


class Timed(NamedTuple):
    """Tasks of one sort that were done: what was thought they would take, and what they took."""

    type: str
    tasks: int
    estimated: timedelta
    worked: timedelta


class Portion(NamedTuple):
    """The time that went to one section, by where its tasks came from."""

    organisation: str
    section: str
    kind: str
    time: timedelta


def clipped(starts: datetime, ends: datetime, begins: datetime, until: datetime) -> timedelta:
    """How much of a stretch lies within a period."""
    return max(timedelta(), min(ends, until) - max(starts, begins))


def period_problem(begins: date, until: date) -> Message | None:
    """What keeps a period from being shown."""
    if until < begins:
        return say(N_("The last day comes before the first."))
    if until - begins > LONGEST:
        return say(N_("At most a year at a time."))
    return None
