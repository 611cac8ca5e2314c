"""Writing a backup beside a running server."""

import contextlib
import hashlib
import io
import json
import os
import secrets
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from estate.database import Database
from estate.photos.queries import all_digests
from estate.photos.store import Store
from estate.revision import revision_of
from estate.settings import Settings
from web.backups import ERASURES, KEY_FILES, KEYS, MANIFEST, PHOTOS, Manifest
from web.backups.sealing import pack
from web.backups.tables import copy_postgres, copy_sqlite

Tell = Callable[[int, int], None]


class Backing:
    """One backup in the making."""

    def __init__(self, settings: Settings, database: Database, now: datetime) -> None:
        self.settings = settings
        self.database = database
        self.now = now
        self.digests: dict[str, str] = {}

    def write(self, file: Path, passphrase: bytes | None, tell: Tell) -> int:
        """Write the file whole or not at all; returns how many pictures were gone meanwhile."""
        with fresh_file(file) as (out, folder), tarfile.open(fileobj=out, mode="w") as tar:
            revision = revision_of(self.database) or ""
            for name, path in self._database(folder):
                self._add_file(tar, name, path)
                path.unlink()
            missing = self._photos(tar, tell)
            self._add(tar, KEYS, pack(self._keys(), passphrase))
            log = self.settings.erasure_log
            if log.exists():
                self._add(tar, ERASURES, log.read_bytes())
            kind = "sqlite" if self.settings.sqlite else "postgresql"
            manifest = asdict(Manifest(self.now, kind, revision, self.digests))
            self._add(tar, MANIFEST, json.dumps(manifest, default=datetime.isoformat).encode())
        return missing

    def _database(self, folder: Path) -> Iterator[tuple[str, Path]]:
        file = self.settings.sqlite_file
        return copy_sqlite(file, folder) if file else copy_postgres(self.database, folder)

    def _photos(self, tar: tarfile.TarFile, tell: Tell) -> int:
        """Every picture a row refers to. Files are written before their rows: none is too new."""
        store = Store(self.settings.data / "photos")
        with self.database.read() as session:
            digests = sorted(all_digests(session))
        missing = 0
        for done, digest in enumerate(digests, 1):
            for path in (store.path(digest), store.small_path(digest)):
                try:
                    content = path.read_bytes()
                except FileNotFoundError:
                    missing += path == store.path(digest)
                    continue
                self._add(tar, f"{PHOTOS}{digest[:2]}/{path.name}", content)
            tell(done, len(digests))
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
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        with (
            tempfile.TemporaryDirectory(dir=file.parent, prefix=".opgang-") as folder,
            os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        ):
            yield out, Path(folder)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
