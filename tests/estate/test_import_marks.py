"""The marks that protect people: who is exempt from digital post, whose name is protected."""

from pathlib import Path

import pytest
from sqlalchemy import select

from estate.database import Database
from estate.people.models import Household, Person
from estate.refusals import Refused
from estate.sync.rules import EXEMPTS_NO_MORE, PROTECTS_NO_MORE, Report
from tests.estate.files import Cells, estate_of, import_estate, living, text_of, write


def read(database: Database, folder: Path, *rows: Cells, yes: bool = False) -> Report:
    return import_estate(database, write(folder, rows), yes=yes)


def street(count: int, **cells: str) -> list[dict[str, str]]:
    return [living(f"P{n}", f"{n}", **cells) for n in range(count)]


def marks(database: Database) -> tuple[list[str], list[str]]:
    """The tenancies that are exempt from digital post, and the persons whose name is protected."""
    with database.read() as session:
        exempt = session.scalars(select(Household.number).where(Household.exempt))
        protected = session.scalars(select(Person.number).where(Person.protected))
        return sorted(exempt), sorted(number or "" for number in protected)


def marked_street(count: int) -> list[dict[str, str]]:
    return street(count, exempt="ja", protected="ja")


@pytest.mark.parametrize(
    "spoilt", [{"email": "x"}, {"person_number": "010180-1234"}, {"house_number": ""}]
)
def test_a_refused_row_never_takes_the_mark_of_exemption(
    database: Database, tmp_path: Path, spoilt: Cells
) -> None:
    mother, daughter = living("1", exempt="ja"), living("2", tenant="nej")
    read(database, tmp_path, mother, daughter)
    report = read(database, tmp_path, {**mother, **spoilt}, daughter)
    assert (len(report.refused), report.closed) == (1, [])
    assert marks(database) == (["T1001"], [])
    read(database, tmp_path, {**mother, "exempt": "nej"}, daughter)
    assert marks(database) == ([], [])


def test_a_refused_row_marks_a_household_that_is_new(database: Database, tmp_path: Path) -> None:
    read(database, tmp_path, living("1", exempt="ja", email="x"), living("2", tenant="nej"))
    assert marks(database) == (["T1001"], [])


def test_a_row_that_contradicts_another_never_shows_a_protected_name(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, living("1", protected="ja"))
    moved = living("1", "1002", tenancy_number="N1", protected="ja")
    report = read(database, tmp_path, living("1"), moved)
    assert len(report.refused) == 1
    assert marks(database) == ([], ["1"])


def test_a_column_that_is_left_out_takes_no_mark(database: Database, tmp_path: Path) -> None:
    rows = marked_street(3)
    read(database, tmp_path, *rows)
    before = estate_of(database)
    lines = [line.split(";") for line in text_of([*rows, living("new", "new")]).splitlines()]
    gone = [lines[0].index("fritaget for digital post")]
    gone.append(lines[0].index("navne- og adressebeskyttet"))
    file = tmp_path / "estate.csv"
    file.write_text(
        "".join(
            ";".join(cell for n, cell in enumerate(cells) if n not in gone) + "\n"
            for cells in lines
        ),
        encoding="utf-8",
    )
    report = import_estate(database, file)
    assert (len(report.added), report.changed, report.unchanged) == (1, [], 3)
    assert report.warnings == []
    assert [row for row in estate_of(database) if row[11] != "new"] == before
    assert marks(database) == (["T0", "T1", "T2"], ["P0", "P1", "P2"])


def test_a_column_that_is_empty_asks_before_it_takes_the_marks(
    database: Database, tmp_path: Path
) -> None:
    read(database, tmp_path, *marked_street(4), *[living(f"Q{n}", f"q{n}") for n in range(9)])
    empty = [*street(4), *[living(f"Q{n}", f"q{n}") for n in range(9)]]
    dry = import_estate(database, write(tmp_path, empty), dry_run=True)
    told = [warning.text for warning in dry.warnings]
    assert {EXEMPTS_NO_MORE, PROTECTS_NO_MORE} <= set(told)
    assert dry.warnings[0].values == {"exempt": 4, "shown": 4}
    with pytest.raises(Refused) as refusal:
        read(database, tmp_path, *empty)
    assert refusal.value.message.values["count"] == 4
    assert len(marks(database)[0]) == 4
    read(database, tmp_path, *empty, yes=True)
    assert marks(database) == ([], [])


def test_one_mark_is_taken_without_asking_and_counted(database: Database, tmp_path: Path) -> None:
    read(database, tmp_path, *marked_street(2))
    report = read(database, tmp_path, living("P0", "0"), marked_street(2)[1])
    assert [warning.values for warning in report.warnings] == [{"exempt": 1, "shown": 1}]
    assert marks(database) == (["T1"], ["P1"])
