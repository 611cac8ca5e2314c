"""The columns of each kind of file, from `columns.csv`."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from estate.sheets.rules import Column, parse_columns

COLUMNS = Path(__file__).parent / "columns.csv"


@functools.cache
def columns_of(sheet: str) -> Sequence[Column]:
    """The columns of `estate`, `roles`, `parts` or `offices`, in the order they are documented."""
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        return parse_columns(file, sheet)


@functools.cache
def names_of(sheet: str) -> Mapping[str, str]:
    """Each column's Danish heading by its key."""
    return {column.key: column.danish for column in columns_of(sheet)}
