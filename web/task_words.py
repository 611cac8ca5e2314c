"""How tasks read: their kinds and states, when they are due, and what happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engagement.tasks.queries import EntryLine, TaskLine, pauses
from engagement.tasks.rules import ENTRY, Kind, State, Step
from estate import clock
from estate.language import N_, Message, say
from web.shown_photos import Shown, shown_photos
from web.visits import Visit

KINDS: Mapping[Kind, str] = {
    Kind.FAULT: N_("From a case"),
    Kind.RECURRING: N_("From the maintenance plan"),
    Kind.AD_HOC: N_("Something that came up"),
    Kind.OFFICE: N_("At the desk"),
}
STATES: Mapping[State, str] = {
    State.OPEN: N_("Not begun"),
    State.RUNNING: N_("The clock runs"),
    State.PAUSED: N_("Paused"),
    State.DONE: N_("Done"),
    State.DROPPED: N_("Dropped"),
}
TONES: Mapping[State, str] = {
    State.OPEN: "plain",
    State.RUNNING: "ok",
    State.PAUSED: "wait",
    State.DONE: "ok",
    State.DROPPED: "plain",
}

STEPS: Mapping[Step, tuple[str, str]] = {
    Step.TAKE: (N_("{name} took it"), N_("You took it")),
    Step.GIVE: (N_("{name} gave it to a colleague"), N_("You gave it to a colleague")),
    Step.RELEASE: (N_("{name} let it go"), N_("You let it go")),
    Step.START: (N_("{name} began"), N_("You began")),
    Step.PAUSE: (N_("{name} paused"), N_("You paused")),
    Step.FINISH: (N_("{name} was done"), N_("You were done")),
    Step.DROP: (N_("{name} took it off the list"), N_("You took it off the list")),
    Step.REOPEN: (N_("{name} put it on the list again"), N_("You put it on the list again")),
}


def day_of(line: TaskLine, day: date) -> Message | None:
    """When it is to be done, as one says it on a day; None where nobody said."""
    if line.due is None or not line.to_do:
        return None
    limit = line.latest or line.due
    if limit < day:
        return say(N_("Should have been done {day}"), day=limit)
    if line.latest is not None and line.latest != line.due and line.due <= day:
        return say(N_("{day} at the latest"), day=line.latest)
    return say(N_("Today")) if line.due == day else say(N_("To be done {day}"), day=line.due)


def since(line: TaskLine, now: datetime) -> Message | None:
    """Since when its clock runs: the time alone, where that was today."""
    if line.running_since is None:
        return None
    began, today = clock.local(line.running_since), clock.local(now).date()
    moment: object = began.time() if began.date() == today else began
    return say(N_("The clock runs since {time}"), time=moment)


def estimated(line: TaskLine) -> Message | None:
    """How long it was thought to take."""
    if line.estimate is None:
        return None
    return say(N_("about {minutes} minutes"), minutes=line.estimate)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing of a task's course for one reader; `said` is why the clock stopped."""

    id: int
    mine: bool
    who: Message
    note: bool
    said: str
    danish: str
    text: str
    language: str
    at: datetime
    photos: Sequence[Shown]


def told(visit: Visit, entries: Sequence[EntryLine], task: int) -> list[Told]:
    """A task's course as its reader sees it."""
    return [_told(visit, entry, task) for entry in entries]


def _told(visit: Visit, entry: EntryLine, task: int) -> Told:
    pause = pauses(clock.local(visit.now).date()).get(entry.pause)
    said = [pause.name(visit.language)] if pause else []
    if entry.clamped:
        speech = visit.house.templates.speeches[visit.language]
        said.append(speech.say(say(N_("The time was put right: the phone said another."))))
    return Told(
        entry.id,
        entry.mine,
        _who(entry),
        False,
        " · ".join(said),
        "",
        entry.text,
        entry.language,
        entry.at,
        shown_photos(
            visit,
            ENTRY,
            entry.id,
            lambda n: visit.url_for("task_photo", task=task, entry=entry.id, n=n),
        ),
    )


def _who(entry: EntryLine) -> Message:
    name: object = entry.name or say(N_("The house"))
    if entry.step is None:
        return say(N_("You")) if entry.mine else say("{name}", name=name)
    other, own = STEPS[entry.step]
    return say(own) if entry.mine else say(other, name=name)
