"""Bringing a backup back: everything is checked before anything is put in its place."""

import contextlib
import hashlib
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from estate import clock, schema
from estate.cards.actions import end_cards
from estate.changes.actions import tell_restored
from estate.codes.actions import end_all
from estate.database import SQLITE_BESIDE, Database
from estate.files.store import FILES, PHOTOS
from estate.invitations.actions import withdraw_letters
from estate.retention.actions import forget_some, replay
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.revision import RESTORING, leave_stamp, revision_of
from estate.settings import Settings, write_once
from web.backups import (
    ERASURES,
    FILE_NAME,
    FORMAT,
    KEY_FILES,
    KEYS,
    MANIFEST,
    PHOTO_NAME,
    SQLITE,
    TABLE_NAME,
    BackupTrouble,
    Manifest,
)
from web.backups.scratch import scratch
from web.backups.sealing import unpack
from web.backups.tables import load_postgres, load_sqlite
from web.kinds import KEPT, REPLAYED
from web.wiping import wipe

Progress = Callable[[int, int], None]

OVERLAP = timedelta(minutes=5)
"""An erasure is logged before it is committed: those just before the backup may not be in it."""


class Restored(NamedTuple):
    """When the backup was made, how much was erased again, how many devices signed out."""

    made_at: datetime
    erased: int
    signed_out: int


