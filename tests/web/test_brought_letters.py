"""Letters brought as a PDF: what it says stands on the letter's page, to be read aloud."""

import io
from pathlib import Path

import pypdf
import pytest
from sqlalchemy.orm import Session

from estate.database import Database
from estate.files.store import PdfStore
from estate.giving import actions as giving
from estate.letters import actions as letters
from estate.letters.actions import Upload
from estate.letters.queries import PageText, letter_by_id, pages_of
from estate.letters.rules import READING_JOB
from estate.settings import Settings
from tests.builders import Estate, build_estate
from tests.letters import HERE, draft, sending, work_off
from tests.neighbours import Who
from tests.papers import minutes_pdf, scanned_pdf, work
from web.catalogues import speeches
from web.letter_words import words_of
from web.press import typeset

House = tuple[Database, Estate, Who]
SAID = "Stilladset bliver stående, til de sidste vinduer er sat i."


def bring(
    session: Session, estate: Estate, folder: Path, content: bytes, letter: int | None = None
) -> int:
    """Write a draft that says nothing but what its PDF says; the PDF is not read yet."""
    pages = content.count(b"/Type /Page ") or 1
    return letters.save_draft(
        session,
        draft(estate, texts={"da": ("Nye vinduer", "")}),
        estate.people["office"],
        letter=letter,
        upload=Upload("varsling.pdf", content, pages),
        store=PdfStore(folder / "files"),
    )


def read(session: Session, folder: Path) -> int:
    """Let the worker read what was brought; returns how many steps it took."""
    return work(session, PdfStore(folder / "files"), READING_JOB)


def given(house: House, folder: Path, content: bytes) -> int:
    database, estate, _ = house
    with database.write() as session:
        letter = bring(session, estate, folder, content)
        read(session, folder)
        giving.give(session, sending(session, estate), letter, HERE)
        work_off(session, letter)
    return letter


def texts(session: Session, letter: int) -> list[str]:
    return [page.text for page in pages_of(session, [letter]).get(letter, ())]


def test_what_a_pdf_says_is_on_the_letters_page_and_in_ones_file(
    house: House, settings: Settings
) -> None:
    letter = given(house, settings.data, minutes_pdf(SAID))
    amina = house[2]("amina")
    page = amina.get(f"/letters/{letter}").text
    shown = page.split('id="letter-file" lang="da" dir="ltr"')[1]
    assert SAID in shown
    assert 'data-read-aloud="letter-file"' in page
    (told,) = amina.get("/me/data/file").json()["letters"]
    assert told["pages"] == [SAID]
    file = amina.get("/me/data/readable", **{"accept-encoding": "identity"}).text
    assert SAID in file
    assert f"/letters/{letter}/file" in file


def test_a_pdf_of_pictures_says_so_to_its_reader_and_before_to_the_office(
    house: House, settings: Settings
) -> None:
    database, estate, browser = house
    with database.write() as session:
        kept = bring(session, estate, settings.data, scanned_pdf())
        read(session, settings.data)
    assert "The PDF has no text" in browser("office").get(f"/desk/letters/{kept}").text
    letter = given(house, settings.data, scanned_pdf())
    page = browser("amina").get(f"/letters/{letter}").text
    assert "cannot be read aloud here" in page
    assert "letter-file" not in page


def test_a_long_pdf_is_read_some_pages_at_a_time(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        estate = build_estate(session)
        long = minutes_pdf(*[SAID] * 250)
        letter = bring(session, estate, tmp_path, long)
        count = len(pypdf.PdfReader(io.BytesIO(long)).pages)
        assert count > letters.STEP
        assert read(session, tmp_path) == 2
        pages = pages_of(session, [letter])[letter]
        assert [page.n for page in pages] == list(range(1, count + 1))
        assert all(SAID in page.text.replace("\n", " ") for page in pages)


def test_nothing_stays_of_a_pdf_that_was_exchanged_or_taken_away(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = bring(session, estate, tmp_path, minutes_pdf("Forkert brev."))
        bring(session, estate, tmp_path, minutes_pdf(SAID), letter)
        read(session, tmp_path)
        assert texts(session, letter) == [SAID]
        bring(session, estate, tmp_path, minutes_pdf("Nyt brev."), letter)
        assert texts(session, letter) == []
        read(session, tmp_path)
        assert texts(session, letter) == ["Nyt brev."]
        letters.drop_file(session, sending(session, estate), letter)
        assert texts(session, letter) == []
        bring(session, estate, tmp_path, minutes_pdf(SAID), letter)
        read(session, tmp_path)
        letters.erase(session, [letter])
        assert pages_of(session, [letter]) == {}


def test_the_cover_of_a_brought_pdf_says_in_danish_that_the_letter_follows(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = letter_by_id(session, bring(session, estate, tmp_path, minutes_pdf(SAID)))
    assert letter is not None
    words = words_of(letter, speeches()["da"])
    assert words.follows == "Selve brevet følger: 1 side."
    assert "Selve brevet følger" in words.page[2]


@pytest.mark.parametrize("gone", [False, True])
def test_a_pdf_that_cannot_be_read_is_tried_once(
    database: Database, tmp_path: Path, gone: bool
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = bring(session, estate, tmp_path, b"%PDF-1.7 and no more")
        if gone:
            for file in (tmp_path / "files").glob("*/*.pdf"):
                file.unlink()
        assert read(session, tmp_path) == 1
        assert pages_of(session, [letter])[letter] == [PageText(1, "")]


def test_the_covers_keep_their_tags_beside_a_pdf_that_was_brought() -> None:
    page = '<!doctype html><html lang="da"><title>Brev</title><h1>Brev</h1><span id="end-7"></span>'
    made = typeset(page, [7], minutes_pdf(SAID))
    merged = pypdf.PdfReader(io.BytesIO(made.data))
    root = merged.trailer["/Root"]
    cover, brought = merged.pages
    assert root["/Lang"] == "da"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert "/StructParents" in cover
    assert "/StructParents" not in brought
    assert not made.tagged, "its own pages have none, so that it is for paper only"
