"""Folders for what is in the making; one that a killed process left is found by its lock."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".opgang-"
LOCK = "lock"
"""Held while a folder is in use: the lock dies with its process, the folder does not."""


@contextlib.contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder for its owner only, gone afterwards; those that were left are removed first."""
    remove_leftovers(parent)
    with tempfile.TemporaryDirectory(dir=parent, prefix=PREFIX) as name:
        folder = Path(name)
        with (folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def remove_leftovers(parent: Path) -> None:
    """Remove what killed backups and restores left in this folder."""
    for left in leftovers(parent):
        shutil.rmtree(left, ignore_errors=True)


def leftovers(parent: Path) -> list[Path]:
    """Folders whose process was killed: everybody's data, and perhaps keys that nothing seals."""
    return [folder for folder in sorted(parent.glob(f"{PREFIX}*")) if _nobodys(folder / LOCK)]


def _nobodys(lock: Path) -> bool:
    if not lock.exists():
        return False  # about to be locked, and empty until it is
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
