"""In which order letters lie for a walk up the stairs, and what can happen at a door."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from estate.language import N_, Message, say
from estate.proof.rules import Outcome, Receiver
from estate.retention.rules import Retention

PRINTING_JOB = "print_letters"

PRINT_FILES = Retention(
    kind="print_file",
    purpose=N_("Letters laid out for the printer, with names and addresses."),
    source=N_("Our own choice: a month to print them; they can be made anew."),
    inner=True,
)


OUTCOMES: Mapping[Outcome, str] = {
    Outcome.LETTERBOX: N_("In the letterbox"),
    Outcome.HANDED: N_("Handed over"),
    Outcome.NOT_POSSIBLE: N_("Not possible"),
}

HANDED_TO: Mapping[Receiver, str] = {
    Receiver.TENANT: N_("Handed to the tenant"),
    Receiver.HOUSEHOLD: N_("Handed to another adult who lives there"),
}

REASONS: Mapping[str, str] = {
    "no_letterbox": N_("No letterbox, and nobody at home"),
    "no_access": N_("I could not get into the stairwell"),
    "wrong_name": N_("Somebody else lives there"),
    "refused": N_("They did not want to take it"),
    "damaged": N_("The letter was missing or damaged"),
    "other": N_("Something else"),
}
"""Why a letter could not be handed over: chosen, so that nothing is written about anybody."""

MISTAKES: Mapping[str, str] = {
    "by_mistake": N_("It was noted by mistake"),
    "wrong_door": N_("It went to another door"),
    "came_back": N_("The letter came back"),
    "other": N_("Something else"),
}
"""Why the office takes back that a letter was handed over: chosen, for the same reason."""

LATELY = timedelta(hours=24)
"""So long what was noted on the round can be taken back there; from then on by the office only."""


def lately(noted_at: datetime, now: datetime) -> bool:
    """Whether what was noted at a door can still be taken back on the round."""
    return noted_at >= now - LATELY


BELOW = {"kl": -1, "k": -1, "st": 0, "mezz": 0.5}
SIDES = {"tv": 0, "mf": 1, "th": 2}


def door_order(floor: str, side: str) -> tuple[float, int, int, str]:
    """The order of doors on a way up: cellar, ground, 1, 2 …; left, middle, right, then numbers."""
    storey = floor.strip(". ").lower()
    number = re.match(r"\d+", storey)
    height = BELOW.get(storey, float(number[0]) if number else 99.0)
    door = side.strip(". ").lower()
    counted = re.match(r"\d+", door)
    return height, SIDES.get(door, 3), int(counted[0]) if counted else 0, door


def visit_problems(outcome: str, reason: str, handed_to: str = "") -> dict[str, Message]:
    """What is wrong with how a door visit was noted: field → what to do.

    To whom it was handed may be left out: what waited on a phone may come from before we asked.
    """
    if outcome not in set(Outcome):
        return {"outcome": say(N_("Choose what happened at the door."))}
    if outcome == Outcome.NOT_POSSIBLE and reason not in REASONS:
        return {"reason": say(N_("Choose why it was not possible."))}
    if outcome == Outcome.HANDED and handed_to not in {"", *Receiver}:
        return {"handed_to": say(N_("Choose to whom it was handed."))}
    return {}


def mistake_problems(reason: str) -> dict[str, Message]:
    """What is wrong with why a delivery is taken back: field → what to do."""
    return {} if reason in MISTAKES else {"reason": say(N_("Choose why you take it back."))}
