"""Files that go by when they were written, whether a row knows of them or not."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from estate.retention.rules import Retention


class Swept(NamedTuple):
    """A period for what lies in a folder of the data folder."""

    retention: Retention
    folder: str


def old_files(swept: Swept, data: Path, before: datetime) -> Iterator[Path]:
    """What was written there before a moment, also what a crash left half written."""
    for path in sorted((data / swept.folder).rglob("*")):
        if path.is_file() and _written_at(path) < before.timestamp():
            yield path


def _written_at(path: Path) -> float:
    """When a file was written; one that is gone meanwhile is the oldest of all."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def sweep(swept: Swept, data: Path, before: datetime) -> int:
    """Erase what was written there before a moment; returns how many files that were."""
    old = list(old_files(swept, data, before))
    for path in old:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in old} - {data / swept.folder}:
        if not any(folder.iterdir()):
            folder.rmdir()
    return len(old)
