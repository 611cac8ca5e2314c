"""Asking the full-text index of either database: first for words, then for words inside words."""

from collections.abc import Sequence
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, cast, column, literal, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session

from estate.search.rules import Asked

Columns = TypeVarTuple("Columns")


def _fts5(words: Sequence[str], begins: Sequence[str] = ()) -> str:
    ways = [f'"{word}"' for word in words] + [f'"{beginning}" *' for beginning in begins]
    return f"({' OR '.join(ways)})"


def _tsquery(words: Sequence[str], begins: Sequence[str] = ()) -> str:
    ways = [f"'{word}'" for word in words] + [f"'{beginning}':*" for beginning in begins]
    return f"({' | '.join(ways)})"


def fts5_words(question: Sequence[Asked]) -> str:
    """In FTS5's language: every word of the question stands there as a word of its own."""
    return " AND ".join(_fts5(one.words) for one in question)


def fts5_parts(question: Sequence[Asked]) -> str:
    """In FTS5's language: every word stands there, and at least one only inside another."""
    anywhere = " AND ".join(_fts5((*one.words, *one.ends), one.begins) for one in question)
    return f"({anywhere}) NOT ({fts5_words(question)})"


def tsquery_words(question: Sequence[Asked]) -> str:
    """As `fts5_words`, in PostgreSQL's. Words are letters, digits and `_` only (rules.words)."""
    return " & ".join(_tsquery(one.words) for one in question)


def tsquery_parts(question: Sequence[Asked]) -> str:
    """As `fts5_parts`, in PostgreSQL's language."""
    anywhere = " & ".join(_tsquery((*one.words, *one.ends), one.begins) for one in question)
    return f"({anywhere}) & !({tsquery_words(question)})"


class Index:
    """The full-text index of one table's `search_words`, which holds them as `index_words` says.

    `name` is SQLite's FTS5 table, whose rowid is `key`, and a generated tsvector column of its
    table on PostgreSQL. Both keep words as they come. What is found comes with the highest `by`
    first, and of those alike, and without one, with the highest key.
    """

    def __init__(
        self,
        name: str,
        key: InstrumentedAttribute[int],
        by: Sequence[ColumnElement[Any]] = (),
    ) -> None:
        self.name = name
        self.key = key
        self.by = [one.desc() for one in by]

    def with_words(
        self, session: Session, keys: Select[*Columns], question: Sequence[Asked]
    ) -> Select[*Columns]:
        """Those keys whose rows hold every word of the question as such."""
        if _on_sqlite(session):
            return self._in_fts5(keys, fts5_words(question))
        return self._in_column(keys, tsquery_words(question))

    def with_parts(
        self, session: Session, keys: Select[*Columns], question: Sequence[Asked]
    ) -> Select[*Columns]:
        """Those whose rows hold every word, but not all as words of their own."""
        if _on_sqlite(session):
            return self._in_fts5(keys, fts5_parts(question))
        return self._in_column(keys, tsquery_parts(question))

    def _in_fts5(self, keys: Select[*Columns], question: str) -> Select[*Columns]:
        fts = table(self.name, column("rowid"))
        joined = keys.join_from(fts, self.key.class_, fts.c.rowid == self.key)
        matching = joined.where(column(self.name).op("MATCH")(question))
        return matching.order_by(*self.by, fts.c.rowid.desc())

    def _in_column(self, keys: Select[*Columns], question: str) -> Select[*Columns]:
        matching = column(self.name).op("@@")(cast(literal(question), TSQUERY))
        # Not the bare key: PostgreSQL takes a word it does not know for a common one, and would
        # read the table from its newest row on until it has seen them all.
        return keys.where(matching).order_by(*self.by, (self.key + 0).desc())


def _on_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
