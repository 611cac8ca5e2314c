"""Dated values: every row can be read, and the newest one holds."""

from datetime import date

import pytest

from estate.values.queries import DEFAULTS, default
from estate.values.rules import COLUMNS, Dated, holding, parse_values

HEADER = ",".join(COLUMNS)


def test_every_default_can_be_read_and_names_its_source_and_unit() -> None:
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        values = parse_values(file)
    assert values
    for key, dated in values.items():
        days = [value.valid_from for value in dated]
        assert len(days) == len(set(days)), key
        for value in dated:
            assert value.number >= 0
            assert value.source, key
            assert value.unit, key


@pytest.mark.parametrize(
    "text",
    [
        "key,value\na,1",
        f"{HEADER}\na,1,days,2026-01-01,law",
        f"{HEADER}\na,1,days,2026-01-01,law,note,more",
        f"{HEADER}\na,1,days,someday,law,note",
    ],
)
def test_a_row_of_values_that_cannot_be_read_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_values(text.split("\n"))


def test_the_newest_value_that_has_begun_holds() -> None:
    values = [
        Dated("14", date(2026, 3, 1), "Beboermøde"),
        Dated("7", date(2026, 12, 1), "Beboermøde"),
        Dated("30", date(2026, 2, 1), "Beboermøde"),
    ]
    for day, value in (
        (date(2026, 1, 31), None),
        (date(2026, 2, 1), "30"),
        (date(2026, 2, 28), "30"),
        (date(2026, 11, 22), "14"),
        (date(2026, 12, 1), "7"),
    ):
        found = holding(values, day)
        assert (found and found.value) == value


def test_a_key_nobody_wrote_down_is_an_error() -> None:
    with pytest.raises(LookupError):
        default("no_such_key", date(2026, 1, 1))
