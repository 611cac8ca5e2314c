"""Writing a backup beside a running server."""

import contextlib
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from estate.database import Database
from estate.files.queries import file_digests
from estate.files.store import PdfStore, Shelf
from estate.photos.queries import all_digests
from estate.photos.store import Store
from estate.revision import revision_of
from estate.settings import Settings
from web.backups import ERASURES, FILES, KEY_FILES, KEYS, MANIFEST, PHOTOS, Manifest
from web.backups.scratch import remove_leftovers, scratch
from web.backups.sealing import pack
from web.backups.tables import copied_postgres, copied_sqlite

FRESH = "backup.tar"
STAMP = "backup.stamp"
"""In the data folder: when the last backup was written, and where."""

Progress = Callable[[int, int], None]


class Backing:
    """One backup in the making."""

    def __init__(self, settings: Settings, database: Database, now: datetime) -> None:
        self.settings = settings
        self.database = database
        self.now = now
        self.digests: dict[str, str] = {}

    def write(self, file: Path, passphrase: bytes | None, show: Progress) -> int:
        """Write the file whole or not at all; returns how many files were gone meanwhile."""
        remove_leftovers(self.settings.data)
        with fresh_file(file) as (out, folder), tarfile.open(fileobj=out, mode="w") as tar:
            revision = revision_of(self.database) or ""
            photos, files = self._database(tar, folder)
            missing = self._shelf(tar, PHOTOS, Store(self.settings.data / "photos"), photos, show)
            missing += self._shelf(tar, FILES, PdfStore(self.settings.data / "files"), files, show)
            self._add(tar, KEYS, pack(self._keys(), passphrase))
            log = self.settings.erasure_log
            if log.exists():
                self._add(tar, ERASURES, log.read_bytes())
            kind = "sqlite" if self.settings.sqlite else "postgresql"
            manifest = asdict(Manifest(self.now, kind, revision, self.digests))
            self._add(tar, MANIFEST, json.dumps(manifest, default=datetime.isoformat).encode())
        note_backup(self.settings.data, LastBackup(self.now, file.absolute()))
        return missing

    def _database(self, tar: tarfile.TarFile, folder: Path) -> tuple[Sequence[str], Sequence[str]]:
        """Add one moment of the database; returns the pictures and the PDFs it refers to."""
        file = self.settings.sqlite_file
        copied = copied_sqlite(file, folder) if file else copied_postgres(self.database, folder)
        with copied as snapshot:
            photos = sorted(all_digests(snapshot.session))
            files = sorted(file_digests(snapshot.session))
            for name, path in snapshot.members:
                self._add_file(tar, name, path)
                path.unlink()
        return photos, files

    def _shelf(
        self,
        tar: tarfile.TarFile,
        name: str,
        shelf: Shelf,
        digests: Sequence[str],
        show: Progress,
    ) -> int:
        """Files are written before their rows, so all are there that were not erased meanwhile."""
        missing = 0
        for done, digest in enumerate(digests, 1):
            for path in shelf.paths(digest):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    missing += path == shelf.path(digest)
                    continue
                self._add(tar, f"{name}{digest[:2]}/{path.name}", content)
            show(done, len(digests))
        return missing

    def _keys(self) -> dict[str, bytes]:
        paths = {name: self.settings.data / name for name in KEY_FILES}
        return {name: path.read_bytes() for name, path in paths.items() if path.exists()}

    def _add(self, tar: tarfile.TarFile, name: str, content: bytes) -> None:
        self.digests[name] = hashlib.sha256(content).hexdigest()
        tar.addfile(self._member(name, len(content)), io.BytesIO(content))

    def _add_file(self, tar: tarfile.TarFile, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self.digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            tar.addfile(self._member(name, path.stat().st_size), file)

    def _member(self, name: str, size: int) -> tarfile.TarInfo:
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(self.now.timestamp())
        return member


@contextlib.contextmanager
def fresh_file(file: Path) -> Iterator[tuple[io.BufferedWriter, Path]]:
    """A new file for its owner only, in its place when all is on the disk; and a scratch folder."""
    with scratch(file.parent) as folder:
        fresh = folder / FRESH
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out, folder
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)


class LastBackup(NamedTuple):
    """When a backup was last written, and where."""

    at: datetime
    file: Path


def note_backup(data: Path, last: LastBackup) -> None:
    """Remember it for `opgang doctor`."""
    (data / STAMP).write_text(f"{last.at.isoformat()} {last.file}\n", encoding="utf-8")


def last_backup(data: Path) -> LastBackup | None:
    """The last backup that was written whole; None when there is none, or none that is known."""
    try:
        at, _, file = (data / STAMP).read_text(encoding="utf-8").rstrip("\n").partition(" ")
        return LastBackup(datetime.fromisoformat(at), Path(file))
    except (OSError, ValueError):
        return None
