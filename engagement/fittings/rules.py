"""What may be written on the card of a home or a common part, and how long it is kept."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.retention.rules import Retention
from estate.search.rules import natural

NAME_LENGTH, NOTE_LENGTH, WHERE_LENGTH = 80, 400, 200
MOST_PHOTOS = 3
OLDEST = 1850
"""No house of ours is older, so nothing in it is."""

FITTING = "fitting"
"""What deeds call one, and whose photos they are."""
PHOTO = "fitting_photo"
"""In `erasures.log` photos that were taken off a card: their ids."""

FITTINGS = Retention(
    kind="fitting",
    purpose=N_("What is fitted in a home or common part, once that is no longer in use."),
    source=N_("Our own choice: a month, in case it was closed by mistake."),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that is fitted: its code and what it is called in each language."""

    code: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names["da"])

    def said_by(self, word: str) -> bool:
        """Whether a word of a search stands in one of its names."""
        wanted = natural(word)
        return bool(wanted) and any(wanted in natural(name) for name in self.names.values())


def parse_kinds(lines: Iterable[str]) -> dict[str, Kind]:
    """Kinds by code, in the order of their CSV."""
    return {
        row["code"]: Kind(
            row["code"], {"da": row["danish"], "en": row["english"], "ar": row["arabic"]}
        )
        for row in csv.DictReader(lines, strict=True)
    }


class Writing(NamedTuple):
    """One fitted thing as written down; `year` is when it was fitted, None where nobody knows."""

    kind: str
    make: str = ""
    model: str = ""
    year: int | None = None
    room: str = ""
    note: str = ""


class Shutting(NamedTuple):
    """Where water and power are shut off."""

    stopcock: str = ""
    fuse: str = ""


class Doing(StrEnum):
    """What was done to a card."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    SHUTTING = "shutting"


def fitting_problems(
    writing: Writing, kinds: Iterable[str], year_typed: str, this_year: int
) -> dict[str, Message]:
    """What has to be written differently about a fitted thing, by field of the form."""
    found: dict[str, Message] = {}
    if writing.kind not in set(kinds):
        found["kind"] = say(N_("Choose what it is."))
    lengths = {"make": NAME_LENGTH, "model": NAME_LENGTH, "room": NAME_LENGTH, "note": NOTE_LENGTH}
    found |= _too_long({name: getattr(writing, name) for name in lengths}, lengths)
    if year_typed and (writing.year is None or not OLDEST <= writing.year <= this_year):
        found["year"] = say(
            N_("Write the year in four figures, {year} at the latest."), year=str(this_year)
        )
    return found


def shutting_problems(shutting: Shutting) -> dict[str, Message]:
    """What has to be written differently about where to shut off, by field of the form."""
    return _too_long(shutting._asdict(), dict.fromkeys(Shutting._fields, WHERE_LENGTH))


def _too_long(texts: Mapping[str, str], lengths: Mapping[str, int]) -> dict[str, Message]:
    sentence = N_("This is {length} letters; there is room for {most}.")
    return {
        name: say(sentence, length=len(text), most=lengths[name])
        for name, text in texts.items()
        if len(text) > lengths[name]
    }


def earlier(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """The values of `before` that `after` has otherwise: what the card's history keeps."""
    return {name: value for name, value in before.items() if after[name] != value}
