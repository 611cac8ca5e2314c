"""What may be written in a complaint, what was tried before, and the office's steps as data.

`tried.csv` is ticked by residents, in every language; `steps.csv` is the office's, in Danish and
English, each step with the words for it and where they come from.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say

LINES = 3
"""How many days a form takes at once."""
TEXT_LENGTH, SHORT_LENGTH = 1000, 60


class MayTell(StrEnum):
    """What the office may say of the complaint to the household it is about."""

    NOBODY = "nobody"
    NAMELESS = "nameless"
    NAMED = "named"


class Line(NamedTuple):
    """One line of the log as written: the day, from when, how long, and what."""

    day: date | None
    begun: str = ""
    lasted: str = ""
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was written in it."""
        return not (self.day or self.begun or self.lasted or self.text)


def line_problems(lines: Sequence[Line], today: date) -> dict[str, Message]:
    """What keeps lines of the log from being kept, by field; empty lines do not count."""
    found: dict[str, Message] = {}
    for number, line in enumerate(lines, 1):
        if line.empty and (number > 1 or any(not one.empty for one in lines)):
            continue
        if line.day is None:
            found[f"day-{number}"] = say(N_("Choose which day it was."))
        elif line.day > today:
            found[f"day-{number}"] = say(N_("This day has not come yet."))
        if not line.text:
            found[f"text-{number}"] = say(N_("Write what happened."))
        elif len(line.text) > TEXT_LENGTH:
            found[f"text-{number}"] = say(N_("At most {count} letters, please."), count=TEXT_LENGTH)
        for name, written in (("begun", line.begun), ("lasted", line.lasted)):
            if len(written) > SHORT_LENGTH:
                sentence = N_("At most {count} letters, please.")
                found[f"{name}-{number}"] = say(sentence, count=SHORT_LENGTH)
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of a list: its code, and what it is called in each language.

    Of a step `words` are what the office can write, `days` how long it waits before the next.
    """

    code: str
    names: Mapping[str, str]
    words: Mapping[str, str]
    days: int | None = None
    source: str = ""

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names["da"])

    def text(self, language: str) -> str:
        """The words for it, in Danish where a language has none."""
        return self.words.get(language, self.words.get("da", ""))


def parse(lines: Iterable[str], day: date) -> dict[str, Named]:
    """A list as it is on a day, by code, in the order of its CSV."""
    return {
        row["code"]: Named(
            row["code"],
            _texts(row, ""),
            _texts(row, "_words"),
            int(row["days"]) if row.get("days") else None,
            row["source"],
        )
        for row in csv.DictReader(lines, strict=True)
        if date.fromisoformat(row["valid_from"]) <= day
    }


def _texts(row: Mapping[str, str], ends: str) -> dict[str, str]:
    columns = {"da": f"danish{ends}", "en": f"english{ends}", "ar": f"arabic{ends}"}
    return {one: row[column] for one, column in columns.items() if row.get(column)}
