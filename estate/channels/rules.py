"""Whether a household may be given notice digitally, and for what reason with which source."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.values.rules import Dated, holding

STATUTES, ANNOUNCED = "statutes_adopted_on", "digital_announced_on"
"""What the office states of an organisation or a section: the keys of its local values."""

NEVER = "never"
"""The value of what is stated not to have been; an empty one says nothing at all."""


class Party(StrEnum):
    """Which of the two demands other than digital communication."""

    TENANT = "tenant"
    LANDLORD = "landlord"


class Demand(NamedTuple):
    """Somebody demanded other than digital communication, until `ended_on` (not included)."""

    demanded_on: date
    ended_on: date | None = None


class Matter(NamedTuple):
    """What a notice is about, as far as the law asks.

    `formal`: påkrav or opsigelse; `democracy`: a notice of the residents' democracy, a meeting.
    """

    formal: bool = False
    democracy: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one household; None: nobody has stated it.

    `contract_on` is when its tenancy began, `announced_on` when the newest letter announced digital
    communication to those who lived there then.
    """

    contract_on: date
    exempt: bool = False
    demands: tuple[Demand, ...] = ()
    announced_on: date | None = None
    statutes_on: date | None = None


class Ground(NamedTuple):
    """One condition: whether it holds, and who says that it is one."""

    code: str
    holds: bool
    source: str


@dataclass(frozen=True, slots=True)
class Lawfulness:
    """Whether a digital notice counts for this household, and the conditions looked at."""

    grounds: tuple[Ground, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing stands against it."""
        return all(ground.holds for ground in self.grounds)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """The codes of what stands against it."""
        return tuple(ground.code for ground in self.grounds if not ground.holds)


Law = Mapping[str, Dated]
"""The conditions that hold on one day, by key (`conditions.csv`)."""


def law_on(conditions: Mapping[str, Sequence[Dated]], day: date) -> Law:
    """The conditions that hold on a day; one that is not yet in force is not in it."""
    found = {key: holding(values, day) for key, values in conditions.items()}
    return {key: dated for key, dated in found.items() if dated is not None}


def lawful_digital(law: Law, matter: Matter, facts: Facts, day: date) -> Lawfulness:
    """Whether notice given on `day` may be digital, with each condition and its source.

    Where the sources leave it open it is not lawful: the household then gets paper as well.
    """
    if matter.formal:
        return Lawfulness((_ground(law, "formal", holds=False),))
    return Lawfulness(
        (
            _ground(law, "exempt", holds=not facts.exempt),
            _ground(law, "objection", holds=not _demanded(law, facts.demands, day)),
            *_opened(law, matter, facts, day),
        )
    )


def _ground(law: Law, code: str, *, holds: bool) -> Ground:
    return Ground(code, holds, law[code].source if code in law else "")


def _demanded(law: Law, demands: Sequence[Demand], day: date) -> bool:
    """Whether a demand is in force: some time after it was made, and until it is ended."""
    notice = int(law["objection"].value) if "objection" in law else 0
    return any(
        months_later(one.demanded_on, notice) <= day
        and (one.ended_on is None or day < one.ended_on)
        for one in demands
    )


def _opened(law: Law, matter: Matter, facts: Facts, day: date) -> tuple[Ground, ...]:
    """What opens the digital way: a contract of late, or a letter; for a meeting the statutes.

    A letter of before the contract began announced nothing to these: whoever had the home got it.
    """
    announced = facts.announced_on is not None and facts.contract_on <= facts.announced_on < day
    if matter.democracy:
        model = date.fromisoformat(law["statutes"].value) if "statutes" in law else None
        adopted = facts.statutes_on is not None and facts.statutes_on <= day
        follow = adopted and model is not None and (facts.statutes_on or day) >= model
        return (
            _ground(law, "announced", holds=announced),
            _ground(law, "statutes", holds=follow),
        )
    since = date.fromisoformat(law["contract"].value) if "contract" in law else None
    if since is not None and facts.contract_on >= since:
        return (_ground(law, "contract", holds=True),)
    return (_ground(law, "announced", holds=announced),)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or before; the month's last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


HOLDS: Mapping[str, str] = {
    "exempt": N_("The household is not exempt from Digital Post."),
    "objection": N_("Nobody has demanded other than digital communication."),
    "contract": N_("The contract is of 1 January 2018 or later."),
    "announced": N_("A physical letter announced it to them before."),
    "statutes": N_("The statutes follow the model of 1 October 2019 or later."),
}
OBSTACLES: Mapping[str, str] = {
    "formal": N_("A demand or a termination is given on paper, never by e-mail."),
    "exempt": N_("The household is exempt from Digital Post."),
    "objection": N_("Other than digital communication was demanded a month ago or earlier."),
    "announced": N_("No physical letter that announced it since they moved in is stated."),
    "statutes": N_("Statutes that follow the model of 1 October 2019 are not stated."),
}


def told(code: str, *, holds: bool) -> Message:
    """What a condition says, in a sentence."""
    return say((HOLDS if holds else OBSTACLES).get(code, code))


def demand_problems(demanded_on: date | None, today: date) -> dict[str, Message]:
    """What is wrong with a demand as typed: field → what to do."""
    if demanded_on is None:
        return {"demanded_on": say(N_("Choose the day on which it arrived."))}
    if demanded_on > today:
        return {"demanded_on": say(N_("Choose a day that has been."))}
    return {}


def fact_problems(
    day: date | None, source: str, today: date, *, typed: bool, never: bool
) -> dict[str, Message]:
    """What is wrong with what is stated: field → what to do.

    An empty day says that nothing is known, `never` that it did not come here. What a letter is
    lawful by needs a source: the proof rests on it.
    """
    if typed and never:
        return {"day": say(N_("Leave the day empty, or take the tick away below."))}
    if typed and day is None:
        return {"day": say(N_("Choose a day, or leave it empty."))}
    if day is not None and day > today:
        return {"day": say(N_("Choose a day that has been."))}
    if day is not None and not source:
        return {"source": say(N_("Write where it stands: the proof of the letters rests on it."))}
    return {}


PAPER_WHY: Mapping[str, str] = {
    "chosen": N_("They wish to have paper."),
    "unlawful": N_("A digital letter does not count here."),
    "unreachable": N_("Nobody there can be reached by mail or SMS."),
    "returned": N_("The mail came back."),
    "not_taken": N_("The mail or SMS could not be sent."),
    "unopened": N_("Sent, but not shown to have arrived in time."),
}
"""Why a copy is printed, by `paper_why`."""


def paper_why(*, paper_chosen: bool, lawful: bool, reachable: bool) -> str:
    """Why a copy is to be printed at once; "" where the digital way is enough."""
    if paper_chosen:
        return "chosen"
    if not lawful:
        return "unlawful"
    return "" if reachable else "unreachable"


CHANNELS: Mapping[str, str] = {
    "digital": N_("E-mail, and a message on the phone"),
    "sms": N_("SMS with a link"),
    "paper": N_("On paper, to the door"),
}
"""The channels of a household, in its own words."""
