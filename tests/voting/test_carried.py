"""Papers and their PDFs go along in a backup, in an organisation's export, and by the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from estate import clock, schema
from estate.database import Database
from estate.files.models import File
from estate.files.store import PdfStore, beside
from estate.handover.actions import export_organisation, import_organisation
from estate.photos.store import Store
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from estate.settings import Settings
from tests.backups import back_up, untold
from tests.builders import Estate, build_estate
from tests.papers import minutes_pdf, publish, publishing, reading, work
from voting.papers import actions, queries
from voting.papers.models import PaperVersion
from voting.papers.rules import Home
from web.__main__ import main
from web.backups.reading import Restoring

SAID = "Cykelskuret får nyt tag."


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = Settings(data=tmp_path / "var", database_url="", secret="papers")
    found.make_folder()
    schema.upgrade(found.database_url)
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    data = Database(settings.database_url, origin="test")
    yield data
    data.close()


@pytest.fixture
def estate(database: Database, settings: Settings) -> Estate:
    with database.write() as session:
        estate = build_estate(session)
        store, day = PdfStore(settings.data / "files"), clock.today()
        publish(session, estate, store, "minutes_board", pdf=minutes_pdf(SAID), day=day)
        work(session, store)
        return estate


def found(database: Database, estate: Estate) -> list[str]:
    with database.read() as session:
        home, day = Home(estate.north, estate.section), clock.today()
        scope = reading(session, estate, "amina")
        hits = queries.found_pages(session, scope, home, day, "cykelskur").lines
        return [hit.excerpt.hit for hit in hits]


def test_a_restore_brings_a_pdf_back_and_forgets_what_was_taken_back_since(
    database: Database, estate: Estate, settings: Settings, tmp_path: Path
) -> None:
    store, day = PdfStore(settings.data / "files"), clock.today()
    with database.write() as session:
        gone = publish(session, estate, store, "minutes_section", pdf=minutes_pdf("Navn"), day=day)
        digests = session.scalars(select(File.digest).order_by(File.id)).all()
    assert back_up(settings, tmp_path / "b.tar") == 0
    log = ErasureLog(settings.erasure_log)
    with database.write() as session:
        office, now = publishing(session, estate), clock.now()
        actions.withdraw(session, office, gone.paper, 1, "Et navn.", now, log)
    other = Settings(data=tmp_path / "other", database_url="", secret="papers")
    Restoring(other, tmp_path / "b.tar").restore(None, settings.erasure_log, untold)
    theirs = Database(other.database_url)
    assert found(theirs, estate) == ["Cykelskuret"]
    assert PdfStore(other.data / "files").path(digests[0]).read_bytes() == minutes_pdf(SAID)
    with theirs.read() as session:
        version = session.get_one(PaperVersion, gone.version)
        assert version.withdrawn_at is not None
        assert session.scalars(select(File.digest)).all() == [digests[0]]
    theirs.close()


def test_an_export_takes_pdfs_along_and_an_import_refuses_a_changed_one(
    database: Database, estate: Estate, settings: Settings, tmp_path: Path
) -> None:
    photos, out = Store(settings.data / "photos"), tmp_path / "out"
    exported = export_organisation(database, out, photos=photos, organisation="N")
    assert exported.rows["paper"] == exported.rows["paper_version"] == exported.rows["file"] == 1
    (file,) = (out / "files").iterdir()
    assert file.read_bytes() == minutes_pdf(SAID)
    other = Settings(data=tmp_path / "other", database_url="", secret="papers")
    other.make_folder()
    schema.upgrade(other.database_url)
    theirs, kept = Database(other.database_url), Store(other.data / "photos")
    whole = file.read_bytes()
    for broken in (whole + b"x", None):
        file.write_bytes(broken) if broken else file.unlink()
        with pytest.raises(Refused, match="file"):
            import_organisation(theirs, out, photos=kept)
    file.write_bytes(whole)
    import_organisation(theirs, out, photos=kept)
    assert beside(kept).path(file.stem).read_bytes() == whole
    assert found(theirs, estate) == ["Cykelskuret"]
    theirs.close()


def test_a_folder_is_brought_in_from_the_command_line_and_tried_before(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = Database(settings.database_url)
    with data.write() as session:
        build_estate(session)
    folder = tmp_path / "gamle"
    folder.mkdir()
    (folder / "Budget 2024.pdf").write_bytes(minutes_pdf("Budget"))
    (folder / "ferie.pdf").write_bytes(minutes_pdf("Ferie"))
    monkeypatch.setenv("OPGANG_DATA", str(settings.data))
    arguments = ["import-papers", str(folder), "--organisation", "N", "--section", "1"]
    assert main([*arguments, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Trial run, nothing was changed: 1 added, 0 skipped, 1 refused." in said
    assert main(arguments) == 0
    assert "1 added, 0 skipped, 1 refused." in capsys.readouterr().out
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "0 added, 1 skipped, 1 refused." in said
    assert "ferie.pdf  The name does not say what kind of paper it is." in said
    assert main([*arguments[:2], "--organisation", "Q"]) == 2
    assert main(["import-papers", str(tmp_path / "nowhere")]) == 2
    data.close()
