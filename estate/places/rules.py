"""Holidays, and whether an office is open."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from estate.language import N_, Message, say

LOOK_AHEAD_DAYS = 60
TOLD_AHEAD_DAYS = 14


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday: on a fixed `month-day`, or so many days after Easter Sunday.

    `first_year` and `last_year` say in which years it is one.
    """

    danish: str
    english: str
    arabic: str
    rule: str
    value: str
    first_year: int
    last_year: int | None

    def name(self, language: str) -> str:
        """What it is called; in Danish where we do not know it in a language."""
        return {"en": self.english, "ar": self.arabic}.get(language, self.danish)

    def in_year(self, year: int) -> date | None:
        """The day of this holiday in a year, or None when it was none then."""
        if year < self.first_year or (self.last_year is not None and year > self.last_year):
            return None
        if self.rule == "easter":
            return easter(year) + timedelta(days=int(self.value))
        month, day = self.value.split("-")
        return date(year, int(month), int(day))


def parse_holidays(lines: Iterable[str]) -> list[Holiday]:
    """Holidays from their CSV; raises ValueError on a rule that is neither `date` nor `easter`."""
    holidays = [
        Holiday(
            row["danish"],
            row["english"],
            row["arabic"],
            row["rule"],
            row["value"],
            int(row["valid_from"]),
            int(row["valid_until"]) if row["valid_until"] else None,
        )
        for row in csv.DictReader(lines, strict=True)
    ]
    unknown = {holiday.rule for holiday in holidays} - {"date", "easter"}
    if unknown:
        raise ValueError(f"Unknown kinds of holiday: {sorted(unknown)}")
    return holidays


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


def holidays_in(holidays: Iterable[Holiday], year: int) -> dict[date, Holiday]:
    """The public holidays of a year by day."""
    days = ((holiday.in_year(year), holiday) for holiday in holidays)
    return {day: holiday for day, holiday in days if day is not None}


class Opening(NamedTuple):
    """One opening on one weekday (0 is Monday), local time."""

    weekday: int
    opens: time
    closes: time


class OpenState(NamedTuple):
    """Whether an office is open, and what a visitor is told."""

    open: bool
    message: Message


OPENS = (
    N_("Opens Monday {time}"),
    N_("Opens Tuesday {time}"),
    N_("Opens Wednesday {time}"),
    N_("Opens Thursday {time}"),
    N_("Opens Friday {time}"),
    N_("Opens Saturday {time}"),
    N_("Opens Sunday {time}"),
)


def open_state(
    hours: Sequence[Opening],
    closed_days: Collection[date],
    holidays: Collection[date],
    now: datetime,
) -> OpenState:
    """Whether an office is open at `now` (local time), until when, or when it opens next.

    `closed_days` are the office's own, `holidays` the public ones; both are closed all day.
    """
    shut = {*closed_days, *holidays}
    today = now.date()
    for opening in _on_day(hours, today, shut):
        if opening.opens <= now.time() < opening.closes:
            return OpenState(True, say(N_("Open until {time}"), time=_until(hours, opening)))
    for ahead in range(LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        for opening in _on_day(hours, day, shut):
            if ahead > 0 or opening.opens > now.time():
                return OpenState(False, _opens(opening.opens, day, ahead))
    return OpenState(False, say(N_("Closed")))


class ClosedDay(NamedTuple):
    """A day on which an office is closed though its week says otherwise.

    It is a public holiday, or the office's own, with its own words for it.
    """

    day: date
    reason: str
    holiday: Holiday | None


def closed_soon(
    hours: Sequence[Opening],
    closed_days: Mapping[date, str],
    holidays: Mapping[date, Holiday],
    today: date,
) -> list[ClosedDay]:
    """The days from today on, two weeks of them, on which an office is closed unlike its week."""
    weekdays = {opening.weekday for opening in hours if opening.opens < opening.closes}
    days = [today + timedelta(days=ahead) for ahead in range(TOLD_AHEAD_DAYS)]
    return [
        ClosedDay(day, closed_days.get(day, ""), holidays.get(day))
        for day in days
        if day.weekday() in weekdays and (day in closed_days or day in holidays)
    ]


def _on_day(hours: Sequence[Opening], day: date, shut: Collection[date]) -> list[Opening]:
    if day in shut:
        return []
    return sorted(
        opening
        for opening in hours
        if opening.weekday == day.weekday() and opening.opens < opening.closes
    )


def _until(hours: Sequence[Opening], now_open: Opening) -> time:
    """When it really closes: openings that touch or overlap are one."""
    until = now_open.closes
    for opening in sorted(hours):
        if opening.weekday == now_open.weekday and opening.opens <= until:
            until = max(until, opening.closes)
    return until


def _opens(opens: time, day: date, ahead: int) -> Message:
    if ahead == 0:
        return say(N_("Opens today {time}"), time=opens)
    if ahead < 7:
        return say(OPENS[day.weekday()], time=opens)
    return say(N_("Opens {day} {time}"), day=day, time=opens)


@dataclass(frozen=True, slots=True)
class System:
    """A building-part system: its code, its names, and its number in a classification."""

    code: str
    danish: str
    english: str
    classification: str

    @property
    def names(self) -> str:
        """All it is called."""
        return f"{self.danish} {self.english}"

    def name(self, language: str) -> str:
        """The system's name in a language; English where it is not Danish."""
        return self.danish if language == "da" else self.english


def parse_systems(lines: Iterable[str]) -> dict[str, System]:
    """Systems by code, in the order of their CSV."""
    return {
        row["code"]: System(row["code"], row["danish"], row["english"], row["classification"])
        for row in csv.DictReader(lines, strict=True)
    }
