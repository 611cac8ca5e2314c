"""Holidays and opening hours."""

from datetime import date, datetime, time

import pytest
from dateutil.easter import easter as their_easter

from estate import clock
from estate.places.queries import HOLIDAYS, public_holidays
from estate.places.rules import Opening, easter, holidays_in, open_state, parse_holidays

WEEK = [Opening(day, time(8), time(12)) for day in range(5)]
WEEK += [Opening(3, time(15), time(17, 30))]


def test_easter_is_where_another_reckoning_has_it() -> None:
    for year in range(1900, 2200):
        assert easter(year) == their_easter(year)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (
            2023,
            "01-01 04-06 04-07 04-09 04-10 05-05 05-18 05-28 05-29 12-25 12-26",
        ),
        (2024, "01-01 03-28 03-29 03-31 04-01 05-09 05-19 05-20 12-25 12-26"),
        (2025, "01-01 04-17 04-18 04-20 04-21 05-29 06-08 06-09 12-25 12-26"),
        (2026, "01-01 04-02 04-03 04-05 04-06 05-14 05-24 05-25 12-25 12-26"),
        (2027, "01-01 03-25 03-26 03-28 03-29 05-06 05-16 05-17 12-25 12-26"),
    ],
)
def test_the_holidays_of_a_year_are_those_of_the_almanac(year: int, days: str) -> None:
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        found = holidays_in(parse_holidays(file), year)
    assert sorted(f"{day:%m-%d}" for day in found) == days.split()


def test_great_prayer_day_is_no_holiday_after_2023() -> None:
    assert date(2023, 5, 5) in public_holidays(2023)
    assert not any(day.danish == "Store bededag" for day in public_holidays(2024).values())


def test_a_holiday_of_an_unknown_kind_is_an_error() -> None:
    header = "danish,english,arabic,rule,value,valid_from,valid_until,source"
    with pytest.raises(ValueError, match="moon"):
        parse_holidays([header, "A,B,C,moon,1,1900,,x"])


def _said(moment: str, *closed: str) -> str:
    now = datetime.fromisoformat(moment).replace(tzinfo=clock.LOCAL)
    days = [date.fromisoformat(day) for day in closed]
    state = open_state(WEEK, days, public_holidays(now.year), now)
    values = {name: str(value) for name, value in state.message.values.items()}
    return f"{state.open}: {state.message.text.format(**values)}"


@pytest.mark.parametrize(
    ("moment", "closed", "said"),
    [
        ("2026-11-23T08:00", (), "True: Open until 12:00:00"),
        ("2026-11-23T11:59", (), "True: Open until 12:00:00"),
        ("2026-11-23T12:00", (), "False: Opens Tuesday 08:00:00"),
        ("2026-11-23T07:59", (), "False: Opens today 08:00:00"),
        ("2026-11-26T13:00", (), "False: Opens today 15:00:00"),
        ("2026-11-26T16:00", (), "True: Open until 17:30:00"),
        ("2026-11-27T14:00", (), "False: Opens Monday 08:00:00"),
        ("2026-11-22T10:00", ("2026-11-23",), "False: Opens Tuesday 08:00:00"),
        ("2026-11-23T10:00", ("2026-11-23",), "False: Opens Tuesday 08:00:00"),
        ("2026-04-02T10:00", (), "False: Opens Tuesday 08:00:00"),
        ("2026-04-01T13:00", (), "False: Opens Tuesday 08:00:00"),
        (
            "2026-12-21T13:00",
            ("2026-12-22", "2026-12-23", "2026-12-24"),
            "False: Opens 2026-12-28 08:00:00",
        ),
    ],
)
def test_an_office_says_until_when_or_from_when_it_is_open(
    moment: str, closed: tuple[str, ...], said: str
) -> None:
    assert _said(moment, *closed) == said


def test_openings_that_touch_are_one() -> None:
    hours = [Opening(0, time(8), time(10)), Opening(0, time(10), time(12))]
    now = datetime(2026, 11, 23, 9, tzinfo=clock.LOCAL)
    assert open_state(hours, (), (), now).message.values == {"time": time(12)}


def test_an_office_without_hours_is_closed() -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=clock.LOCAL)
    assert open_state((), (), (), now).message.text == "Closed"
