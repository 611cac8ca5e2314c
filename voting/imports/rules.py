"""What a file's name says: which kind of paper, of which day, from when on."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.retention.rules import Retention
from voting.papers.rules import Home, Kind, Repeats, belongs, even

IMPORT_JOB = "papers.import"
"""The long work of looking into the files that were brought in together."""
AT_ONCE = 20
"""Files of one form; a folder of more is for `opgang import-papers`."""
WAITS = "imported_file"
"""How files are kept that wait to be looked into."""

IMPORTS = Retention(
    kind="paper_import",
    purpose=N_("What came of old papers that were brought in together."),
    source=N_("Our own choice: a month to look at those that were refused."),
    inner=True,
)

ENDING = re.compile(r"\.pdf$", re.IGNORECASE)
ISO = re.compile(r"(?<!\d)(?P<year>\d{4})[-._ ]?(?P<month>\d{2})[-._ ]?(?P<day>\d{2})(?!\d)")
DANISH = re.compile(r"(?<!\d)(?P<day>\d{1,2})[-._ ](?P<month>\d{1,2})[-._ ](?P<year>\d{4})(?!\d)")
YEAR = re.compile(r"(?<!\d)(?P<year>(19|20)\d{2})(?!\d)")


class Outcome(StrEnum):
    """What came of one file."""

    WAITING = "waiting"
    ADDED = "added"
    SKIPPED = "skipped"  # this very content is there already
    REFUSED = "refused"


class Named(NamedTuple):
    """What a file's name says."""

    kind: Kind
    day: date | None


def read_name(name: str, kinds: Iterable[Kind], home: Home) -> Named | Message:
    """What a file is by its name; a sentence when the name does not tell.

    The kind is the one of which most letters stand in the name (`kinds.csv`, file_words), its day
    `2024-05-14`, `14-05-2024`, or of budgets and accounts a year.
    """
    kind = _kind(ENDING.sub("", name), [one for one in kinds if belongs(one, home)])
    if kind is None:
        return say(N_("The name does not say what kind of paper it is."))
    return as_kind(name, kind, None)


def as_kind(name: str, kind: Kind, told: date | None) -> Named | Message:
    """A file of a kind that is known, with the day that is told, else by its name.

    A sentence when neither tells the day that the kind needs.
    """
    day, whole = (told, True) if told else _day(ENDING.sub("", name))
    if kind.repeats is Repeats.DAY and not whole:
        return say(N_("The name does not say the meeting’s day, such as 2024-05-14."))
    if kind.dated and day is None:
        return say(N_("The name does not say the year."))
    return Named(kind, day)


def _kind(name: str, kinds: Iterable[Kind]) -> Kind | None:
    folded = even(name)
    ways = [
        (sum(map(len, way)), kind)
        for kind in kinds
        for way in kind.file_words
        if all(word in folded for word in way)
    ]
    return max(ways, key=lambda way: way[0])[1] if ways else None


def _day(name: str) -> tuple[date | None, bool]:
    """The day in a name, and whether it is a whole one: of a year alone it is the first."""
    for found in (*ISO.finditer(name), *DANISH.finditer(name)):
        try:
            return date(int(found["year"]), int(found["month"]), int(found["day"])), True
        except ValueError:
            continue
    year = YEAR.search(name)
    return (date(int(year["year"]), 1, 1) if year else None), False


def valid_from(named: Named, made_on: date | None, today: date) -> date:
    """From when an old paper holds: by its name, else since its PDF was made, else today."""
    return named.day or min(made_on or today, today)
