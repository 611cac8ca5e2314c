"""How a complaint reads: what was tried, who may be told, and the office's steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engagement.complaints.queries import DateLine, Kept, steps, tried_before
from engagement.complaints.rules import MayTell
from estate import clock
from estate.language import N_
from web.visits import Visit

MAY_TELL: Mapping[MayTell, str] = {
    MayTell.NOBODY: N_("Nobody: it stays between me and the office"),
    MayTell.NAMELESS: N_("The office may speak to them, without saying who I am"),
    MayTell.NAMED: N_("The office may speak to them, and say who I am"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a household wrote, as both sides' pages show it; `silent` where nobody may be told."""

    tried: Sequence[str]
    may_tell: str
    silent: bool
    dates: Sequence[DateLine]


def complaint_told(visit: Visit, kept: Kept | None) -> Told | None:
    """What belongs to a complaint, in the reader's language; nothing of any other case."""
    if kept is None:
        return None
    known = tried_before(clock.local(visit.now).date())
    return Told(
        [known[code].name(visit.language) for code in kept.tried if code in known],
        MAY_TELL[kept.may_tell],
        kept.may_tell is MayTell.NOBODY,
        kept.dates,
    )


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step that was taken, or can be: its name and the words for it."""

    code: str
    name: str
    words: str
    source: str


def steps_shown(visit: Visit) -> list[StepShown]:
    """The office's steps in their order; the words in Danish, as they are sent."""
    return [
        StepShown(one.code, one.name(visit.language), one.text("da"), one.source)
        for one in steps(clock.local(visit.now).date()).values()
    ]
