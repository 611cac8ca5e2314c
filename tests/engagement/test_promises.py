"""Working time: what is promised on Friday afternoon is due on Monday; Easter does not count."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.promises.rules import (
    Calendar,
    Due,
    Promise,
    add_working_time,
    due,
    stretches,
    usual,
    working_time_between,
)
from estate.clock import LOCAL
from estate.places.queries import public_holidays
from estate.places.rules import Opening

DAYS = [Opening(day, time(8), time(15)) for day in range(5)]
NIGHT = [Opening(6, time(0), time(6))]


def calendar(hours: Sequence[Opening] = DAYS) -> Calendar:
    return Calendar(hours, lambda day: day in public_holidays(day.year), LOCAL)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-11-24T09:00", 2, "2026-11-24T11:00"),
        ("2026-11-24T14:00", 2, "2026-11-25T09:00"),
        ("2026-11-24T07:00", 1, "2026-11-24T09:00"),
        ("2026-11-24T20:00", 1, "2026-11-25T09:00"),
        ("2026-11-27T14:00", 2, "2026-11-30T09:00"),  # over a weekend
        ("2026-11-28T12:00", 7, "2026-11-30T15:00"),
        ("2027-03-24T14:00", 2, "2027-03-30T09:00"),  # Maundy Thursday to Easter Monday
        ("2026-12-24T14:30", 1, "2026-12-28T08:30"),  # Christmas Day to a Sunday
        ("2026-11-24T09:00", 35, "2026-12-01T09:00"),  # five working days
        ("2026-11-24T20:00", 0, "2026-11-25T08:00"),
    ],
)
def test_what_is_promised_in_working_hours_is_due_when_they_have_passed(
    start: str, span: int, end: str
) -> None:
    assert add_working_time(at(start), hours(span), calendar()) == at(end)


def test_the_night_on_which_the_clocks_change_is_as_long_as_it_is() -> None:
    nights = calendar(NIGHT)
    spring, autumn = at("2026-03-29T00:00"), at("2026-10-25T00:00")
    assert working_time_between(spring, spring + timedelta(days=1), nights) == hours(5)
    assert working_time_between(autumn, autumn + timedelta(days=1), nights) == hours(7)


def test_openings_that_touch_or_overlap_count_once() -> None:
    doubled = [
        Opening(0, time(8), time(12)),
        Opening(0, time(11), time(13)),
        Opening(0, time(13), time(15)),
    ]
    monday = at("2026-11-30T00:00")
    assert working_time_between(monday, monday + timedelta(days=1), calendar(doubled)) == hours(7)


@pytest.mark.parametrize(
    "week", [[], [Opening(0, time(9), time(9))], [Opening(0, time(9), time(8))]]
)
def test_an_office_without_hours_promises_no_moment(week: Sequence[Opening]) -> None:
    assert add_working_time(at("2026-11-24T09:00"), hours(1), calendar(week)) is None
    assert list(stretches(calendar(week), at("2026-11-24T09:00"))) == []


def test_what_cannot_wait_is_promised_around_the_clock() -> None:
    received = at("2026-12-24T22:00")
    found = due(Promise(hours(1), hours(24), around_the_clock=True), received, calendar())
    assert found == Due(at("2026-12-24T23:00"), at("2026-12-25T22:00"))
    waiting = due(Promise(hours(1), hours(7), around_the_clock=False), received, calendar())
    assert waiting == Due(at("2026-12-28T09:00"), at("2026-12-28T15:00"))


def test_what_is_usual_is_said_from_five_cases_on() -> None:
    assert usual([hours(1)] * 4) is None
    assert usual([hours(count) for count in (9, 1, 2, 100, 3)]) == hours(3)
    assert usual([hours(count) for count in (6, 1, 2, 5, 3, 4)]) == hours(3)


moments = st.integers(0, 730 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
spans = st.timedeltas(timedelta(minutes=1), timedelta(hours=200))
walls = st.times().map(lambda one: one.replace(second=0, microsecond=0))
weeks = st.lists(st.builds(Opening, st.integers(0, 6), walls, walls), min_size=1, max_size=12)


@given(moments, spans, weeks)
def test_so_much_working_time_has_passed_when_it_is_due(
    start: datetime, span: timedelta, week: list[Opening]
) -> None:
    found = add_working_time(start, span, calendar(week))
    if found is not None:
        assert found > start
        assert working_time_between(start, found, calendar(week)) == span


@given(moments, spans, spans, weeks)
def test_two_promises_after_each_other_are_one_of_both(
    start: datetime, first: timedelta, second: timedelta, week: list[Opening]
) -> None:
    halfway = add_working_time(start, first, calendar(week))
    whole = add_working_time(start, first + second, calendar(week))
    if halfway is not None and whole is not None:
        assert add_working_time(halfway, second, calendar(week)) == whole


@given(moments, moments, weeks)
def test_working_time_is_never_more_than_time_nor_less_than_none(
    start: datetime, end: datetime, week: list[Opening]
) -> None:
    found = working_time_between(start, end, calendar(week))
    assert timedelta() <= found <= max(end - start, timedelta())


@given(moments, weeks)
def test_stretches_of_work_follow_each_other(start: datetime, week: list[Opening]) -> None:
    found = [one for one, _ in zip(stretches(calendar(week), start), range(50), strict=False)]
    assert all(one.begins < one.ends for one in found)
    assert all(one.ends < later.begins for one, later in pairwise(found))
    assert not any(date(2026, 12, 25) == one.begins.astimezone(LOCAL).date() for one in found)
