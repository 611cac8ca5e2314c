"""PDFs from anybody: read in a process of its own, and gone with their owner."""

import contextlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estate import clock
from estate.database import Database
from estate.files import actions, pdf
from estate.files.queries import file_digests, file_of, unowned
from estate.files.reading import report
from estate.files.store import PdfStore, digest_of
from estate.language import Message
from tests.papers import bomb_pdf, lively_pdf, locked_pdf, minutes_pdf, scanned_pdf

LIMITS = pdf.Limits(megabytes=20, pages=400)


def test_a_pdf_says_how_many_pages_it_has_and_when_it_was_made() -> None:
    found = pdf.inspect(minutes_pdf("Hej. " * 2000), "a.pdf", LIMITS)
    assert isinstance(found, pdf.Pdf)
    assert found.pages == 3
    assert found.made_on == date(2024, 5, 14)


def test_the_text_layer_is_read_with_its_danish_letters_and_a_scan_has_none() -> None:
    found = pdf.read(minutes_pdf("Æbler, øl og å (i parentes) \\ skråt."), 1, 8)
    assert found is not None
    assert found.texts == ["Æbler, øl og å (i parentes) \\ skråt."]
    blank = pdf.read(scanned_pdf(), 1, 8)
    assert blank is not None
    assert blank.texts == [""]


def test_what_comes_after_the_last_page_is_nothing() -> None:
    found = pdf.read(minutes_pdf(), 5, 8)
    assert found is not None
    assert found.texts == []


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\0" * 999, b"%PDF-" + b"<<" * 9999])
def test_what_is_no_pdf_is_refused_in_a_sentence(data: bytes) -> None:
    assert isinstance(pdf.inspect(data, "a.pdf", LIMITS), Message)
    assert pdf.read(data, 1, 8) is None


def test_a_locked_pdf_is_said_to_be_locked() -> None:
    found = pdf.inspect(locked_pdf(), "a.pdf", LIMITS)
    assert isinstance(found, Message)
    assert "password" in found.text
    assert pdf.read(locked_pdf(), 1, 8) is None


def test_a_pdf_with_a_script_in_it_is_a_pdf() -> None:
    assert isinstance(pdf.inspect(lively_pdf(), "a.pdf", LIMITS), pdf.Pdf)


def test_a_page_that_unpacks_to_very_much_takes_only_its_own_text_along() -> None:
    bomb = bomb_pdf()
    assert len(bomb) < 2_000_000
    assert isinstance(pdf.inspect(bomb, "a.pdf", LIMITS), pdf.Pdf)
    found = pdf.read(bomb, 1, 8)
    assert found is not None
    assert found.texts in ([""], [None])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_damaged_pdf_ends_only_its_reader_or_is_read(data: st.DataObject) -> None:
    whole = bytearray(minutes_pdf())
    for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=20)):
        whole[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Exception):  # ends its own process; estate.files.pdf takes it so
        found = report(bytes(whole), 1, 8)
        assert set(found) == {"pages", "encrypted", "made_on", "texts"}


def test_a_file_goes_with_its_last_owner_and_what_nobody_owns_is_found(
    database: Database, tmp_path: Path
) -> None:
    store = PdfStore(tmp_path / "files")
    data = minutes_pdf()
    with database.write() as session:
        for owner in (1, 2):
            actions.add(session, store, ("thing", owner), "a.pdf", data)
        actions.hand_over(session, 1, ("other", 7))
        found = file_of(session, "other", 7)
        assert found is not None
        assert (found.name, found.digest, found.size) == ("a.pdf", digest_of(data), len(data))
        assert actions.remove_all(session, "thing", [1, 2]) == 1
        assert actions.clear(session, [actions.keeping(store)]) == 0
        assert actions.remove_all(session, "other", [7]) == 1
        assert actions.clear(session, [actions.keeping(store)]) == 1
        assert not store.path(digest_of(data)).exists()
        lost = store.keep(data)
        assert unowned(store, file_digests(session), clock.now()) == []
        later = clock.now() + timedelta(days=2)
        assert unowned(store, file_digests(session), later) == [lost]
