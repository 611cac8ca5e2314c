"""`erasures.log` beside the database: what a restored backup has to forget again."""

import os
from collections.abc import Sequence
from pathlib import Path

from estate.retention.rules import Erasure, line_of, read_lines


class ErasureLog:
    """An append-only file of JSON lines, on the disk before the erasure is committed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, erasure: Erasure) -> None:
        """Write one line and wait until the disk has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            if file.tell() and not self._ends_whole():
                file.write("\n")
            file.write(line_of(erasure))
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Sequence[Erasure]:
        """Every erasure so far, oldest first."""
        if not self.path.exists():
            return []
        with self.path.open(encoding="utf-8") as file:
            return read_lines(file)

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
