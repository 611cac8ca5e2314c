"""When maintenance is due: iCalendar recurrence, seasons, and what follows a late finish."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import takewhile

from dateutil.rrule import rrulestr

from estate.language import N_, Message, say
from estate.retention.rules import Retention

OWNER = "plan_item"
"""What deeds call an item of the plan."""
TITLE_LENGTH, NOTE_LENGTH, RULE_LENGTH = 120, 600, 200
MOST_DAYS, MOST_MINUTES = 366, 60 * 24 * 5
HORIZON = timedelta(days=366 * 41)
"""So far ahead is looked: twice the longest interval there may be."""

PLANS = Retention(
    kind="plan_item",
    purpose=N_("What was looked after, when and by whom, as proof that a building was kept well."),
    source=N_("Our own choice: twenty years, as long as the building-defects fund covers."),
)


def task_origin(item: int, due: date) -> str:
    """What the task of one occurrence is opened from."""
    return f"plan:{item}:{due.isoformat()}"


def occurrence_of(origin: str | None) -> tuple[int, date] | None:
    """Which item and due date a task was opened from; None where it was something else."""
    found = re.fullmatch(r"plan:(\d+):(\d{4}-\d\d-\d\d)", origin or "", re.ASCII)
    return (int(found[1]), date.fromisoformat(found[2])) if found else None


class Follows(StrEnum):
    """What the next due date is counted from: the plan's own dates, or when it was done."""

    PLAN = "plan"
    FINISH = "finish"


PRESETS: Mapping[str, str] = {
    "FREQ=WEEKLY": N_("Every week"),
    "FREQ=WEEKLY;INTERVAL=2": N_("Every other week"),
    "FREQ=MONTHLY": N_("Every month"),
    "FREQ=MONTHLY;INTERVAL=3": N_("Every three months"),
    "FREQ=MONTHLY;INTERVAL=6": N_("Twice a year"),
    "FREQ=YEARLY": N_("Every year"),
    "FREQ=YEARLY;INTERVAL=2": N_("Every other year"),
    "FREQ=YEARLY;INTERVAL=5": N_("Every five years"),
    "FREQ=YEARLY;INTERVAL=10": N_("Every ten years"),
}
"""Recurrences in words; any other is written as iCalendar has it."""

_LONGEST = {"DAILY": 366, "WEEKLY": 104, "MONTHLY": 240, "YEARLY": 20}
_VALUES = {
    "FREQ": "|".join(_LONGEST),
    "INTERVAL": r"[1-9]\d{0,2}",
    "BYMONTH": r"(1[0-2]|[1-9])(,(1[0-2]|[1-9])){0,11}",
    "BYMONTHDAY": r"-?([12]?[1-9]|[123]0|31)(,-?([12]?[1-9]|[123]0|31)){0,30}",
    "BYDAY": r"(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)(,(-?[1-5])?(MO|TU|WE|TH|FR|SA|SU)){0,6}",
    "BYSETPOS": r"-?[1-5]",
}


def plain_rule(text: str) -> str | None:
    """A recurrence of RFC 5545 as it is kept, or None where it is none or makes no sense here.

    Nothing more often than daily, and neither COUNT nor UNTIL: an item itself is ended.
    """
    parts = [part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";")]
    values = {key: value for key, _, value in parts}
    fits = all(re.fullmatch(_VALUES.get(key, "(?!)"), value) for key, value in values.items())
    if not fits or len(values) != len(parts) or "FREQ" not in values or len(text) > RULE_LENGTH:
        return None
    if int(values.get("INTERVAL", "1")) > _LONGEST[values["FREQ"]]:
        return None
    by_day = "BYDAY" in values
    if "BYSETPOS" in values and not (by_day or "BYMONTHDAY" in values):
        return None
    if values["FREQ"] in {"DAILY", "WEEKLY"}:
        more = values.keys() - {"FREQ", "INTERVAL", "BYDAY"}  # for months there are seasons
        if more or re.search(r"\d", values.get("BYDAY", "")):
            return None
    return ";".join(f"{key}={values[key]}" for key in _VALUES if key in values)


@dataclass(frozen=True, slots=True)
class Season:
    """From a month and day to a month and day (`03-01`), which may pass the new year."""

    begins: str
    ends: str

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        at = f"{day:%m-%d}"
        if self.begins <= self.ends:
            return self.begins <= at <= self.ends
        return at >= self.begins or at <= self.ends

    def moved(self, day: date) -> date:
        """A day of the season: itself, or when the season begins next."""
        if self.holds(day):
            return day
        begins = _in_year(day.year, self.begins)
        return begins if begins > day else _in_year(day.year + 1, self.begins)

    def last(self, day: date) -> date:
        """The last day of the season that a day lies in."""
        ends = _in_year(day.year, self.ends)
        return ends if ends >= day else _in_year(day.year + 1, self.ends)


def _in_year(year: int, at: str) -> date:
    return date(year, int(at[:2]), int(at[3:]))


