"""Rows gathered in memory, numbered as they come, and put into an empty database in bulk."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate.database import Base
from estate.rounds.queries import Envelope

AT_ONCE = 500


class Sheaf(NamedTuple):
    """The letters of a stairwell that are on paper already, to be laid out once the rows are in."""

    letter: int
    stairwell: int
    printed_at: datetime
    envelopes: Sequence[Envelope]


class Rows:
    """Rows by table. Numbers begin at 1: only an empty database may receive them.

    `pdfs` are those that rows refer to, to be written before them; `sheaves` are printed after.
    """

    def __init__(self) -> None:
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}
        self.pdfs: list[bytes] = []
        self.sheaves: list[Sheaf] = []

    def add(self, model: type[Base], /, **values: Any) -> int:
        """Add a row with every column filled in; returns its number."""
        rows = self._rows.setdefault(model, [])
        columns = model.__table__.columns
        row = {column.name: _default(column) for column in columns} | values
        if "id" in columns:
            row["id"] = len(rows) + 1
        rows.append(row)
        return len(rows)

    def of(self, model: type[Base]) -> list[dict[str, Any]]:
        """The rows of one table so far; they may still be changed."""
        return self._rows.setdefault(model, [])

    def tables(self) -> list[type[Base]]:
        """The tables that have rows."""
        return list(self._rows)

    def put(self, session: Session) -> Iterator[int]:
        """Insert everything, parents first; yields how many rows went in at a time."""
        by_table = {model.__table__: rows for model, rows in self._rows.items()}
        for table in Base.metadata.sorted_tables:
            rows = by_table.get(table, [])
            for start in range(0, len(rows), AT_ONCE):
                chunk = rows[start : start + AT_ONCE]
                session.execute(sa.insert(table), chunk)
                yield len(chunk)
            if rows and "id" in table.columns and session.get_bind().dialect.name == "postgresql":
                session.execute(_count_on(table), {"last": len(rows)})

    def __len__(self) -> int:
        """How many rows there are in all."""
        return sum(map(len, self._rows.values()))


def _default(column: Any) -> Any:
    default = column.default
    if default is None:
        return None
    if isinstance(default, sa.ColumnDefault) and default.is_callable:
        return default.arg(None)
    return getattr(default, "arg", None)


def _count_on(table: sa.Table) -> sa.TextClause:
    """PostgreSQL gives the next number from a sequence, which has not seen ours."""
    return sa.text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), :last)")
