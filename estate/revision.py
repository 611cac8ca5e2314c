"""Whether a database stands at the newest revision, told without loading Alembic.

Alembic takes longer to load than a migrated database takes to start. So `opgang migrate` leaves a
stamp: the newest revision, and a digest of the migrations it was read from.
"""

import hashlib
from pathlib import Path

import sqlalchemy as sa

from estate.database import Database

VERSIONS = Path(__file__).parent / "migrations" / "versions"
STAMP = "schema.stamp"
RESTORING = "restoring"
"""A file in the data folder while a restore is not finished: nothing else may open the database."""


def _digest() -> str:
    total = hashlib.sha256()
    for file in sorted(VERSIONS.glob("*.py")):
        total.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return total.hexdigest()


def leave_stamp(folder: Path, head: str) -> None:
    """Remember that `head` is the newest of the migrations that are here now."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).write_text(f"{_digest()} {head}\n")


def stamped_head(folder: Path) -> str | None:
    """The newest revision, or None when the stamp is missing or the migrations have changed."""
    try:
        digest, head = (folder / STAMP).read_text().split()
    except (OSError, ValueError):
        return None
    return head if digest == _digest() else None


def revision_of(database: Database) -> str | None:
    """The revision a database stands at; None when it has no tables yet."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).one_or_none()
    return str(row[0]) if row else None


def up_to_date(database: Database, folder: Path) -> bool:
    """Whether a database surely stands at the newest revision."""
    head = stamped_head(folder)
    return head is not None and revision_of(database) == head
