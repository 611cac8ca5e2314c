"""Migrations walk up, down and up again, with rows in place, on both databases."""

from datetime import date, time
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from estate import clock, schema
from estate.database import Base
from tests.counts import LONG

REVISIONS = [
    script.revision
    for script in reversed(list(ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()))
]
WALKED = REVISIONS if LONG else [REVISIONS[0], *REVISIONS[-2:]]
"""The oldest, and those that a new migration may break; in the long run each that ever was."""

OWN, OTHER = "+4520304050", "+4520304051"


def not_search(name: str | None, *_: object) -> bool:
    """Full-text tables belong to the engine; the models do not know them."""
    return name is None or "_fts" not in name


def value_for(column: sa.Column[Any], keys: dict[str, Any]) -> object:
    """Something that this column takes; a foreign key takes the row made for its table."""
    for key in column.foreign_keys:
        return keys.get(key.target_fullname)
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.DateTime):
        return clock.now()
    if isinstance(column.type, sa.Date):
        return date(2026, 11, 22)
    if isinstance(column.type, sa.Time):
        return time(9)
    if isinstance(column.type, sa.Numeric | sa.Integer):
        return 1
    if isinstance(column.type, sa.LargeBinary):
        return b"x"
    if isinstance(column.type, sa.JSON):
        return {}
    return "x"


def fill(engine: sa.Engine) -> dict[str, int]:
    """Put one row into every table there is; returns how many rows each then has."""
    found = sa.MetaData()
    found.reflect(engine, only=not_search)
    tables = [table for table in found.sorted_tables if table.name != "alembic_version"]
    keys: dict[str, Any] = {}
    with engine.begin() as connection:
        for table in tables:
            row = {
                column.name: value_for(column, keys)
                for column in table.columns
                if column.computed is None
            }
            connection.execute(table.insert().values(row))
            keys |= {f"{table.name}.{name}": value for name, value in row.items()}
    return count(engine, [table.name for table in tables])


def count(engine: sa.Engine, tables: list[str]) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0
            for name in tables
        }


@pytest.mark.parametrize("revision", WALKED)
def test_rows_made_at_any_revision_walk_up_to_the_newest_and_down_again(
    empty_url: str, revision: str
) -> None:
    schema.upgrade(empty_url, revision)
    engine = sa.create_engine(empty_url, poolclass=sa.NullPool)
    filled = fill(engine)
    assert filled
    schema.upgrade(empty_url)
    assert count(engine, list(filled)) == filled
    schema.downgrade(empty_url, revision)
    assert count(engine, list(filled)) == filled
    schema.downgrade(empty_url, "base")
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(empty_url)
    assert set(Base.metadata.tables) <= set(sa.inspect(engine).get_table_names())


def test_what_was_written_before_its_language_was_noted_is_danish(empty_url: str) -> None:
    schema.upgrade(empty_url, "0004")
    engine = sa.create_engine(empty_url, poolclass=sa.NullPool)
    fill(engine)
    schema.upgrade(empty_url)
    with engine.connect() as connection:
        for table, column in (("posting_pause", "language"), ("ruling", "answer_language")):
            said = sa.select(sa.column(column)).select_from(sa.table(table))
            assert connection.scalars(said).all() == ["da"]


@pytest.mark.parametrize(("contact", "found"), [(OWN, None), (OTHER, OTHER)])
def test_a_number_that_was_let_go_of_is_forgotten_and_still_not_used(
    empty_url: str, contact: str, found: str | None
) -> None:
    schema.upgrade(empty_url, "0017")
    engine = sa.create_engine(empty_url, poolclass=sa.NullPool)
    fill(engine)
    person = sa.table("person", sa.column("contact_number"), sa.column("removed_number"))
    with engine.begin() as connection:
        connection.execute(sa.update(person).values(contact_number=contact, removed_number=OWN))
    schema.upgrade(empty_url)
    with engine.connect() as connection:
        (row,) = connection.execute(sa.text("SELECT * FROM person")).mappings()
    assert (row["contact_number"], row["removed_number_hash"]) == (found, None)
    assert OWN not in row.values()


def test_the_migrated_tables_are_the_models_tables(empty_url: str) -> None:
    schema.upgrade(empty_url)
    engine = sa.create_engine(empty_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_name": not_search}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_there_is_one_newest_revision() -> None:
    assert schema.head() == REVISIONS[-1]


def test_no_number_is_given_twice(sqlite_url: str) -> None:
    # SQLite begins again after the highest that is left, unless the table says AUTOINCREMENT.
    engine = sa.create_engine(sqlite_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
    engine.dispose()
    made = {name: sql for name, sql in tables if sql and name in Base.metadata.tables}
    counted = [
        name
        for name, table in Base.metadata.tables.items()
        if "id" in table.c and isinstance(table.c.id.type, sa.Integer)
    ]
    assert {"change", "person", "member", "session", "post"} <= set(counted)
    assert [name for name in counted if "AUTOINCREMENT" not in made[name]] == []
