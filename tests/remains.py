"""What is left of a word on disk: in a database's files, beside them, and in folders.

A word is looked for without its first letters: an index keeps only what differs from the word
before it.
"""

import secrets
from pathlib import Path

import sqlalchemy as sa

from estate.database import Database


def new_word() -> str:
    """A word that nobody has ever written."""
    return f"zqx{secrets.token_hex(6)}7"


def remains(word: str, *places: Path) -> list[str]:
    """The files that hold the word: these, and those below these folders."""
    trace = word[4:-1].encode()
    files = [path for place in places for path in (place, *sorted(place.rglob("*")))]
    return [path.name for path in files if path.is_file() and trace in _content(path)]


def remains_in(database: Database, word: str, *places: Path) -> list[str]:
    """The same for all that a database keeps, tables and indexes by their names, and for places."""
    found = remains(word, *files_of(database), *places)
    with database.engine.connect() as connection:
        return [_relation(connection, name) if name.isdigit() else name for name in found]


def _relation(connection: sa.Connection, number: str) -> str:
    asked = sa.select(sa.cast(sa.func.pg_filenode_relation(0, int(number)), sa.String))
    return connection.scalar(asked) or number


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a server's own, come and gone
        return b""


def files_of(database: Database) -> tuple[Path, ...]:
    """Where everything is that the database keeps, written out by it: tables, indexes, logs."""
    if database.sqlite:
        file = Path(database.engine.url.database or "")
        return tuple(sorted(file.parent.glob(f"{file.name}*")))
    with database.engine.connect() as connection:
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        free.exec_driver_sql("SELECT pg_switch_wal()")
        free.exec_driver_sql("CHECKPOINT")
        number = free.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar_one()
    cluster = Path(str(database.engine.url.query["host"]))
    data = cluster / "data"
    return (data / "base" / str(number), data / "global", data / "pg_wal", cluster / "log")
