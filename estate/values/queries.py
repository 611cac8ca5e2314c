"""Looking up dated values: the national or project's own, from `defaults.csv`."""

import csv
import functools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from estate.values.rules import Dated, holding

DEFAULTS = Path(__file__).parent / "defaults.csv"


@functools.cache
def _defaults() -> Mapping[str, Sequence[Dated]]:
    found: dict[str, list[Dated]] = {}
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            dated = Dated(row["value"], date.fromisoformat(row["valid_from"]), row["source"])
            found.setdefault(row["key"], []).append(dated)
    return found


def default(key: str, day: date) -> Dated:
    """What `defaults.csv` says of `key` on a day; LookupError when it says nothing."""
    found = holding(_defaults().get(key, ()), day)
    if found is None:
        raise LookupError(f"No value of {key!r} holds on {day}.")
    return found


def default_number(key: str, day: date) -> int:
    """A default that is a whole number: days, minutes, tries."""
    return int(default(key, day).value)
