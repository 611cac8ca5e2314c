"""What of a fault is anybody's to read, and how a place is named by a program."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from engagement.cases.rules import Origin, State
from estate.search.rules import words

PLACE = re.compile(r"(stairwell|building|section|home)-([0-9]{1,9})")
OVER = frozenset({State.DONE, State.CLOSED, State.MERGED})
"""States in which nothing more is done: closed, as other programs say."""


class PlaceKind(StrEnum):
    """What a program can name by `address_id`; a part is named by the code on its label."""

    PART = "part"
    STAIRWELL = "stairwell"
    BUILDING = "building"
    SECTION = "section"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Named:
    """A place as a program named it: what it is, and its row."""

    kind: PlaceKind
    id: int


def place_named(address_id: str) -> Named | None:
    """The place an `address_id` names, or None for a part's code and for nonsense."""
    found = PLACE.fullmatch(address_id.strip().lower())
    return Named(PlaceKind(found[1]), int(found[2])) if found else None


def address_id(part: str | None, stairwell: int | None, building: int | None, section: int) -> str:
    """How programs name a place: by the narrowest thing that is known of it."""
    if part is not None:
        return part
    if stairwell is not None:
        return f"stairwell-{stairwell}"
    return f"building-{building}" if building is not None else f"section-{section}"


def words_are_public(origin: Origin) -> bool:
    """Whether anybody may read what was written.

    What residents and staff write to each other is theirs, also of a lift: a name or a door is
    soon in it. Whoever reports by Open311 knows that it is published.
    """
    return origin is Origin.OPEN311


def begins(address: str, beginning: str) -> bool:
    """Whether an address begins with these words: `Lærkevej 8, 2. tv.` with `laerkevej 8`."""
    wanted = words(beginning)
    return bool(wanted) and words(address)[: len(wanted)] == wanted


def after(address: str, beginning: str) -> list[str]:
    """The words of an address that come after its beginning."""
    return words(address)[len(words(beginning)) :]


def holds(rest: Collection[str], name: str) -> bool:
    """Whether a name's words are all among those left of an address."""
    wanted = words(name)
    return bool(wanted) and set(wanted) <= set(rest)


def only(found: Iterable[Named]) -> Named | None:
    """The one place there is; None where there is none, or more than one."""
    places = set(found)
    return places.pop() if len(places) == 1 else None
