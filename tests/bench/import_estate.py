"""How long the administration's file of 60,000 homes takes: the first time, and every day after."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from estate import schema
from estate.database import Database
from tests import postgres
from tests.bench.rows import Row
from tests.estate.files import Cells, home, import_estate, living, text_of

HOMES = 60_000
LIMIT = 60.0
MEMBERS = (0, 1, 1, 2, 2, 2, 4)
"""Members of one home after another: 1.7 persons a home, as there are in Denmark."""


def measure() -> list[Row]:
    """Seconds for the file into an empty database, and for the same file once more."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "estate.csv"
        file.write_text(text_of(town(HOMES)), encoding="utf-8")
        rows = measured("sqlite", f"sqlite:///{name}/opgang.db", file)
        if postgres.installed():
            with cluster() as address:
                rows += measured("postgres", address, file)
    return rows


@contextmanager
def cluster() -> Iterator[str]:
    """A PostgreSQL of its own; a socket's path must be short."""
    folder = Path(tempfile.gettempdir()) / f"opgang-bench-{os.getpid()}"
    postgres.start(folder)
    try:
        yield postgres.address(folder).format(name="postgres")
    finally:
        postgres.stop(folder)


def measured(kind: str, url: str, file: Path) -> list[Row]:
    """The two rows of one kind of database."""
    schema.upgrade(url)
    database = Database(url)
    first, again = (seconds(database, file) for _ in range(2))
    database.close()
    note = f"{HOMES} homes, 1.7 members each; the goal is in seconds"
    return [
        Row(f"import_estate {kind}", "s", first, None, LIMIT, at_most=True, note=note),
        Row(f"import_again {kind}", "s", again, None, LIMIT, at_most=True, note="nothing changed"),
    ]


def seconds(database: Database, file: Path) -> float:
    """How long one import takes; every row has to be taken."""
    begun = time.perf_counter()
    report = import_estate(database, file)
    assert not report.refused
    return time.perf_counter() - begun


def town(homes: int) -> Iterator[Cells]:
    """Rows of a town: twenty organisations, sections of 400 homes, ten homes a stairwell."""
    for number in range(homes):
        door = {
            "organisation_number": str(number * 20 // homes),
            "organisation_name": f"Boligforeningen {number * 20 // homes}",
            "section_number": str(number // 400),
            "section_name": f"Æblehaven {number // 400}",
            "office": f"Kontoret {number // 2000}",
            "building": str(number // 50),
            "house_number": str(number // 10 + 1),
            "floor": str(number % 5),
            "side": ("tv", "th")[number % 2],
            "rent": f"{4000 + number % 5000},50",
        }
        members = MEMBERS[number % len(MEMBERS)]
        if members == 0:
            yield home(str(number), **door)
        for member in range(members):
            yield living(
                f"{number}-{member}",
                str(number),
                email=f"p{number}-{member}@example.org",
                phone="+45 12 34 56 78",
                birth_date="03-02-1980",
                tenant="nej" if member else "ja",
                **door,
            )
