"""What can happen to a task, and how its clock is kept though phones' clocks are wrong."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.language import DEFAULT, N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission
from estate.refusals import Refused
from estate.retention.rules import Retention
from estate.told import Told


class Kind(StrEnum):
    """Where a task comes from."""

    FAULT = "fault"  # a case
    RECURRING = "recurring"  # the maintenance plan
    AD_HOC = "ad_hoc"  # what somebody saw or was asked
    OFFICE = "office"  # meetings, letters, everything at a desk


class State(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    DROPPED = "dropped"


class Step(StrEnum):
    """What is done with a task."""

    TAKE = "take"
    GIVE = "give"
    RELEASE = "release"
    START = "start"
    PAUSE = "pause"
    FINISH = "finish"
    DROP = "drop"
    REOPEN = "reopen"


TO_DO = frozenset({State.OPEN, State.RUNNING, State.PAUSED})
"""What somebody has yet to do something about."""

_WAITS = (State.OPEN, State.PAUSED)

STEPS: Mapping[tuple[State, Step], State] = {
    **{(state, step): state for state in _WAITS for step in (Step.TAKE, Step.GIVE, Step.RELEASE)},
    **{(state, Step.START): State.RUNNING for state in _WAITS},
    (State.RUNNING, Step.PAUSE): State.PAUSED,
    # Done without a clock is done too: nobody is made to invent when they began.
    **{(state, Step.FINISH): State.DONE for state in (*_WAITS, State.RUNNING)},
    **{(state, Step.DROP): State.DROPPED for state in (*_WAITS, State.RUNNING)},
    **{(state, Step.REOPEN): State.OPEN for state in (State.DONE, State.DROPPED)},
}
"""From which state which step leads where. What does not stand here does not happen."""


def allowed(state: State, step: Step) -> bool:
    """Whether a step can be taken."""
    return (state, step) in STEPS


def after(state: State, step: Step) -> State:
    """Where a task stands after a step. Raises Refused where it cannot be taken, and says why."""
    if not allowed(state, step):
        raise Refused(_why_not(state, step))
    return STEPS[state, step]


def _why_not(state: State, step: Step) -> str:
    if state is State.DONE:
        return N_("This task is done already.")
    if state is State.DROPPED:
        return N_("This task was dropped.")
    if step is Step.START:
        return N_("The clock is running already.")
    if step is Step.PAUSE:
        return N_("The clock is not running.")
    return N_("Pause it first: its clock is running.")


class Moment(NamedTuple):
    """When a step counts, and whether that is otherwise than the phone said."""

    at: datetime
    told: Told | None = None
    clamped: bool = False


TICK = timedelta(milliseconds=1)
"""What lies between two steps that a phone says were at the same moment."""


def moment(told: Told | None, last: datetime, now: datetime) -> Moment:
    """When a step counts: as the phone says by the house's clock, within (last step, now].

    Nothing is before what is known to have been before it, and nothing is in the future; where
    that changes what was said, it is marked. `last` is never after `now`.
    """
    if told is None:
        return Moment(now)
    at = min(max(told.moment, last + TICK), now)
    return Moment(at, told, clamped=at != told.moment)


class Worked(NamedTuple):
    """A stretch of work at one task; no end: it goes on."""

    started_at: datetime
    ended_at: datetime | None


def worked(spells: Iterable[Worked], now: datetime) -> timedelta:
    """How long was worked altogether until a moment."""
    return sum(
        ((min(one.ended_at or now, now) - one.started_at) for one in spells), start=timedelta()
    )


def minutes(time: timedelta) -> int:
    """A time in whole minutes, half a minute counting as one."""
    return int(time.total_seconds() + 30) // 60


@dataclass(frozen=True, slots=True)
class TaskType:
    """A sort of work: what it is called in each language, and how long it usually takes."""

    code: str
    names: Mapping[str, str]
    minutes: int

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names[DEFAULT])


def parse_types(lines: Iterable[str], day: date) -> dict[str, TaskType]:
    """The types of a day by code, in the order of their CSV."""
    return {
        row["code"]: TaskType(row["code"], _names(row), int(row["minutes"]))
        for row in _in_force(lines, day)
    }


@dataclass(frozen=True, slots=True)
class Pause:
    """Why work stops for a while. `tapped`: somebody says so; else the house does."""

    code: str
    names: Mapping[str, str]
    tapped: bool

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names[DEFAULT])


def parse_pauses(lines: Iterable[str], day: date) -> dict[str, Pause]:
    """The reasons of a day by code, in the order of their CSV."""
    return {
        row["code"]: Pause(row["code"], _names(row), row["tapped"] == "yes")
        for row in _in_force(lines, day)
    }


def _in_force(lines: Iterable[str], day: date) -> list[dict[str, str]]:
    rows = csv.DictReader(lines, strict=True)
    return [row for row in rows if date.fromisoformat(row["valid_from"]) <= day]


def _names(row: Mapping[str, str]) -> Mapping[str, str]:
    return {"da": row["danish"], "en": row["english"]}


OTHER_TASK, AWAY = "other_task", "away"
"""Reasons of `pauses.csv` that the house gives itself."""

TITLE_LENGTH, TEXT_LENGTH, NOTE_LENGTH = 120, 2000, 2000
MOST_PHOTOS = 3
LONGEST_ESTIMATE = 60 * 40
OWNER, ENTRY = "task", "task_entry"
"""What deeds call a task, and whose photos are those of a line."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A task as it was written down. `estimate` is in minutes; `latest` is not before `due`."""

    kind: Kind
    title: str
    type: str
    text: str = ""
    estimate: int | None = None
    due: date | None = None
    latest: date | None = None


