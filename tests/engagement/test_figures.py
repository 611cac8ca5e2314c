"""Figures of cases and tasks: of enough of them, of sections, and never of a person."""

import inspect
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from engagement.cases.models import Case
from engagement.cases.rules import State
from engagement.categories.rules import Urgency
from engagement.figures import queries, rules
from engagement.figures.queries import Period
from engagement.figures.rules import Fact, Spread, clipped, percentile, summary
from engagement.tasks import actions as tasks
from engagement.tasks.rules import Draft, Kind, Place
from estate import clock
from estate.database import Database
from estate.permissions import TABLE, Permission, Role, Scope, scope
from tests.builders import Estate, build_estate, reader
from tests.engagement.test_cases import DRIPS, at_home, opened

HOUR = timedelta(hours=1)
SPANS = st.lists(st.integers(0, 10**6).map(lambda n: timedelta(seconds=n)), min_size=1)


@given(SPANS, st.integers(1, 100))
def test_so_many_in_a_hundred_are_within_a_percentile_and_no_lesser_value_has_as_many(
    spans: list[timedelta], percent: int
) -> None:
    ordered = sorted(spans)
    found = percentile(ordered, percent)
    assert found in spans
    within = sum(one <= found for one in spans)
    assert within * 100 >= percent * len(spans)
    below = sum(one < found for one in spans)
    assert below * 100 < percent * len(spans)


@pytest.mark.parametrize(
    ("hours", "half", "most"),
    [([5], 5, 5), ([1, 2], 1, 2), ([1, 2, 3, 4, 5], 3, 5), (list(range(1, 11)), 5, 9)],
)
def test_the_middle_and_the_ninetieth_by_hand(hours: list[int], half: int, most: int) -> None:
    found = rules.spread([one * HOUR for one in hours], 1)
    assert found == Spread(half * HOUR, most * HOUR)


def test_of_fewer_than_asked_for_nothing_is_said() -> None:
    fact = Fact(1, "tap_drip", Urgency.DAYS, HOUR, 2 * HOUR, "1", 0, 5)
    few, enough = summary([fact] * 4, 5), summary([fact] * 5, 5)
    assert (few.cases, few.answered, few.fixed, few.first_visit, few.reopened) == (4, *[None] * 4)
    assert enough.answered == Spread(HOUR, HOUR)
    assert (enough.first_visit, enough.reopened, enough.content) == ((5, 5), (0, 5), (5, 5))


def test_said_not_to_be_fixed_is_not_solved_on_the_first_visit() -> None:
    good = Fact(1, "", Urgency.DAYS, None, HOUR, "1", 0, None)
    again = Fact(1, "", Urgency.DAYS, None, None, "1", 1, None)
    found = summary([good] * 3 + [again] * 2, 5)
    assert (found.first_visit, found.reopened) == ((3, 5), (2, 5))
    assert found.first_visit is not None
    assert found.first_visit.percent == 60


@given(*[st.integers(0, 48)] * 4)
def test_of_a_stretch_only_what_lies_in_the_period_counts(
    first: int, length: int, begins: int, lasting: int
) -> None:
    zero = datetime(2026, 11, 1, tzinfo=clock.LOCAL)
    hours = set(range(first, first + length)) & set(range(begins, begins + lasting))
    stretch = (zero + first * HOUR, zero + (first + length) * HOUR)
    period = (zero + begins * HOUR, zero + (begins + lasting) * HOUR)
    assert clipped(*stretch, *period) == len(hours) * HOUR


def test_no_figure_is_read_by_person() -> None:
    source = inspect.getsource(queries)
    assert "person" not in source.replace("returns a person", "").lower()
    assert "assignee" not in source
    assert "holder" not in source
    may = {role for role, permissions in TABLE.items() if Permission.SEE_FIGURES in permissions}
    assert may == {Role.OFFICE, Role.ORGANISATION}


def seeing(session: Session, estate: Estate, name: str = "office") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.SEE_FIGURES)


def test_a_section_with_too_few_cases_is_named_and_not_counted_apart(database: Database) -> None:
    now = clock.now()
    today = clock.local(now).date()
    with database.write() as session:
        estate = build_estate(session)
        for _ in range(5):
            opened(session, estate, DRIPS, at_home(session, estate))
        session.execute(
            update(Case).values(
                state=State.DONE,
                received_at=now - 3 * HOUR,
                answered_at=now - 2 * HOUR,
                done_at=now - HOUR,
                visits="1",
            )
        )
        period = Period(today - timedelta(days=1), today)
        found = queries.compared(session, seeing(session, estate), period, today)
        assert found.together.cases == 5
        assert [one.figures.first_visit for one in found.sections] == [(5, 5)]
        assert set(found.categories) == {"tap_drip"}
        assert len(found.too_few) == len(seeing(session, estate).sections) - 1
        elsewhere = Period(date(2020, 1, 1), date(2020, 12, 31))
        assert queries.compared(session, seeing(session, estate), elsewhere, today).sections == []
        amina = seeing(session, estate, "amina")
        assert queries.compared(session, amina, period, today).together.cases == 0


def test_the_clocked_time_is_split_and_adds_up(database: Database) -> None:
    now = clock.now()
    today = clock.local(now).date()
    with database.write() as session:
        estate = build_estate(session)
        caretaker = scope(reader(session, estate.people["caretaker"]), Permission.DO_TASKS)
        for n in range(5):
            task = tasks.open_task(
                session,
                Draft(Kind.AD_HOC, "Fej", "cleaning", estimate=30),
                Place(estate.section),
                now - 20 * HOUR,
            )
            starts = now - (10 - n) * HOUR
            tasks.start(session, caretaker, task, None, starts)
            tasks.finish(session, caretaker, task, None, starts + HOUR / 2 + n * HOUR / 60)
        period = Period(today - timedelta(days=2), today)
        here = seeing(session, estate)
        (sort,) = queries.timed(session, here, period, today)
        assert (sort.type, sort.tasks, sort.estimated) == ("cleaning", 5, 5 * HOUR / 2)
        assert sort.worked == 5 * HOUR / 2 + 10 * HOUR / 60
        (portion,) = queries.split(session, here, period)
        assert (portion.kind, portion.time) == ("ad_hoc", sort.worked)
        assert queries.split(session, seeing(session, estate, "amina"), period) == []
