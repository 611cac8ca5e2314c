"""Looking up the dated values of `defaults.csv`: national ones and the project's."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from estate.values.rules import Dated, holding, parse_values

DEFAULTS = Path(__file__).parent / "defaults.csv"


@functools.cache
def _defaults() -> Mapping[str, Sequence[Dated]]:
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        return parse_values(file)


def default(key: str, day: date) -> Dated:
    """What `defaults.csv` says of `key` on a day; LookupError when it says nothing."""
    found = holding(_defaults().get(key, ()), day)
    if found is None:
        raise LookupError(f"No value of {key!r} holds on {day}.")
    return found


def default_number(key: str, day: date) -> int:
    """A default that is a whole number: days, minutes, tries."""
    return int(default(key, day).value)