class Place(NamedTuple):
    """Where a task is: somewhere in a section, as closely as is known."""

    section: int
    building: int | None = None
    stairwell: int | None = None
    home: int | None = None
    part: int | None = None


def headline(text: str) -> str:
    """What a task is called that somebody else's words are about: their first line, if short."""
    line = text.strip().splitlines()[0] if text.strip() else "–"
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1]}…"


def problems(draft: Draft, types: Mapping[str, TaskType], day: date) -> dict[str, Message]:
    """What keeps a task from being written down: field → what to do."""
    found: dict[str, Message] = {}
    if not draft.title:
        found["title"] = say(N_("Write what is to be done."))
    elif len(draft.title) > TITLE_LENGTH:
        found["title"] = say(N_("At most {count} letters, please."), count=TITLE_LENGTH)
    if draft.type not in types:
        found["type"] = say(N_("Choose what sort of work it is."))
    if len(draft.text) > TEXT_LENGTH:
        found["text"] = say(N_("At most {count} letters, please."), count=TEXT_LENGTH)
    if draft.estimate is not None and not 0 < draft.estimate <= LONGEST_ESTIMATE:
        found["estimate"] = say(N_("Between 1 minute and 40 hours, please."))
    if draft.due is not None and draft.due < day:
        found["due"] = say(N_("This day is past."))
    if draft.latest is not None and (draft.due is None or draft.latest < draft.due):
        found["latest"] = say(N_("At the latest is not before it is due."))
    return found


def is_overdue(due: date | None, latest: date | None, day: date) -> bool:
    """Whether it should have been done before a day."""
    limit = latest or due
    return limit is not None and limit < day


TASKS = Retention(
    kind="task",
    purpose=N_("What staff did, where and how long, once it is done."),
    source=N_("Bogføringsloven § 12: what a section pays for is documented for five years."),
)

WORK = NotificationKind(
    "task.work", N_("Tasks that are given to me"), receivers=Permission.DO_TASKS
)


def case_origin(case: int) -> str:
    """What the task of a case is opened from."""
    return f"case:{case}"


def task_key(task: int) -> str:
    """Under which merge key one hears of a task."""
    return f"task-{task}"
