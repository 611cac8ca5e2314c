"""Which of several dated values holds on a day."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Dated(NamedTuple):
    """A value that holds from a day on, and who or what says so."""

    value: str
    valid_from: date
    source: str


def holding(values: Iterable[Dated], day: date) -> Dated | None:
    """The newest value that already holds on `day`, or None."""
    begun = [value for value in values if value.valid_from <= day]
    return max(begun, key=lambda value: value.valid_from, default=None)
