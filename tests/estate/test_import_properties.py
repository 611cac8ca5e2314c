"""Any bytes, any estate, any order, and a power cut: the import holds."""

import random
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from estate.database import Database
from estate.refusals import Refused
from tests.counts import LONG
from tests.estate.files import Cells, estate_of, home, import_estate, living, text_of, write

ROOT = Path(__file__).parent.parent.parent

patient = settings(
    max_examples=300 if LONG else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

DAYS = (date(2000, 1, 1), date(2030, 1, 1))
LETTERS = st.characters(codec="cp1252", categories=["L", "Nd"])
NAME = st.text(LETTERS, min_size=1, max_size=8)
STREET = st.sampled_from(["Lærkevej", "Søgade", "Ågade 2. sal", "Ærø Allé"])
HOME = st.tuples(st.sampled_from("12"), st.sampled_from("AB"), STREET, st.integers(1, 9))


@st.composite
def estates(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rows of a believable estate: homes with tenancies and members, vacant ones between."""
    rows = []
    homes = draw(st.lists(HOME, unique=True, min_size=1, max_size=8))
    for number, (section, building, street, door) in enumerate(homes):
        place = {
            "section_number": section,
            "section_name": f"Afdeling {section}",
            "building": building,
            "street": street,
            "house_number": str(door),
            "home_number": str(number),
            "rent": f"{draw(st.integers(0, 20_000))},{draw(st.integers(0, 99)):02}",
            "area": str(draw(st.integers(0, 200))),
        }
        members = draw(st.integers(0, 3))
        if members == 0:
            rows.append(home(**{"number": str(number), **_without_number(place)}))
        starts = draw(st.dates(min_value=DAYS[0], max_value=DAYS[1])).isoformat()
        rows += [
            living(
                f"{number}-{member}",
                str(number),
                given_name=draw(NAME),
                family_name=draw(NAME),
                starts=starts,
                tenant="ja" if member == 0 else "nej",
                **_without_number(place),
            )
            for member in range(members)
        ]
    return rows


def _without_number(place: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in place.items() if key != "home_number"}


def clear(database: Database) -> None:
    """An empty database again, between two examples."""
    with database.write() as session:
        connection = session.connection()
        for table in TABLES:
            connection.exec_driver_sql(f'DELETE FROM "{table}"')  # noqa: S608 - names of our own


TABLES = (
    *("deed", "member", "household", "home", "stairwell", "building", "section", "office"),
    *("organisation", "person", "administration"),
)


def whole(database: Database) -> None:
    """Nothing is half there: every tenancy has its home, every person of the register a member."""
    with database.read() as session:
        connection = session.connection()
        for orphans in (
            "SELECT count(*) FROM person WHERE id NOT IN (SELECT person_id FROM member)",
            "SELECT count(*) FROM stairwell WHERE id NOT IN (SELECT stairwell_id FROM home)",
        ):
            assert connection.exec_driver_sql(orphans).scalar_one() == 0


@patient
@given(st.binary(max_size=600))
def test_any_bytes_make_no_crash_and_no_half_row(
    database: Database, tmp_path: Path, data: bytes
) -> None:
    clear(database)
    file = tmp_path / "any.csv"
    heading = text_of([])
    for content in (data, heading.encode() + data, heading.encode("cp1252") + data):
        file.write_bytes(content)
        try:
            report = import_estate(database, file, yes=True)
        except Refused:
            continue
        assert (
            len(report.added)
            + report.unchanged
            + len(report.refused)
            + len(report.changed)
            + sum(line is not None for line, _ in report.closed)
            == report.rows
        )
        assert all(line > 1 and reason.text for line, reason in report.refused)
    whole(database)


@patient
@given(estates(), st.data())
def test_spoilt_cells_refuse_their_rows_and_no_others(
    database: Database, tmp_path: Path, rows: list[dict[str, str]], data: st.DataObject
) -> None:
    clear(database)
    lines = text_of(rows).encode("cp1252").splitlines()
    spoilt = data.draw(st.integers(1, len(rows)))
    cut = data.draw(st.integers(0, len(lines[spoilt])))
    noise = data.draw(st.binary(max_size=12)).replace(b"\n", b"").replace(b"\r", b"")
    lines[spoilt] = lines[spoilt][:cut] + noise + lines[spoilt][cut:]
    file = tmp_path / "spoilt.csv"
    file.write_bytes(b"\n".join(lines))
    report = import_estate(database, file)
    others = [line for line, _ in report.refused if line != spoilt + 1]
    assert all(_contradicts(report, line) for line in others)
    whole(database)


def _contradicts(report: Any, line: int) -> bool:
    """A row may also be refused because the spoilt one, still readable, says something else."""
    reason = next(reason for number, reason in report.refused if number == line)
    return "something else" in str(reason.text)


@patient
@given(estates(), st.randoms(use_true_random=False))
def test_an_estate_read_twice_or_shuffled_is_the_same_estate(
    database: Database, tmp_path: Path, rows: list[dict[str, str]], chance: random.Random
) -> None:
    clear(database)
    first = import_estate(database, write(tmp_path, rows))
    assert first.refused == []
    assert len(first.added) == len(rows)
    before = estate_of(database)
    again = import_estate(database, write(tmp_path, rows))
    assert (again.added, again.changed, again.closed) == ([], [], [])
    assert again.unchanged == len(rows)
    shuffled = chance.sample(rows, len(rows))
    other = import_estate(database, write(tmp_path, shuffled))
    assert (other.added, other.changed, other.closed) == ([], [], [])
    clear(database)
    import_estate(database, write(tmp_path, shuffled), administration=before[0][0])
    assert estate_of(database) == before


@patient
@given(estates(), estates())
def test_whatever_stood_before_the_last_file_is_what_stands(
    database: Database,
    tmp_path: Path,
    earlier: list[dict[str, str]],
    later: list[dict[str, str]],
) -> None:
    clear(database)
    import_estate(database, write(tmp_path, earlier))
    report = import_estate(database, write(tmp_path, later), yes=True)
    assert report.refused == []
    again = import_estate(database, write(tmp_path, later))
    assert (again.added, again.changed, again.closed) == ([], [], [])
    open_homes = {row[11] for row in estate_of(database) if row[11] and row[17] is None}
    assert open_homes == {row["home_number"] for row in later}


IMPORT = """
import sys
from pathlib import Path
from estate.database import Database
from tests.estate.files import import_estate
def tell(done, total):
    print(done, flush=True)
import_estate(Database(sys.argv[1]), Path(sys.argv[2]), yes=True, progress=tell)
"""


def started(database: Database, file: Path) -> subprocess.Popen[str]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", IMPORT, url, str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def killed(database: Database, file: Path, chance: random.Random) -> bool:
    """Start an import and kill it somewhere; whether it was still at it."""
    with started(database, file) as process:
        assert process.stdout is not None
        for _ in range(chance.randint(1, 12)):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
        return process.wait() == -signal.SIGKILL


def village(homes: int, **cells: str) -> list[Cells]:
    rows: list[Cells] = []
    for number in range(homes):
        door = {"house_number": str(number // 8 + 1), "street": f"Lærkevej {number // 80}", **cells}
        rows += [living(f"{number}-{n}", str(number), **door) for n in range(number % 4)]
        if number % 4 == 0:
            rows.append(home(str(number), **door))
    return rows


def test_an_import_killed_anywhere_is_finished_by_running_it_again(
    database: Database, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Households are whole after every kill, and in the end all is as after one clean run."""
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    files = [tmp_path / "first.csv", tmp_path / "second.csv"]
    first, second = village(1600), village(1500, rent="8000", side="th")
    for file, rows in zip(files, (first, second), strict=True):
        file.write_text(text_of(rows), encoding="utf-8")
    kills = 0
    for round_ in range(50 if LONG else 3):
        file = files[round_ % 2]
        kills += killed(database, file, chance)
        households_are_whole(database)
    for file in files:
        import_estate(database, file, yes=True)
    assert kills > 0
    clean = Database(
        request.getfixturevalue("sqlite_url" if not database.sqlite else "postgres_url")
    )
    for file in files:
        import_estate(clean, file, yes=True)
    assert estate_of(database) == estate_of(clean), f"seed {seed}"
    clean.close()


def households_are_whole(database: Database) -> None:
    """Every tenancy that is there has all the members that either file gives it."""
    counts: dict[str, int] = {}
    for row in estate_of(database):
        if row[18] is not None:
            counts[row[11]] = counts.get(row[11], 0) + (row[28] is not None)
    assert all(count == int(number) % 4 for number, count in counts.items())