class Restoring:
    """One backup on its way into an empty place."""

    def __init__(self, settings: Settings, file: Path) -> None:
        self.settings = settings
        self.file = file
        self.data = settings.data
        self.marker = settings.data / RESTORING

    def restore(self, passphrase: bytes | None, log: Path | None, show: Progress) -> Restored:
        """Check, place, migrate and erase again; the marker keeps servers out until the end."""
        self.settings.make_folder()
        with scratch(self.data) as folder:
            manifest = self._unpack(folder, show)
            keys = unpack((folder / KEYS).read_bytes(), passphrase)
            self._make_room(keys)
            self.marker.touch()
            self._place_files(folder, keys, log)
            with contextlib.closing(Database(self.settings.database_url)) as database:
                self._place_database(database, folder, manifest)
                erased = self._erase_again(database, manifest)
                ended = self._begin_anew(database, manifest)
                self._forget_due(database)
                wipe(database)
        self.marker.unlink()
        return Restored(manifest.made_at, erased, ended)

    def _unpack(self, folder: Path, show: Progress) -> Manifest:
        try:
            with tarfile.open(self.file, "r:") as tar:
                members = tar.getmembers()
                digests = {}
                for done, member in enumerate(members, 1):
                    digests[member.name] = self._take(tar, member, folder)
                    show(done, len(members))
        except (tarfile.TarError, EOFError):
            raise BackupTrouble(f"{self.file} is not a whole backup.") from None
        return self._checked(folder, digests)

    def _take(self, tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
        name = member.name
        known = name in {MANIFEST, SQLITE, KEYS, ERASURES}
        patterns = (PHOTO_NAME, FILE_NAME, TABLE_NAME)
        if not member.isreg() or not (known or any(one.fullmatch(name) for one in patterns)):
            raise BackupTrouble(f"{self.file} holds {name!r}, which no backup does.")
        source = tar.extractfile(member)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        total = hashlib.sha256()
        with target.open("wb") as out:
            while source is not None and (chunk := source.read(1 << 20)):
                total.update(chunk)
                out.write(chunk)
        return total.hexdigest()

    def _checked(self, folder: Path, digests: dict[str, str]) -> Manifest:
        if digests.pop(MANIFEST, None) is None:
            raise BackupTrouble(f"{self.file} is not a whole backup.")
        told = json.loads((folder / MANIFEST).read_bytes())
        manifest = Manifest(**{**told, "made_at": datetime.fromisoformat(told["made_at"])})
        if manifest.format != FORMAT:
            raise BackupTrouble(f"{self.file} was written by a newer Opgang.")
        if digests != manifest.members:
            raise BackupTrouble(f"{self.file} is damaged: its content is not what it was.")
        kind = "sqlite" if self.settings.sqlite else "postgresql"
        if manifest.database != kind:
            raise BackupTrouble(
                f"{self.file} holds {manifest.database}; OPGANG_DATABASE_URL is {kind}."
            )
        return manifest

    def _make_room(self, keys: dict[str, bytes]) -> None:
        """The place must be empty, but for an interrupted restore and the erasures' log.

        Keys that are there already must be the backup's: signatures, codes and push messages of
        the restored rows are worth nothing under others.
        """
        file = self.settings.sqlite_file
        if self.marker.exists():
            for shelf in (PHOTOS, FILES):
                shutil.rmtree(self.data / shelf, ignore_errors=True)
            for name in KEY_FILES:
                (self.data / name).unlink(missing_ok=True)
            if file:
                for ending in ("", *SQLITE_BESIDE):
                    file.with_name(file.name + ending).unlink(missing_ok=True)
        # A log left beside a database that is gone would be played into the one to come.
        beside = [file.with_name(file.name + end) for end in ("", *SQLITE_BESIDE)] if file else []
        shelves = [self.data / PHOTOS, self.data / FILES]
        filled = [path for path in (*beside, *shelves) if path.exists()]
        if filled:
            raise BackupTrouble(f"There is something in {filled[0]} already; nothing was changed.")
        for name, content in keys.items():
            there = self.data / name
            if there.exists() and there.read_bytes() != content:
                raise BackupTrouble(
                    f"{there} is another than the backup's; move it away first. "
                    "Nothing was changed."
                )
        if file is None:
            self._make_room_in_postgres()

    def _make_room_in_postgres(self) -> None:
        with contextlib.closing(Database(self.settings.database_url)) as database:
            taken = revision_of(database) is not None
        if taken and self.marker.exists():
            schema.downgrade(self.settings.database_url, "base")
        elif taken:
            raise BackupTrouble("There is something in this database already; nothing was changed.")

    def _place_files(self, folder: Path, keys: dict[str, bytes], log: Path | None) -> None:
        for shelf in (PHOTOS, FILES):
            if (folder / shelf).exists():
                shutil.move(folder / shelf, self.data / shelf)
        for name in KEY_FILES:
            if name in keys:
                write_once(self.data / name, keys[name])
        target = self.settings.erasure_log
        lines: dict[str, None] = {}
        for source in (folder / ERASURES, target, log):
            if source is not None and source.exists():
                lines |= dict.fromkeys(source.read_text(encoding="utf-8").splitlines(keepends=True))
        if lines:
            target.write_text("".join(lines), encoding="utf-8")

    def _place_database(self, database: Database, folder: Path, manifest: Manifest) -> None:
        file = self.settings.sqlite_file
        if file:
            load_sqlite(folder / SQLITE, file)
        else:
            schema.upgrade(database.url, manifest.revision)
            load_postgres(database, folder / "tables")
        schema.upgrade(self.settings.database_url)
        leave_stamp(self.data, schema.head())

    def _erase_again(self, database: Database, manifest: Manifest) -> int:
        since = manifest.made_at - OVERLAP
        erased = 0
        for erasure in self._later(since):
            with database.write() as session:
                erased += replay(session, REPLAYED, [erasure])
        return erased

    def _forget_due(self, database: Database) -> None:
        """What has run out since the backup goes now, not first in the night to come."""
        log = ErasureLog(self.settings.erasure_log)
        for kept in KEPT:
            some = 1
            while some:
                with database.write() as session:
                    some = forget_some(session, kept, log, clock.now())

    def _begin_anew(self, database: Database, manifest: Manifest) -> int:
        """A device signed out since the backup would be signed in again, a used code work twice.

        Which ones nobody knows any more, so all of them end; and listeners are told.
        """
        now = clock.now()
        with database.write() as session:
            tell_restored(session, manifest.made_at, now)
            withdraw_letters(session, now)
            end_cards(session, now)
            return end_all(session)

    def _later(self, since: datetime) -> Iterator[Erasure]:
        for erasure in ErasureLog(self.settings.erasure_log).read():
            # An older one is not in the backup, and its number may since be another's.
            if erasure.when >= since:
                yield erasure
