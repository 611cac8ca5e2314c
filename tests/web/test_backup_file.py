"""The file a backup is: sealed, damaged, foreign, interrupted. SQLite is enough."""

import io
import json
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from estate import clock
from estate.database import Database
from estate.people.models import Person
from estate.revision import RESTORING
from estate.settings import Settings
from tests.backups import PASSPHRASE, back_up, rows, untold
from tests.builders import build_estate
from web.__main__ import main
from web.backups import BackupTrouble
from web.backups.reading import Restoring
from web.backups.scratch import LOCK, leftovers, scratch
from web.backups.sealing import pack, unpack
from web.backups.writing import last_backup


@pytest.fixture
def small(tmp_path: Path, sqlite_url: str) -> tuple[Settings, Path]:
    settings = Settings(data=tmp_path / "var", database_url=sqlite_url)
    settings.make_folder()
    settings.key()
    back_up(settings, tmp_path / "backup.tar", PASSPHRASE)
    return settings, tmp_path / "backup.tar"


@pytest.fixture
def elsewhere_small(tmp_path: Path) -> Settings:
    """An empty place on SQLite."""
    return Settings(
        data=tmp_path / "other", database_url=f"sqlite:///{tmp_path / 'other' / 'opgang.db'}"
    )


def rewritten(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """A copy of a backup with its members changed or left out."""
    target = file.with_name("changed.tar")
    with tarfile.open(file) as source, tarfile.open(target, "w") as out:
        for member in source.getmembers():
            content = source.extractfile(member)
            assert content is not None
            changed = change(member.name, content.read())
            if changed is not None:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                out.addfile(info, io.BytesIO(changed[1]))
    return target


def refuse(tmp_path: Path, file: Path, passphrase: bytes | None = PASSPHRASE) -> str:
    folder = tmp_path / "new"
    settings = Settings(data=folder, database_url=f"sqlite:///{folder / 'opgang.db'}")
    with pytest.raises(BackupTrouble) as trouble:
        Restoring(settings, file).restore(passphrase, None, untold)
    assert not (folder / "opgang.db").exists()
    assert not (folder / RESTORING).exists()
    return str(trouble.value)


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_a_log_of_a_database_that_is_gone_is_not_played_into_the_restored_one(
    tmp_path: Path, small: tuple[Settings, Path], ending: str
) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / f"opgang.db{ending}").write_bytes(b"of another life")
    settings = Settings(data=folder, database_url=f"sqlite:///{folder / 'opgang.db'}")
    with pytest.raises(BackupTrouble, match=f"something in .*{ending}"):
        Restoring(settings, small[1]).restore(PASSPHRASE, None, untold)
    (folder / RESTORING).touch()  # what an interrupted restore left is its own to clear
    Restoring(settings, small[1]).restore(PASSPHRASE, None, untold)


def test_what_a_killed_backup_left_is_found_and_removed_by_the_next(
    tmp_path: Path, small: tuple[Settings, Path]
) -> None:
    settings, _ = small
    place = tmp_path / "backups"
    place.mkdir()
    killed = place / ".opgang-killed"
    killed.mkdir()
    (killed / LOCK).touch()
    (killed / "database.sqlite").write_bytes(b"everybody's data")
    restore = settings.data / ".opgang-restore"
    restore.mkdir()
    (restore / LOCK).touch()
    with scratch(place) as busy:
        assert not killed.exists()
        assert leftovers(place) == []  # one that is being written is nobody's leftover
        back_up(settings, place / "b.tar")
        assert busy.exists()
    assert not restore.exists()
    assert [path.name for path in place.iterdir()] == ["b.tar"]
    last = last_backup(settings.data)
    assert last is not None
    assert last.file == place / "b.tar"


def test_an_address_with_a_query_is_backed_up_whole(
    tmp_path: Path, sqlite_url: str, elsewhere_small: Settings
) -> None:
    data = Database(sqlite_url, origin="test")
    with data.write() as session:
        build_estate(session)
    data.close()
    settings = Settings(data=tmp_path / "var", database_url=f"{sqlite_url}?timeout=30")
    settings.make_folder()
    settings.key()
    back_up(settings, tmp_path / "query.tar")
    Restoring(elsewhere_small, tmp_path / "query.tar").restore(None, None, untold)
    assert rows(elsewhere_small)["person"]
    assert settings.erasure_log.parent == Path(sqlite_url.removeprefix("sqlite:///")).parent


