"""Whether the house can work: database, revision, disk. Asked by `/readyz` and `opgang doctor`."""

import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa

from estate.database import Database
from estate.revision import revision_of, stamped_head

LEAST_FREE = 200_000_000
"""Bytes: room for a day's photos and for SQLite to put its log away."""


def database_trouble(database: Database, folder: Path) -> str | None:
    """What is wrong with the database, or None."""
    try:
        revision = revision_of(database)
    except sa.exc.SQLAlchemyError:
        return "The database does not answer."
    if revision is None or revision != (stamped_head(folder) or revision):
        return "The database is not at the newest revision."
    return None


def disk_trouble(folder: Path) -> str | None:
    """What is wrong with the data folder, or None."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"written")
    except OSError:
        return "The data folder cannot be written to."
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        return f"The disk has only {free // 1_000_000} MB left."
    return None
