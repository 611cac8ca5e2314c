"""What can be wrong, how much it hurries, what to try first, and what else to ask.

`categories.csv` says what hurries and where it can be; `wordings.csv` the tips and everyday words,
`questions.csv` what is asked besides, each in every language.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from estate.finding.rules import Filler, keys_of, sayings_of, scored
from estate.language import DEFAULT, N_, Message, say

COLUMNS: Mapping[str, str] = {"da": "danish", "en": "english", "ar": "arabic"}
"""In which column each language stands."""

COMPLAINT = "noise_neighbour"
"""No fault: it becomes a confidential complaint to the office."""


class Urgency(StrEnum):
    """How much a fault hurries; the first hurries most."""

    NOW = "p1"  # call the duty phone, day and night
    NEXT_DAY = "p2"  # the next working day
    DAYS = "p3"  # within about five working days
    PLANNED = "p4"


class Where(StrEnum):
    """Where a fault can be."""

    HOME = "home"
    COMMON = "common"
    BOTH = "both"


class Group(StrEnum):
    """What kind of place it is about, as programs outside ask."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    COMMON = "common"


class Calls(StrEnum):
    """Whom to call before anything is written."""

    ALARM = "112"
    DUTY = "duty"
    NOBODY = ""


class Choice(NamedTuple):
    """One answer to a question; with it a fault may hurry more, or less."""

    code: str
    urgency: Urgency | None
    texts: Mapping[str, str]


class Question(NamedTuple):
    """What is asked besides, with the answers there are."""

    code: str
    texts: Mapping[str, str]
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Category:
    """One kind of fault. In its `season` (`10-01/04-30`) it hurries as `season_urgency` says.

    `system` is a code of `estate/places/systems.csv`, which a common part has too. `keys` are the
    words it is found by, `sayings` what tells more: gas is never only one word among others.
    """

    name: str
    number: int
    urgency: Urgency
    season: tuple[str, str] | None
    season_urgency: Urgency | None
    where: Where
    group: Group
    system: str
    calls: Calls
    titles: Mapping[str, str]
    tips: Mapping[str, str]
    questions: Sequence[Question]
    keys: frozenset[str]
    sayings: frozenset[tuple[str, ...]]

    def title(self, language: str) -> str:
        """What it is called in a language; in Danish where that is not known."""
        return self.titles.get(language, self.titles[DEFAULT])

    def tip(self, language: str) -> str:
        """What to try first."""
        return self.tips.get(language, self.tips[DEFAULT])


Rows = Iterable[str]


def parse_categories(
    categories: Rows, wordings: Rows, questions: Rows, filler: Filler, day: date
) -> dict[str, Category]:
    """The categories as they are on a day, by code, in the order of their file."""
    said: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in _begun(wordings, day):
        said.setdefault(row["category"], {})[row["language"]] = row
    asked: dict[str, dict[str, list[Mapping[str, str]]]] = {}
    for row in _begun(questions, day):
        asked.setdefault(row["category"], {}).setdefault(row["question"], []).append(row)
    return {
        row["code"]: _category(row, said[row["code"]], asked.get(row["code"], {}), filler)
        for row in _begun(categories, day)
    }


def _begun(lines: Rows, day: date) -> list[Mapping[str, str]]:
    rows = csv.DictReader(lines, strict=True)
    return [row for row in rows if date.fromisoformat(row["valid_from"]) <= day]


def _category(
    row: Mapping[str, str],
    said: Mapping[str, Mapping[str, str]],
    asked: Mapping[str, Sequence[Mapping[str, str]]],
    filler: Filler,
) -> Category:
    titles = _texts(row)
    begins, _, ends = row["season"].partition("/")
    known_by = ((one, f"{titles[one]} {wording['words']}") for one, wording in said.items())
    return Category(
        row["code"],
        int(row["number"]),
        Urgency(row["urgency"]),
        (begins, ends) if ends else None,
        Urgency(row["season_urgency"]) if row["season_urgency"] else None,
        Where(row["where"]),
        Group(row["group"]),
        row["system"],
        Calls(row["calls"]),
        titles,
        {language: wording["tip"] for language, wording in said.items()},
        [_question(code, rows) for code, rows in asked.items()],
        keys_of(known_by, filler),
        sayings_of(wording["sayings"] for wording in said.values()),
    )


def _question(code: str, rows: Sequence[Mapping[str, str]]) -> Question:
    asks, *choices = rows
    return Question(
        code,
        _texts(asks),
        [
            Choice(row["choice"], Urgency(row["urgency"]) if row["urgency"] else None, _texts(row))
            for row in choices
        ],
    )


def _texts(row: Mapping[str, str]) -> dict[str, str]:
    return {language: row[column] for language, column in COLUMNS.items()}


def find(
    categories: Sequence[Category], question: str, filler: Filler, language: str
) -> list[Category]:
    """The categories that everyday words are about, the best first; all in order without a word.

    Of those that fit alike the one that can wait comes first, as it happens more often.
    """
    scores = scored(categories, question, filler, language)
    if scores is None:
        return list(categories)
    fitting = [one for one in categories if one.name in scores]
    fitting.sort(key=lambda one: one.urgency, reverse=True)
    return sorted(fitting, key=lambda one: -scores[one.name])


def urgency_of(category: Category, answers: Mapping[str, str], day: date) -> Urgency:
    """How much it hurries on a day, with what was answered: the answer that hurries most decides.

    Without an answer that says so, as the season says, else as the category does.
    """
    said = [
        choice.urgency
        for question in category.questions
        for choice in question.choices
        if choice.urgency is not None and answers.get(question.code) == choice.code
    ]
    return min(said) if said else _ordinary(category, day)


def _ordinary(category: Category, day: date) -> Urgency:
    if category.season is None or category.season_urgency is None:
        return category.urgency
    begins, ends = category.season
    today = f"{day:%m-%d}"
    inside = begins <= today <= ends if begins <= ends else today >= begins or today <= ends
    return category.season_urgency if inside else category.urgency


def question_problems(category: Category, answers: Mapping[str, str]) -> dict[str, Message]:
    """Which of its questions still want an answer there is: question → what to do."""
    return {
        question.code: say(N_("Choose one of the answers."))
        for question in category.questions
        if answers.get(question.code) not in {choice.code for choice in question.choices}
    }
