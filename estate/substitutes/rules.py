"""What it takes to let somebody stand in for a caretaker, and to write a local note."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date, timedelta

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind

STANDING_IN = NotificationKind(
    "standing_in", N_("When I stand in for a caretaker, and when that ends"), fixed=True
)

SUBSTITUTE = "substitute"
"""What deeds call a role given here. In `erasures.log` one that was ended: `[number, last day]`."""

LONGEST_NAME = 80
NOTE_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Naming:
    """Who stands in, from one day to another, in which sections."""

    name: str
    email: str
    starts_on: date | None
    ends_on: date | None
    sections: Set[int]


def naming_problems(
    naming: Naming, email_problem: Message | None, day: date, longest: int
) -> dict[str, Message]:
    """What is missing before somebody can stand in, for `longest` days at most, by field."""
    found: dict[str, Message] = {}
    if not naming.name:
        found["name"] = say(N_("Write the substitute’s name."))
    elif len(naming.name) > LONGEST_NAME:
        found["name"] = say(N_("Write a shorter name."))
    if email_problem is not None:
        found["email"] = email_problem
    if not naming.sections:
        found["sections"] = say(N_("Choose at least one section."))
    if naming.starts_on is None or naming.starts_on < day:
        found["starts_on"] = say(N_("Choose today or a later day."))
    if naming.ends_on is None:
        found["ends_on"] = say(N_("Choose the last day. It can be ended earlier."))
    elif naming.starts_on is not None:
        found |= _length_problem(naming.starts_on, naming.ends_on, longest)
    return found


def _length_problem(first: date, last: date, longest: int) -> dict[str, Message]:
    if last < first:
        return {"ends_on": say(N_("The last day comes before the first."))}
    if last - first > timedelta(days=longest):
        latest = first + timedelta(days=longest)
        return {"ends_on": say(N_("Choose {day} at the latest."), day=latest)}
    return {}


def note_problems(text: str) -> dict[str, Message]:
    """What has to be written differently in a local note."""
    if len(text) <= NOTE_LENGTH:
        return {}
    sentence = N_("This is {length} letters; there is room for {most}.")
    return {"text": say(sentence, length=len(text), most=NOTE_LENGTH)}


def ended_by(starts_on: date, day: date) -> date | None:
    """The last day of a role that is ended on `day`; None for one that takes none of its days."""
    last = day - timedelta(days=1)
    return last if starts_on <= last else None
