"""The parts and tools a fault of a category usually takes, and which of them one has to know first.

`bring.csv` is for the staff, in Danish and English. A part of a `fitting` comes in as many kinds
as there are makes: without make and model one brings the wrong one.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

COLUMNS: Mapping[str, str] = {"da": "danish", "en": "english"}
"""In which column each language of the staff stands."""


class What(StrEnum):
    """What is brought."""

    PART = "part"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to bring; `fittings` are the kinds it has to fit, of `engagement/fittings`."""

    what: What
    fittings: Sequence[str]
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names["da"])


def parse_things(lines: Iterable[str], day: date) -> dict[str, list[Thing]]:
    """What to bring as it is on a day, by category."""
    found: dict[str, list[Thing]] = {}
    for row in csv.DictReader(lines, strict=True):
        if date.fromisoformat(row["valid_from"]) <= day:
            names = {one: row[column] for one, column in COLUMNS.items()}
            thing = Thing(What(row["what"]), row["fitting"].split(), names)
            found.setdefault(row["category"], []).append(thing)
    return found


class Fitted(NamedTuple):
    """What a card says of one fitted thing, as far as it matters here."""

    kind: str
    make: str
    model: str

    @property
    def known(self) -> bool:
        """Whether one can choose a spare part by it."""
        return bool(self.make and self.model)


def kinds_wanted(things: Iterable[Thing]) -> list[str]:
    """The kinds of fitting that things have to fit, each once, the likeliest first."""
    return list(dict.fromkeys(kind for thing in things for kind in thing.fittings))


def to_ask(things: Iterable[Thing], card: Iterable[Fitted]) -> list[str]:
    """The kinds of which make and model are to be asked for.

    Of several that a part may be for, the card need know only one that is there: who has a mixer
    has no tap. Where the card has one without make and model, that one is asked for.
    """
    lines, asked = list(card), dict[str, None]()
    for thing in things:
        there = [one for one in lines if one.kind in thing.fittings]
        if there:
            asked |= dict.fromkeys(one.kind for one in there if not one.known)
        elif thing.fittings:
            asked[thing.fittings[0]] = None
    return list(asked)
