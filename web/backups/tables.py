"""The database in a backup: a whole SQLite file, or PostgreSQL's tables as COPY writes them.

pg_dump must be as new as its server and is often not where Opgang runs. Our schema is our own
migrations, so a revision and the rows are enough.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from estate.database import Database
from web.backups import SQLITE, TABLES, BackupTrouble

CHUNK = 1 << 16


class Snapshot(NamedTuple):
    """One moment of a database: its members by name, written as they are asked for; a session."""

    members: Iterator[tuple[str, Path]]
    session: Session


@contextlib.contextmanager
def copied_sqlite(source: Path, folder: Path) -> Iterator[Snapshot]:
    """One snapshot of a SQLite file, written anew: what was erased is not in it."""
    target = folder / SQLITE
    with contextlib.closing(
        sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
    ) as connection:
        connection.isolation_level = None
        connection.execute("VACUUM INTO ?", (str(target),))
    engine = sa.create_engine(f"sqlite:///{target}", poolclass=sa.NullPool)
    with Session(engine) as session:
        yield Snapshot(iter([(SQLITE, target)]), session)


@contextlib.contextmanager
def copied_postgres(database: Database, folder: Path) -> Iterator[Snapshot]:
    """Every table of one snapshot, in PostgreSQL's text format."""
    with database.read() as session:
        yield Snapshot(_copied_tables(session.connection(), folder), session)


def _copied_tables(connection: sa.Connection, folder: Path) -> Iterator[tuple[str, Path]]:
    cursor = connection.connection.cursor()
    for table in tables_of(connection):
        path = folder / f"{table.name}.copy"
        with (
            path.open("wb") as file,
            cursor.copy(f"COPY {columns_of(table)} TO STDOUT") as rows,
        ):
            for chunk in rows:
                file.write(chunk)
        yield f"{TABLES}{table.name}.copy", path


def load_sqlite(file: Path, target: Path) -> None:
    """Put a checked SQLite file in its place."""
    with sqlite3.connect(file) as connection:
        (said,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    connection.close()
    if said != "ok":
        raise BackupTrouble(f"The database in this backup is damaged: {said}.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.touch(mode=0o600)
    with file.open("rb") as source, target.open("wb") as out:
        while chunk := source.read(CHUNK):
            out.write(chunk)


def load_postgres(database: Database, folder: Path) -> None:
    """Fill the tables, which are there and empty, in one transaction."""
    with database.engine.begin() as connection:
        tables = tables_of(connection)
        names = ", ".join(f'"{table.name}"' for table in tables)
        connection.exec_driver_sql(f"TRUNCATE {names}")
        cursor = connection.connection.cursor()
        for table in tables:
            path = folder / f"{table.name}.copy"
            if path.exists():
                _load_table(cursor, table, path)
            if "id" in table.columns and isinstance(table.c.id.type, sa.Integer):
                connection.execute(count_on(table))


def _load_table(cursor: Any, table: sa.Table, path: Path) -> None:
    with path.open("rb") as file, cursor.copy(f"COPY {columns_of(table)} FROM STDIN") as rows:
        while chunk := file.read(CHUNK):
            rows.write(chunk)


def tables_of(connection: sa.Connection) -> list[sa.Table]:
    """Our tables, those that are referred to first."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]


def columns_of(table: sa.Table) -> str:
    """A table and the columns that are ours to write, as COPY wants them."""
    names = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
    return f'"{table.name}" ({names})'


def count_on(table: sa.Table) -> sa.Select[int]:
    """Let a table's next number follow its last; nothing for a table that does not count."""
    sequence = sa.func.pg_get_serial_sequence(table.name, "id")
    last = sa.func.max(table.c.id)
    follow = sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))
    return sa.select(follow).select_from(table).having(sequence.is_not(None))
