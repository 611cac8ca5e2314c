"""Backing an installation up in a test, and what is in it."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from estate import clock
from estate.database import Database
from estate.settings import Settings
from web.backups.writing import Backing

ENDED = {"session", "sign_in_code", "device", "delivery", "challenge", "invitation", "change"}
"""Tables in which a restore ends something, or tells of itself."""

PASSPHRASE = b"a stairwell of 412 doors"


def untold(done: int, total: int) -> None:
    """Progress that nobody looks at."""


def back_up(settings: Settings, file: Path, passphrase: bytes | None = None) -> int:
    """Write a backup; returns how many pictures were gone."""
    data = Database(settings.database_url, origin="backup")
    missing = Backing(settings, data, clock.now()).write(file, passphrase, untold)
    data.close()
    return missing


def rows(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    engine = sa.create_engine(settings.database_url)
    metadata = sa.MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        found = {
            table.name: sorted(
                (tuple(row) for row in connection.execute(sa.select(table))), key=str
            )
            for table in metadata.sorted_tables
            if "_fts" not in table.name and table.name not in ENDED
        }
    engine.dispose()
    return found
