"""When something is due that was promised in working hours, and how long it took in them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import takewhile
from statistics import median_low
from typing import NamedTuple

from engagement.categories.rules import Urgency
from estate.language import N_, Message, say
from estate.places.rules import Opening

LOOK_AHEAD = timedelta(days=730)
"""Whoever is closed for two years keeps no promise."""

FEWEST = 5
"""From so many cases on, what is usual says something, and nothing about a single one."""

NONE = timedelta()


@dataclass(frozen=True)
class Calendar:
    """When an office works: its weekly hours in its own zone, and the days on which it is shut."""

    hours: Sequence[Opening]
    shut: Callable[[date], bool]
    zone: tzinfo


class Stretch(NamedTuple):
    """From when to when somebody is at work; moments in UTC."""

    begins: datetime
    ends: datetime


def stretches(calendar: Calendar, start: datetime) -> Iterator[Stretch]:
    """The working time from a moment on, openings that touch or overlap as one, for two years.

    The hours are what the clock on the wall shows; how long they last is measured in UTC, so that
    an opening through the night on which the clocks change is an hour longer or shorter.
    """
    first = start.astimezone(calendar.zone).date()
    for ahead in range(LOOK_AHEAD.days):
        day = first + timedelta(days=ahead)
        if calendar.shut(day):
            continue
        for opens, closes in _on_day(calendar.hours, day):
            begins = _moment(day, opens, calendar.zone)
            ends = _moment(day, closes, calendar.zone)
            if ends > start and ends > begins:
                yield Stretch(max(begins, start.astimezone(UTC)), ends)


def _on_day(hours: Sequence[Opening], day: date) -> list[tuple[time, time]]:
    merged: list[tuple[time, time]] = []
    for _, opens, closes in sorted(one for one in hours if one.weekday == day.weekday()):
        if opens >= closes:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def _moment(day: date, wall: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, wall, zone).astimezone(UTC)


def add_working_time(start: datetime, span: timedelta, calendar: Calendar) -> datetime | None:
    """When so much working time has passed since `start` (aware); UTC.

    None where the office does not work that long within two years. What takes no time is due when
    work begins.
    """
    left = span
    for stretch in stretches(calendar, start):
        length = stretch.ends - stretch.begins
        if left <= length:
            return stretch.begins + left
        left -= length
    return None


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much of the time from `start` to `end` (aware) was working time; none where end is first.

    Only the two years after `start` are counted.
    """
    begun = takewhile(lambda one: one.begins < end, stretches(calendar, start))
    return sum((min(one.ends, end) - one.begins for one in begun), NONE)


class Promise(NamedTuple):
    """What is promised of one urgency; around the clock, or in working hours."""

    first_answer: timedelta
    fixed: timedelta
    around_the_clock: bool


class Due(NamedTuple):
    """When the first answer is due, and when it is to be mended; UTC. None where nobody works."""

    first_answer: datetime | None
    fixed: datetime | None


def due(promise: Promise, received: datetime, calendar: Calendar) -> Due:
    """When what is promised is due for something received at a moment (aware)."""
    if promise.around_the_clock:
        moment = received.astimezone(UTC)
        return Due(moment + promise.first_answer, moment + promise.fixed)
    return Due(
        add_working_time(received, promise.first_answer, calendar),
        add_working_time(received, promise.fixed, calendar),
    )


def usual(spans: Sequence[timedelta]) -> timedelta | None:
    """The median of what it really took; of an even count the shorter middle one. None for few."""
    return median_low(spans) if len(spans) >= FEWEST else None


OWNER = "service_promise"
"""What deeds call an agreement."""

MOST_HOURS, DECISION_LENGTH = 2000, 200


def around_the_clock(urgency: Urgency) -> bool:
    """Whether it counts day and night: what cannot wait does not wait for opening hours."""
    return urgency is Urgency.NOW


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a section agreed of one urgency, as it was written; no hours: no promise from then."""

    section: int
    urgency: Urgency
    first_answer_hours: int | None
    fixed_hours: int | None
    agreed_on: date
    decision: str
    valid_from: date


def agreement_problems(typed: Mapping[str, str], today: date) -> dict[str, Message]:
    """What keeps an agreement from being written down: field → what to do.

    The four fields of time as they were typed: `first_answer_hours`, `fixed_hours`, `agreed_on`,
    `valid_from`, and the `decision`.
    """
    found: dict[str, Message] = {}
    answer, fixed = typed.get("first_answer_hours", ""), typed.get("fixed_hours", "")
    for name, text in (("first_answer_hours", answer), ("fixed_hours", fixed)):
        if text and hours(text) is None:
            found[name] = say(N_("Write whole hours, from 1 to {count}."), count=MOST_HOURS)
    if not found and bool(answer) != bool(fixed):
        name = "fixed_hours" if answer else "first_answer_hours"
        found[name] = say(N_("Write both, or leave both empty."))
    if not found and answer and (hours(answer) or 0) > (hours(fixed) or 0):
        found["fixed_hours"] = say(N_("It cannot be fixed before it is answered."))
    if not typed.get("decision"):
        found["decision"] = say(N_("Write where it was agreed."))
    elif len(typed["decision"]) > DECISION_LENGTH:
        found["decision"] = say(N_("At most {count} letters, please."), count=DECISION_LENGTH)
    agreed_on, begins = day_of(typed.get("agreed_on", "")), day_of(typed.get("valid_from", ""))
    if agreed_on is None or agreed_on > today:
        found["agreed_on"] = say(N_("Write a day that has been."))
    if begins is None or begins < today:
        found["valid_from"] = say(
            N_("Write a day from today on: what was promised stays promised.")
        )
    return found


def hours(text: str) -> int | None:
    """Whole hours as they were typed; None for anything else."""
    good = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_HOURS))
    return int(text) if good and 1 <= int(text) <= MOST_HOURS else None


def day_of(text: str) -> date | None:
    """A day as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
