"""Dated values: every row can be read, and the most specific and newest one holds."""

from datetime import date

import pytest

from estate.database import Database
from estate.permissions import ScopeKind
from estate.values.models import LocalValue
from estate.values.queries import DEFAULTS, default, value_on
from estate.values.rules import COLUMNS, parse_values
from tests.builders import build_estate

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


def test_the_sections_own_value_goes_before_its_organisations_and_the_nations(
    database: Database,
) -> None:
    day = date(2026, 11, 22)
    with database.write() as session:
        estate = build_estate(session)
        for kind, place, value, since in (
            (ScopeKind.ORGANISATION, estate.north, "30", date(2026, 2, 1)),
            (ScopeKind.SECTION, estate.section, "14", date(2026, 3, 1)),
            (ScopeKind.SECTION, estate.section, "7", date(2026, 12, 1)),
        ):
            session.add(
                LocalValue(
                    key="invitation_days",
                    scope_kind=kind,
                    scope_id=place,
                    value=value,
                    valid_from=since,
                    source="Beboermøde",
                )
            )

    def holds(on: date, section: int | None, organisation: int) -> str:
        with database.read() as session:
            return value_on(
                session, "invitation_days", on, section=section, organisation=organisation
            ).value

    assert holds(day, estate.section, estate.north) == "14"
    assert holds(date(2026, 12, 1), estate.section, estate.north) == "7"
    assert holds(date(2026, 2, 28), estate.section, estate.north) == "30"
    assert holds(day, None, estate.north) == "30"
    assert holds(day, estate.other_section, estate.south) == "60"
    assert holds(date(2026, 1, 31), estate.section, estate.north) == "60"


def test_a_key_nobody_wrote_down_is_an_error() -> None:
    with pytest.raises(LookupError):
        default("no_such_key", date(2026, 1, 1))
