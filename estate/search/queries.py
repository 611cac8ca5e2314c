"""Asking the full-text index of either database, and reading the words compounds are made of."""

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Select, column, func, literal_column, table
from sqlalchemy.orm import InstrumentedAttribute, Session

from estate.search import rules
from estate.search.rules import Asked, Parts

COMPOUNDS = Path(__file__).with_name("compounds.csv")


@cache
def known_parts() -> Parts:
    """The words that compounds of everyday housing are made of (compounds.csv)."""
    with COMPOUNDS.open(encoding="utf-8", newline="") as file:
        return rules.parts_from(row["word"] for row in csv.DictReader(file))


def index_words(texts: Iterable[str], language: str) -> str:
    """What a row is found by: for its `search_words` column."""
    return rules.index_words(texts, language, known_parts())


def fts5_question(question: Sequence[Asked]) -> str:
    """The question in FTS5's language: every word, in any of its spellings."""
    return " AND ".join(
        "("
        + " OR ".join(
            [f'"{word}"' for word in one.exact] + ([f'"{one.prefix}" *'] if one.prefix else [])
        )
        + ")"
        for one in question
    )


def tsquery(question: Sequence[Asked]) -> str:
    """The question in PostgreSQL's language. Words are letters and digits only (rules.words)."""
    return " & ".join(
        "("
        + " | ".join(
            [f"'{word}'" for word in one.exact] + ([f"'{one.prefix}':*"] if one.prefix else [])
        )
        + ")"
        for one in question
    )


def narrow(
    session: Session,
    query: Select[Any],
    question: Sequence[Asked],
    *,
    index: str,
    key: InstrumentedAttribute[int],
    search_words: InstrumentedAttribute[str],
) -> Select[Any]:
    """The query narrowed to rows that hold every word asked for, newest (highest key) first.

    `index` is the FTS5 table over `search_words` whose rowid is `key`; on PostgreSQL a GIN index on
    `to_tsvector('simple', search_words)` serves it. Both stop once the query's limit is reached.
    """
    if session.get_bind().dialect.name == "sqlite":
        fts = table(index, column("rowid"))
        matching = column(index).op("MATCH")(fts5_question(question))
        joined = query.join_from(fts, key.class_, fts.c.rowid == key)
        return joined.where(matching).order_by(fts.c.rowid.desc())
    words = func.to_tsvector(literal_column("'simple'"), search_words)
    wanted = func.to_tsquery(literal_column("'simple'"), tsquery(question))
    return query.where(words.op("@@")(wanted)).order_by(key.desc())
