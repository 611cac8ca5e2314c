"""What can be said by the phrase book, and whether everything a sentence names is there."""

import csv
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import NamedTuple

from estate.language import DEFAULT, N_, Message, say

NAME_LENGTH = 80
MOST = 10_000
"""No sentence counts further: minutes of a week."""


class Side(StrEnum):
    """Who says a sentence."""

    STAFF = "staff"
    RESIDENT = "resident"
    BOTH = "both"


class Group(StrEnum):
    """What a sentence is about, for whoever looks for one."""

    WHEN = "when"
    WHERE = "where"
    ACCESS = "access"
    PARTS = "parts"
    NOBODY_HOME = "nobody_home"
    STATUS = "status"
    SAFETY = "safety"
    THANKS = "thanks"


CALLED: Mapping[Group, str] = {
    Group.WHEN: N_("When"),
    Group.WHERE: N_("Where and what"),
    Group.ACCESS: N_("Coming in"),
    Group.PARTS: N_("Spare parts"),
    Group.NOBODY_HOME: N_("Nobody home"),
    Group.STATUS: N_("How it goes"),
    Group.SAFETY: N_("So that nothing happens"),
    Group.THANKS: N_("Thanks and sorry"),
}

Value = date | time | int | str


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence in each language, with the values it names.

    `step` is the step of a case it goes with and `categories` the faults it is about: the codes of
    both, empty where it goes with any.
    """

    code: str
    side: Side
    group: Group
    step: str
    categories: frozenset[str]
    texts: Mapping[str, str]

    @property
    def names(self) -> Sequence[str]:
        """The values it names, in the order in which the Danish does."""
        return fields(self.texts[DEFAULT])

    def text(self, language: str) -> str:
        """The sentence in a language; in Danish where it is not written in that one."""
        return self.texts.get(language, self.texts[DEFAULT])


def fields(text: str) -> list[str]:
    """The named fields of a sentence, each once, in order."""
    named = (name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    return list(dict.fromkeys(named))


COLUMNS: Mapping[str, str] = {"da": "danish", "en": "english", "ar": "arabic"}
"""In which column of `phrases.csv` each language stands."""


def parse_phrases(lines: Iterable[str], day: date) -> dict[str, Phrase]:
    """The phrase book as it is on a day: the newest line of each code that has begun."""
    rows = [
        row
        for row in csv.DictReader(lines, strict=True)
        if date.fromisoformat(row["valid_from"]) <= day
    ]
    return {row["code"]: _phrase(row) for row in sorted(rows, key=lambda row: row["valid_from"])}


def _phrase(row: Mapping[str, str]) -> Phrase:
    return Phrase(
        row["code"],
        Side(row["side"]),
        Group(row["group"]),
        row["step"],
        frozenset(row["categories"].split()),
        {language: row[column] for language, column in COLUMNS.items()},
    )


def offered(
    phrases: Iterable[Phrase], side: Side, step: str = "", category: str = ""
) -> list[Phrase]:
    """What one side may say: first what is bound to this step and category, then the rest.

    What is bound to another category is left out; with no category, whatever is bound to one.
    """
    fitting = [
        phrase
        for phrase in phrases
        if phrase.side in (side, Side.BOTH)
        and (not phrase.categories or category in phrase.categories)
    ]
    return sorted(fitting, key=lambda one: -_nearness(one, step, category))


def _nearness(phrase: Phrase, step: str, category: str) -> int:
    return 2 * (bool(step) and phrase.step == step) + (category in phrase.categories)


def _day(typed: str) -> date:
    return date.fromisoformat(typed)


def _time(typed: str) -> time:
    return time.fromisoformat(typed)


def _count(typed: str) -> int:
    number = int(typed)
    if not 0 < number <= MOST:
        raise ValueError(typed)
    return number


def _name(typed: str) -> str:
    if not typed.strip() or len(typed) > NAME_LENGTH or not typed.isprintable():
        raise ValueError(typed)
    return typed.strip()


class Kind(NamedTuple):
    """How a value is read from what was typed, and what to say where it cannot be."""

    read: Callable[[str], Value]
    wrong: str


KINDS: Mapping[str, Kind] = {
    "day": Kind(_day, N_("Choose a day.")),
    "begins": Kind(_time, N_("Choose a time.")),
    "ends": Kind(_time, N_("Choose a time.")),
    "count": Kind(_count, N_("Write how many, in digits.")),
    "name": Kind(_name, N_("Write the name people know.")),
    "phone": Kind(_name, N_("Write a phone number.")),
}
"""What a sentence can name. A new name in `phrases.csv` needs a kind here; a test asks for it."""


def read(phrase: Phrase, typed: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, Message]]:
    """The values a sentence names, read from a form or from the database, and what is wrong.

    What it does not name is left aside. The end of a time comes after its beginning.
    """
    values: dict[str, Value] = {}
    problems: dict[str, Message] = {}
    for name in phrase.names:
        kind = KINDS[name]
        try:
            values[name] = kind.read(typed.get(name, ""))
        except ValueError:
            problems[name] = say(kind.wrong)
    begins, ends = values.get("begins"), values.get("ends")
    if isinstance(begins, time) and isinstance(ends, time) and ends <= begins:
        problems["ends"] = say(N_("The end comes after the beginning."))
    return values, problems


def kept(values: Mapping[str, Value]) -> dict[str, str]:
    """Values as they are kept with a line: `read` reads them again."""
    return {name: _written(value) for name, value in values.items()}


def _written(value: Value) -> str:
    if isinstance(value, time):
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def said(phrase: Phrase, language: str, shown: Mapping[str, str]) -> str:
    """The sentence as somebody reads it, its values shown the way their language shows them."""
    return phrase.text(language).format_map(shown)
