"""Files on disk, by what they contain; photos and papers lie on shelves of the same kind."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

DIGEST = re.compile(r"[0-9a-f]{64}")
PHOTOS, FILES = "photos", "files"
"""The two folders, beside each other in the data folder."""


class Shelf:
    """A folder of files: `ab/abcdef….pdf`, named by SHA-256, each written whole."""

    def __init__(self, folder: Path, ending: str) -> None:
        self.folder = folder
        self.ending = ending

    def path(self, digest: str) -> Path:
        """Where a file lies."""
        return self.folder / digest[:2] / f"{digest}{self.ending}"

    def paths(self, digest: str) -> Sequence[Path]:
        """Where it lies with everything that was made of it, the file itself last."""
        return (self.path(digest),)

    def place(self, contents: Mapping[Path, bytes]) -> None:
        """Write files of one digest, and see them onto the disk before a row refers to them.

        Those that are there already are as if written now: nobody sweeps them away today.
        """
        last = list(contents)[-1]
        if last.exists():
            os.utime(last)
            return
        last.parent.mkdir(parents=True, exist_ok=True)
        for path, data in contents.items():
            write_whole(path, data)
        for folder in (last.parent, self.folder):
            _make_durable(folder)

    def drop(self, digest: str) -> None:
        """Remove the files whose last owner let go."""
        for path in self.paths(digest):
            path.unlink(missing_ok=True)

    def older_than(self, moment: datetime) -> Iterator[str]:
        """Digests of the files written before a moment."""
        for path in self.folder.glob(f"??/*{self.ending}"):
            named = DIGEST.fullmatch(path.name.removesuffix(self.ending))
            if named and path.stat().st_mtime < moment.timestamp():
                yield named[0]


class PdfStore(Shelf):
    """The folder of the PDFs that people brought."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ".pdf")

    def keep(self, data: bytes) -> str:
        """Write a PDF and see it onto the disk; returns what it is called there."""
        digest = digest_of(data)
        self.place({self.path(digest): data})
        return digest


def beside(photos: Shelf) -> PdfStore:
    """The PDFs of the same installation: their folder lies beside the photos'."""
    return PdfStore(photos.folder.with_name(FILES))


def digest_of(data: bytes) -> str:
    """SHA-256, hex: what a file is called on disk."""
    return hashlib.sha256(data).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is there whole, or not at all."""
    fresh = path.with_name(f".{secrets.token_hex(8)}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _make_durable(folder: Path) -> None:
    """Make sure that what was written into a folder is found there after a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
