"""Letters as they are written: their kinds, drafts that change until given, their erasing."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from estate import clock
from estate.database import Database
from estate.files.models import File
from estate.files.store import PdfStore
from estate.giving import actions as giving
from estate.letters import actions as letters
from estate.letters.actions import Upload
from estate.letters.models import Letter, LetterPlace
from estate.letters.queries import kinds, letter_within
from estate.letters.rules import (
    Draft,
    PlaceKind,
    before,
    digest_of,
    draft_problems,
    help_languages,
    parse_kinds,
)
from estate.proof.models import DoorVisit, LetterCopy, LetterMail
from estate.proof.rules import Outcome
from estate.refusals import Refused
from estate.rounds import actions as rounds
from tests.builders import build_estate
from tests.letters import HERE, copies, delivering, draft, give, sending


def test_every_kind_can_be_read_and_names_its_source() -> None:
    for kind in kinds(date(2026, 11, 23)).values():
        assert kind.source or not kind.lead
        assert kind.name("da")
        assert kind.name("en")
        assert kind.name("ar")
        assert kind.name("tlh") == kind.name("da")


@pytest.mark.parametrize(
    ("lead", "effective", "last"),
    [
        ("6 weeks", date(2027, 1, 18), date(2026, 12, 7)),  # almenlejeloven § 33
        ("3 months", date(2027, 3, 31), date(2026, 12, 31)),  # almenlejeloven § 33, larger works
        ("4 weeks", date(2026, 12, 21), date(2026, 11, 23)),  # an ordinary meeting
        ("1 weeks", date(2026, 12, 1), date(2026, 11, 24)),  # an inspection, § 94
        ("10 days", date(2026, 12, 11), date(2026, 12, 1)),
        ("", date(2026, 12, 1), date(2026, 12, 1)),
    ],
)
def test_by_when_a_letter_has_to_be_there(lead: str, effective: date, last: date) -> None:
    assert before(effective, lead) == last


def test_a_lead_that_cannot_be_counted_is_an_error() -> None:
    row = "works,Varsling,Notice,x,6 fortnights,no,no,2018-01-01,law"
    head = "code,danish,english,arabic,lead,formal,democracy,valid_from,source"
    with pytest.raises(ValueError, match="fortnights"):
        parse_kinds([head, row])
    with pytest.raises(ValueError, match="columns"):
        parse_kinds(["code", "works"])


def test_what_a_letter_still_needs() -> None:
    known = kinds(date(2026, 11, 23))
    texts = {"da": ("", ""), "en": ("Windows", "")}
    empty = Draft(1, "no-such", texts, [])
    problems = draft_problems(empty, known, file=False)
    assert set(problems) == {"kind", "places", "title_da", "body_da", "body_en"}
    place = [(PlaceKind.SECTION, 1)]
    brought = Draft(1, "works", {"da": ("Vinduer", "")}, place)
    assert draft_problems(brought, known, file=True) == {}
    assert set(draft_problems(brought, known, file=False)) == {"body_da"}
    long = Draft(1, "works", {"da": ("x" * 121, "y" * 12_001)}, place)
    assert set(draft_problems(long, known, file=False)) == {"title_da", "body_da"}


def test_a_translation_helps_only_those_who_speak_it() -> None:
    assert help_languages(["da", "en"], ["en", None, "da"]) == ["en"]
    assert help_languages(["da"], ["en"]) == []
    assert help_languages(["da", "en"], ["da", None]) == []


def test_any_change_of_a_letter_changes_its_digest() -> None:
    texts = {"da": ("Vinduer", "Uge 9")}
    first = digest_of("works", texts, None, "")
    assert digest_of("works", dict(texts), None, "") == first
    others = [
        digest_of("rent", texts, None, ""),
        digest_of("works", {"da": ("Vinduer", "Uge 10")}, None, ""),
        digest_of("works", {**texts, "en": ("Windows", "Week 9")}, None, ""),
        digest_of("works", texts, date(2027, 1, 1), ""),
        digest_of("works", texts, None, "pdf"),
    ]
    assert len({first, *others}) == 6


def test_a_letter_is_never_changed_once_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        letter = letters.save_draft(session, draft(estate), by.person)
        again = draft(estate, texts={"da": ("Nye døre", "Uge 10"), "en": ("Doors", "Week 10")})
        assert letters.save_draft(session, again, by.person, letter=letter) == letter
        giving.give(session, by, letter, HERE)
        found = letter_within(session, by, letter)
        assert (found.version, found.title) == (2, "Nye døre")
        assert found.digest == digest_of("works", dict(found.texts), None, "")
        for change in (
            lambda: letters.save_draft(session, again, by.person, letter=letter),
            lambda: letters.discard(session, by, letter),
            lambda: letters.drop_file(session, by, letter),
            lambda: giving.give(session, by, letter, HERE),
        ):
            with pytest.raises(Refused):
                change()


def test_a_draft_with_its_pdf_can_be_thrown_away(database: Database, tmp_path: Path) -> None:
    store = PdfStore(tmp_path / "files")
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        upload = Upload("brev.pdf", b"%PDF-1.7", 2)
        letter = letters.save_draft(session, draft(estate), 1, upload=upload, store=store)
        assert session.scalars(select(File.owner_kind)).all() == ["letter"]
        letters.discard(session, by, letter)
        assert session.scalars(select(File.id)).all() == []
        assert session.scalars(select(LetterPlace.letter_id)).all() == []


def test_letters_are_erased_with_everything_that_shows_whom_they_reached(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give(session, estate, kind="meeting")
        copy = copies(session, letter)[estate.households["amina"]].id
        session.execute(update(LetterCopy).values(printed_at=clock.now()))
        rounds.tick(session, delivering(session, estate), copy, Outcome.LETTERBOX, "", clock.now())
        assert letters.forget(session, clock.now() - timedelta(days=1)) == []
        assert letters.forget(session, clock.now() + timedelta(days=1)) == [letter]
        session.expire_all()
        for table in (Letter, LetterCopy, DoorVisit, LetterMail, LetterPlace):
            assert session.scalar(select(func.count()).select_from(table)) == 0
