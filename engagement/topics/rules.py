"""What a message is about: a short list in everyday words, so that it comes with a headline."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from estate.language import DEFAULT

COLUMNS: Mapping[str, str] = {"da": "danish", "en": "english", "ar": "arabic"}
"""In which column each language stands."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing residents ask about: its code, and what it is called in each language."""

    code: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.names.get(language, self.names[DEFAULT])


def parse_topics(lines: Iterable[str], day: date) -> dict[str, Topic]:
    """The topics of a day by code, in the order of their CSV."""
    return {
        row["code"]: Topic(row["code"], {one: row[column] for one, column in COLUMNS.items()})
        for row in csv.DictReader(lines, strict=True)
        if date.fromisoformat(row["valid_from"]) <= day
    }