def test_sealed_keys_need_their_passphrase(tmp_path: Path, small: tuple[Settings, Path]) -> None:
    settings, file = small
    assert settings.key() not in file.read_bytes()
    assert "passphrase-file" in refuse(tmp_path, file, None)
    assert "not the passphrase" in refuse(tmp_path, file, b"another stairwell")


def test_sealing_holds_and_differs_each_time() -> None:
    keys = {"secret": b"\x00\xff key", "vapid.pem": b"pem"}
    first, second = pack(keys, PASSPHRASE), pack(keys, PASSPHRASE)
    assert first != second
    assert unpack(first, PASSPHRASE) == keys
    assert unpack(pack(keys, None), None) == keys
    broken = json.loads(first) | {"nonce": json.loads(second)["nonce"]}
    with pytest.raises(BackupTrouble):
        unpack(json.dumps(broken).encode(), PASSPHRASE)


def test_a_damaged_cut_off_or_foreign_file_is_refused_whole(
    tmp_path: Path, small: tuple[Settings, Path]
) -> None:
    _, file = small

    def damage(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content[:-1] + b"!" if name == "database.sqlite" else content

    assert "damaged" in refuse(tmp_path, rewritten(file, damage))
    without = rewritten(file, lambda name, data: None if name == "manifest.json" else (name, data))
    assert "not a whole backup" in refuse(tmp_path, without)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert "whole" in refuse(tmp_path, cut)
    noise = tmp_path / "noise.tar"
    noise.write_bytes(b"not a tar at all" * 500)
    assert "whole" in refuse(tmp_path, noise)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/cron.d/x", "photos/../../x", "photos/ab/x.webp", "tables/x;y.copy"]
)
def test_a_file_that_would_write_elsewhere_is_refused(
    tmp_path: Path, small: tuple[Settings, Path], name: str
) -> None:
    def smuggle(member: str, content: bytes) -> tuple[str, bytes]:
        return (name, content) if member == "keys.json" else (member, content)

    assert "no backup does" in refuse(tmp_path, rewritten(small[1], smuggle))
    assert not (tmp_path / "outside").exists()


def test_a_backup_of_another_kind_of_database_is_refused(
    tmp_path: Path, small: tuple[Settings, Path]
) -> None:
    def turn(name: str, content: bytes) -> tuple[str, bytes]:
        return name, content.replace(b'"sqlite"', b'"postgresql"')

    assert "postgresql" in refuse(tmp_path, rewritten(small[1], turn))


def test_nothing_is_left_where_a_backup_failed(
    tmp_path: Path, small: tuple[Settings, Path]
) -> None:
    settings, _ = small
    place = tmp_path / "backups"
    place.mkdir()
    settings.erasure_log.mkdir()
    with pytest.raises(IsADirectoryError):
        back_up(settings, place / "b.tar")
    assert list(place.iterdir()) == []


def test_the_commands_say_what_they_did(
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = Database(sqlite_url, origin="test")
    with data.write() as session:
        build_estate(session)
    data.close()
    passphrase = tmp_path / "passphrase"
    passphrase.write_bytes(PASSPHRASE + b"\n")
    monkeypatch.setenv("OPGANG_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("OPGANG_DATABASE_URL", sqlite_url)
    file = str(tmp_path / "b.tar")
    assert main(["backup", file]) == 0
    assert "unsealed" in capsys.readouterr().out
    assert main(["backup", file, "--passphrase-file", str(passphrase)]) == 0
    assert "unsealed" not in capsys.readouterr().out
    monkeypatch.setenv("OPGANG_DATA", str(tmp_path / "new"))
    monkeypatch.delenv("OPGANG_DATABASE_URL")
    assert main(["restore", file]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["restore", file, "--passphrase-file", str(passphrase)]) == 0
    assert "Restored as it was on" in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "none.tar")]) == 2
    restored = Database(f"sqlite:///{tmp_path / 'new' / 'opgang.db'}", origin="test")
    with restored.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person))
    restored.close()


def test_moments_in_a_manifest_know_their_zone(small: tuple[Settings, Path]) -> None:
    with tarfile.open(small[1]) as tar:
        content = tar.extractfile("manifest.json")
        assert content is not None
        made = datetime.fromisoformat(json.loads(content.read())["made_at"])
    assert made.astimezone(UTC) <= clock.now()
