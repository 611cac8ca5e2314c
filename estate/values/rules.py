"""Which of several dated values holds on a day."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

COLUMNS = ("key", "value", "unit", "valid_from", "source", "note")


class Dated(NamedTuple):
    """A value that holds from a day on, and who or what says so.

    `unit` tells how to read it (`days`, `share`, `øre`).
    """

    value: str
    valid_from: date
    source: str
    unit: str = ""
    note: str = ""

    @property
    def number(self) -> Decimal:
        """The value as a number; only where its unit counts something."""
        return Decimal(self.value)


def parse_values(lines: Iterable[str]) -> dict[str, Sequence[Dated]]:
    """Values by key from their CSV; raises ValueError on a row that cannot be read."""
    rows = csv.DictReader(lines, strict=True)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"The columns must be {', '.join(COLUMNS)}.")
    found: dict[str, list[Dated]] = {}
    for row in rows:
        if None in row or None in row.values():
            raise ValueError(f"Line {rows.line_num} does not have {len(COLUMNS)} columns.")
        day = date.fromisoformat(row["valid_from"])
        dated = Dated(row["value"], day, row["source"], row["unit"], row["note"])
        found.setdefault(row["key"], []).append(dated)
    return dict(found)


def holding(values: Iterable[Dated], day: date) -> Dated | None:
    """The newest value that already holds on `day`, or None."""
    begun = [value for value in values if value.valid_from <= day]
    return max(begun, key=lambda value: value.valid_from, default=None)