def is_month_day(text: str) -> bool:
    """Whether it is a month and day that every year has: `03-01`, never `02-29`."""
    if not re.fullmatch(r"\d\d-\d\d", text, re.ASCII):
        return False
    try:
        _in_year(2023, text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often: a plain rule from a first day on, in a season if it has one.

    `spare` are the days from due to latest.
    """

    rule: str
    starts_on: date
    season: Season | None = None
    spare: int = 0
    follows: Follows = Follows.PLAN

    def first(self) -> date | None:
        """The first due date: the first day itself, unless the rule names other days."""
        if "BY" not in self.rule:
            return self.season.moved(self.starts_on) if self.season else self.starts_on
        return self.next_due(self.starts_on - timedelta(days=1), None)

    def next_due(self, last_due: date, done_on: date | None) -> date | None:
        """The due date after one that was done on a day: later than both, in the season.

        A date of the plan that a late finish has passed is not asked for any more.
        """
        after = max(last_due, done_on) if done_on else last_due
        anchor = self.starts_on
        if self.follows is Follows.FINISH and done_on is not None:
            anchor = done_on
        return next(self._dates(anchor, after), None)

    def ahead(self, due: date, until: date) -> list[date]:
        """A due date and those that come after it as long as everything is done in time."""
        anchor = due if self.follows is Follows.FINISH else self.starts_on
        later = takewhile(lambda day: day <= until, self._dates(anchor, due))
        return [due, *later] if due <= until else []

    def latest(self, due: date) -> date:
        """When it must be done: the spare days later, but in the season still."""
        latest = due + timedelta(days=self.spare)
        return min(latest, self.season.last(due)) if self.season else latest

    def _dates(self, anchor: date, after: date) -> Iterator[date]:
        """The plan's dates after a day; two that the season moves together are one."""
        if anchor.day > 28 and not re.search("BY|WEEKLY|DAILY", self.rule):
            anchor = anchor.replace(day=28)  # no month is passed over for being short
        begins = datetime.combine(anchor, time())
        until = datetime.combine(after + HORIZON, time())
        ends = f";UNTIL={until:%Y%m%dT%H%M%S}"
        last = after
        for moment in rrulestr(self.rule + ends, dtstart=begins):
            day = moment.date()
            moved = self.season.moved(day) if self.season else day
            if moved > last:
                last = moved
                yield moved


@dataclass(frozen=True, slots=True)
class Wording:
    """An item of the plan as written down."""

    section: int
    part: int | None
    title: str
    place: str
    note: str
    recurrence: Recurrence
    minutes: int | None
    type: str = "service"
    valid_until: date | None = None


def item_problems(typed: Mapping[str, str]) -> dict[str, Message]:
    """What stands against an item as typed; `section` and `part` are looked at where they are."""
    found: dict[str, Message] = {}
    if not typed.get("title", ""):
        found["title"] = say(N_("Write what is to be done."))
    for name, most in (("title", TITLE_LENGTH), ("place", TITLE_LENGTH), ("note", NOTE_LENGTH)):
        if len(typed.get(name, "")) > most:
            found[name] = say(N_("At most {count} characters."), count=most)
    rule, begins = plain_rule(typed.get("rule", "")), day_of(typed.get("starts_on", ""))
    if rule is None:
        found["rule"] = say(N_("Choose how often, or write it as iCalendar does, daily at most."))
    if begins is None or not 2000 <= begins.year <= 2100:
        found["starts_on"] = say(N_("Write the first day it is due."))
    season = [typed.get("season_begins", ""), typed.get("season_ends", "")]
    if any(season) and not all(is_month_day(one) for one in season):
        found["season_begins"] = say(N_("Write month and day of both, as in 03-01 and 10-31."))
    for name, most in (("spare", MOST_DAYS), ("minutes", MOST_MINUTES)):
        if typed.get(name, "") and whole(typed[name], most) is None:
            found[name] = say(N_("Write a whole number, at most {count}."), count=most)
    if typed.get("follows", "") not in set(Follows):
        found["follows"] = say(N_("Choose what the next date is counted from."))
    if not found and recurrence_of(typed).first() is None:
        found["rule"] = say(N_("No day is ever like that."))
    return found


def recurrence_of(typed: Mapping[str, str]) -> Recurrence:
    """The recurrence of an item that has no problems."""
    begins, ends = typed.get("season_begins", ""), typed.get("season_ends", "")
    return Recurrence(
        plain_rule(typed["rule"]) or "",
        date.fromisoformat(typed["starts_on"]),
        Season(begins, ends) if begins else None,
        whole(typed.get("spare", ""), MOST_DAYS) or 0,
        Follows(typed["follows"]),
    )


def done_problems(typed: Mapping[str, str], today: date) -> dict[str, Message]:
    """What stands against saying that something was done."""
    found: dict[str, Message] = {}
    day = day_of(typed.get("done_on", ""))
    if day is None or day > today or day.year < 2000:
        found["done_on"] = say(N_("Write a day that has been."))
    if typed.get("minutes", "") and whole(typed["minutes"], MOST_MINUTES) is None:
        found["minutes"] = say(N_("Write a whole number, at most {count}."), count=MOST_MINUTES)
    if len(typed.get("note", "")) > NOTE_LENGTH:
        found["note"] = say(N_("At most {count} characters."), count=NOTE_LENGTH)
    return found


def day_of(text: str) -> date | None:
    """A day as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def whole(text: str, most: int) -> int | None:
    """A whole number from nought up to `most` in plain digits; None for anything else."""
    plain = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if plain and int(text) <= most else None
