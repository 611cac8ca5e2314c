"""What a guide is made of, and what keeps it from being written down."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from estate.language import N_, Message, say

OWNER = "guide"
"""What deeds and photos call a guide."""

TITLE_LENGTH, STEPS_LENGTH, MOST_PHOTOS = 120, 6000, 6


class Draft(NamedTuple):
    """A guide as it was written, a step a line; `type` is of `engagement/tasks/types.csv`."""

    organisation: int
    type: str
    title: str
    steps: str


def steps_of(text: str) -> Sequence[str]:
    """The steps, one a line; empty lines part nothing."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def problems(draft: Draft, types: Collection[str]) -> dict[str, Message]:
    """What keeps a guide from being written down: field → what to do."""
    found: dict[str, Message] = {}
    if not draft.title:
        found["title"] = say(N_("Write what the guide is about."))
    elif len(draft.title) > TITLE_LENGTH:
        found["title"] = say(N_("At most {count} letters, please."), count=TITLE_LENGTH)
    if draft.type not in types:
        found["type"] = say(N_("Choose what sort of work it is."))
    if not steps_of(draft.steps):
        found["steps"] = say(N_("Write at least one step."))
    elif len(draft.steps) > STEPS_LENGTH:
        found["steps"] = say(N_("At most {count} letters, please."), count=STEPS_LENGTH)
    return found
