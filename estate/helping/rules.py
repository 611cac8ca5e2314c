"""What it takes to name a helper."""

from dataclasses import dataclass
from datetime import date

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind

HELPING = NotificationKind("helping", N_("When I help somebody, or somebody helps me"))

HELPER = "helper"
"""What `erasures.log` calls a helper that one of the two has ended: `[number, last day]`."""

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Naming:
    """Whom a resident names as their helper: as they call them, and where a mail reaches them."""

    name: str
    email: str
    starts_on: date | None
    ends_on: date | None


def helper_problems(
    naming: Naming, email_problem: Message | None, day: date, *, ends_typed: bool
) -> dict[str, Message]:
    """What is missing before somebody can be named a helper on `day`: field → what to do."""
    problems: dict[str, Message] = {}
    if not naming.name:
        problems["name"] = say(N_("Write the helper's name."))
    elif len(naming.name) > LONGEST_NAME:
        problems["name"] = say(N_("Write a shorter name."))
    if email_problem is not None:
        problems["email"] = email_problem
    if naming.starts_on is None or naming.starts_on < day:
        problems["starts_on"] = say(N_("Choose today or a later day."))
    if naming.ends_on is None:
        if ends_typed:
            problems["ends_on"] = say(N_("Choose a day, or leave it empty."))
    elif naming.starts_on is not None and naming.ends_on < naming.starts_on:
        problems["ends_on"] = say(N_("The last day comes before the first."))
    return problems
