"""What docs/import.md promises of the files is what the commands read."""

import csv
from pathlib import Path

import pytest

from estate.database import Database
from estate.lists.actions import import_offices, import_parts, import_roles
from estate.sheets.queries import COLUMNS
from tests.estate.files import estate_of, import_estate

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "docs" / "examples"


def test_every_column_stands_in_the_documentation_as_it_is_read() -> None:
    text = (ROOT / "docs" / "import.md").read_text(encoding="utf-8")
    with COLUMNS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            needed = "yes" if row["required"] == "yes" else ""
            line = f"| `{row['danish']}` | `{row['english']}` | {needed} | {row['meaning']} |"
            assert line in text, row["key"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_the_examples_are_read_without_a_refusal(
    database: Database, tmp_path: Path, encoding: str
) -> None:
    for name in ("estate", "offices", "parts", "roles"):
        text = (EXAMPLES / f"{name}.csv").read_text(encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(text, encoding=encoding)
    report = import_estate(database, tmp_path / "estate.csv")
    assert report.refused == []
    assert report.rows == len(report.added) == 9
    assert any("Ægidius" in row for row in estate_of(database))
    assert import_offices(database, tmp_path / "offices.csv").refused == []
    assert len(import_parts(database, tmp_path / "parts.csv").added) == 5
    assert len(import_roles(database, tmp_path / "roles.csv").added) == 5
