"""What a file's name says, and folders of old PDFs that come in once."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from estate.database import Database
from estate.files.store import PdfStore
from estate.language import Message
from estate.notifications.models import Notification
from estate.refusals import Refused
from tests.builders import Estate, build_estate
from tests.papers import locked_pdf, minutes_pdf, work
from voting.imports.actions import bring_folder, pdfs_in
from voting.imports.queries import home_of_numbers
from voting.imports.rules import Named, read_name, valid_from
from voting.papers.models import Paper, PaperVersion
from voting.papers.queries import kinds
from voting.papers.rules import Home

HOME = Home(1, 1)
WHOLE = Home(1)


@pytest.mark.parametrize(
    ("name", "kind", "day"),
    [
        ("2024-05-14 referat afdelingsmøde.pdf", "minutes_section", date(2024, 5, 14)),
        ("20240514_Referat_Afdelingsmoede.PDF", "minutes_section", date(2024, 5, 14)),
        ("Referat bestyrelsesmøde 3-9-2025.pdf", "minutes_board", date(2025, 9, 3)),
        ("referat fra bestyrelsen 12.03.2024 underskrevet.pdf", "minutes_board", date(2024, 3, 12)),
        ("Referat beboermøde 1. 2.2024.pdf", None, None),
        ("Budget 2026.pdf", "budget", date(2026, 1, 1)),
        ("budget 2024-2025.pdf", "budget", date(2024, 1, 1)),
        ("Aarsregnskab 2023 underskrevet.pdf", "accounts", date(2023, 1, 1)),
        ("Husorden.pdf", "house_rules", None),
        ("Husorden 2023-01-01.pdf", "house_rules", date(2023, 1, 1)),
        ("VEDLIGEHOLDELSESREGLEMENT.pdf", "maintenance_scheme", None),
        ("Råderetskatalog 2022.pdf", "alterations", date(2022, 1, 1)),
        ("Forretningsorden for afdelingsmøder.pdf", "rules_of_procedure", None),
        ("Referat 2024-05-14.pdf", None, None),
        ("Referat afdelingsmøde 2024.pdf", None, None),
        ("Referat afdelingsmøde 2024-2025.pdf", None, None),
        ("Budget.pdf", None, None),
        ("ferie.pdf", None, None),
        (".pdf", None, None),
    ],
)
def test_a_name_says_what_a_file_is(name: str, kind: str | None, day: date | None) -> None:
    said = read_name(name, kinds().values(), HOME)
    if kind is None:
        assert isinstance(said, Message)
    else:
        assert isinstance(said, Named)
        assert (said.kind.key, said.day) == (kind, day)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Vedtægter 2020-10-01.pdf", "statutes"),
        ("Referat organisationsbestyrelsen 2024-02-13.pdf", "minutes_organisation_board"),
        ("Referat repræsentantskabsmøde 2024-06-11.pdf", "minutes_representatives"),
        ("Referat afdelingsmøde 2024-06-11.pdf", None),
        ("Husorden.pdf", None),
    ],
)
def test_a_whole_organisation_has_kinds_of_its_own(name: str, kind: str | None) -> None:
    said = read_name(name, kinds().values(), WHOLE)
    assert (said.kind.key if isinstance(said, Named) else None) == kind


@given(st.text(max_size=80))
def test_any_name_can_be_read(name: str) -> None:
    assert isinstance(read_name(name, kinds().values(), HOME), Named | Message)


def test_an_old_paper_holds_from_its_name_else_from_its_making_and_never_from_tomorrow() -> None:
    rules, today = kinds()["house_rules"], date(2026, 11, 23)
    assert valid_from(Named(rules, date(2023, 1, 1)), date(2020, 1, 1), today) == date(2023, 1, 1)
    assert valid_from(Named(rules, None), date(2020, 1, 1), today) == date(2020, 1, 1)
    assert valid_from(Named(rules, None), date(2099, 1, 1), today) == today
    assert valid_from(Named(rules, None), None, today) == today


def test_a_folder_comes_in_once_and_says_of_each_file_what_came_of_it(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate: Estate = build_estate(session)
    folder, store = tmp_path / "gamle", PdfStore(tmp_path / "files")
    (folder / "2024").mkdir(parents=True)
    for name, data in (
        ("2024/Budget 2024.pdf", minutes_pdf("Budget for 2024: huslejen stiger.")),
        ("2024/2024-05-14 referat afdelingsmøde.pdf", minutes_pdf("Der blev valgt formand.")),
        ("Regnskab 2023.pdf", locked_pdf()),
        ("Husorden.pdf", b"ikke en PDF"),
        ("læsmig.txt", b"hej"),
    ):
        (folder / name).write_bytes(data)
    home = Home(estate.north, estate.section)

    def bring(*, dry_run: bool = False) -> list[str]:
        came = bring_folder(database, store, home, pdfs_in(folder), dry_run=dry_run)
        return sorted(one.outcome.value for one in came)

    assert bring(dry_run=True) == ["added", "added", "refused", "refused"]
    with database.read() as session:
        assert session.scalars(select(Paper.id)).all() == []
    assert bring() == ["added", "added", "refused", "refused"]
    assert bring() == ["refused", "refused", "skipped", "skipped"]
    assert bring(dry_run=True) == ["refused", "refused", "skipped", "skipped"]
    with database.write() as session:
        work(session, store)
        held = session.execute(
            select(Paper.title, PaperVersion.valid_from).join(PaperVersion).order_by(Paper.title)
        ).all()
        assert [tuple(row) for row in held] == [
            ("Budget 2024", date(2024, 1, 1)),
            ("Referat af afdelingsmøde 14. maj 2024", date(2024, 5, 14)),
        ]
        assert session.scalars(select(Notification.id)).all() == []


def test_numbers_that_mean_no_place_are_refused(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        assert home_of_numbers(session, "N", "1") == Home(estate.north, estate.section)
        assert home_of_numbers(session, "S", "") == Home(estate.south)
        for organisation, section in (("", "1"), ("Q", "1"), ("N", "2")):
            with pytest.raises(Refused):
                home_of_numbers(session, organisation, section)
