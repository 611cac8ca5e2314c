"""Holidays and opening hours."""

from datetime import date, datetime, time

import pytest
from dateutil.easter import easter as their_easter

from estate import clock
from estate.places.queries import HOLIDAYS, holidays_after, public_holidays
from estate.places.rules import (
    Opening,
    closed_soon,
    easter,
    holidays_in,
    open_state,
    parse_holidays,
)

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


@pytest.mark.parametrize(
    ("today", "own", "days"),
    [
        ("2026-11-23", {}, []),
        ("2026-11-23", {"2026-11-26": "Personaledag"}, ["11-26 Personaledag"]),
        ("2026-11-23", {"2026-11-28": "Flytning"}, []),  # a Saturday, closed anyway
        ("2026-11-23", {"2026-12-07": "Kursus"}, []),  # two weeks ahead is not yet told
        ("2026-12-18", {"2026-12-24": "Juleaften"}, ["12-24 Juleaften", "12-25 Juledag"]),
        ("2027-03-20", {}, ["03-25 Skærtorsdag", "03-26 Langfredag", "03-29 2. påskedag"]),
        ("2026-12-25", {}, ["12-25 Juledag", "01-01 Nytårsdag"]),
    ],
)
def test_an_office_tells_two_weeks_ahead_when_its_week_does_not_hold(
    today: str, own: dict[str, str], days: list[str]
) -> None:
    day = date.fromisoformat(today)
    closed = {date.fromisoformat(one): reason for one, reason in own.items()}
    found = closed_soon(WEEK, closed, holidays_after(day), day)
    said = [
        f"{one.day:%m-%d} {one.holiday.name('da') if one.holiday else one.reason}" for one in found
    ]
    assert said == days


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-03-29T00:30Z", "False: Opens Monday 08:00:00"),  # the night of 23 hours
        ("2026-03-30T05:59Z", "False: Opens today 08:00:00"),
        ("2026-03-30T06:00Z", "True: Open until 12:00:00"),  # summer time: two hours ahead
        ("2026-10-26T06:59Z", "False: Opens today 08:00:00"),
        ("2026-10-26T07:00Z", "True: Open until 12:00:00"),  # winter time: one hour ahead
        ("2026-10-25T00:30Z", "False: Opens Monday 08:00:00"),  # the hour that comes twice
        ("2026-10-25T01:30Z", "False: Opens Monday 08:00:00"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall_in_summer_and_winter(
    moment: str, said: str
) -> None:
    local = clock.local(datetime.fromisoformat(moment)).replace(tzinfo=None).isoformat()
    assert _said(local) == said


def test_a_holiday_has_a_name_in_each_language() -> None:
    christmas = public_holidays(2026)[date(2026, 12, 25)]
    assert [christmas.name(tag) for tag in ("da", "en", "ar", "tr")] == [
        *("Juledag", "Christmas Day", "عيد الميلاد", "Juledag"),
    ]
