"""The maintenance plan: when things are due, and what a late finish changes; nothing is lost."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engagement.plans import actions, queries
from engagement.plans.models import PlanDone, PlanItem
from engagement.plans.rules import (
    PRESETS,
    Follows,
    Recurrence,
    Season,
    Wording,
    is_month_day,
    item_problems,
    plain_rule,
)
from engagement.tasks import actions as tasks
from engagement.tasks import queries as task_queries
from engagement.tasks.queries import Filter
from engagement.tasks.rules import Kind
from estate import clock
from estate.database import Database
from estate.permissions import Permission, Scope, scope
from estate.refusals import Missing, Problems
from tests.builders import Estate, build_estate, reader

OCTOBER = date(2026, 10, 5)
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
MONTH_DAYS = DAYS.map(lambda day: f"{day:%m-%d}").filter(is_month_day)
RULES = st.sampled_from([*PRESETS, "FREQ=DAILY;INTERVAL=3", "FREQ=MONTHLY;BYDAY=1MO"])


@given(
    RULES,
    DAYS,
    st.none() | st.builds(Season, MONTH_DAYS, MONTH_DAYS),
    st.integers(0, 60),
    st.sampled_from(Follows),
    st.integers(-30, 900),
)
def test_the_next_date_is_later_in_season_and_not_after_the_latest(
    rule: str, begins: date, season: Season | None, spare: int, follows: Follows, late: int
) -> None:
    how = Recurrence(rule, begins, season, spare, follows)
    first = how.first()
    assert first is not None
    assert first >= begins
    done = first + timedelta(days=late)
    due = how.next_due(first, done)
    assert due is not None
    assert due > max(first, done)
    for day in (first, due):
        assert season is None or season.holds(day)
        assert day <= how.latest(day) <= day + timedelta(days=spare)
        assert season is None or season.holds(how.latest(day))
    ahead = how.ahead(first, first + timedelta(days=700))
    assert ahead == sorted(set(ahead))


@pytest.mark.parametrize(
    ("follows", "done", "due"),
    [
        (Follows.PLAN, date(2026, 10, 5), date(2027, 1, 5)),
        (Follows.PLAN, date(2026, 11, 20), date(2027, 1, 5)),
        (Follows.PLAN, date(2027, 2, 1), date(2027, 4, 5)),
        (Follows.FINISH, date(2026, 11, 20), date(2027, 2, 20)),
        (Follows.FINISH, date(2026, 9, 30), date(2026, 12, 28)),
        (Follows.FINISH, date(2026, 11, 30), date(2027, 2, 28)),
    ],
)
def test_after_a_late_finish_the_next_date_follows_the_plan_or_the_finish(
    follows: Follows, done: date, due: date
) -> None:
    quarterly = Recurrence("FREQ=MONTHLY;INTERVAL=3", OCTOBER, follows=follows)
    assert quarterly.next_due(OCTOBER, done) == due


def test_a_season_may_pass_the_new_year() -> None:
    winter = Season("11-15", "03-01")
    assert winter.holds(date(2026, 1, 1))
    assert winter.moved(date(2026, 6, 1)) == date(2026, 11, 15)
    assert winter.last(date(2026, 12, 1)) == date(2027, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "FREQ=HOURLY", "FREQ=YEARLY;COUNT=3", "FREQ=YEARLY;UNTIL=20300101", "weekly"),
        *("FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;INTERVAL=21", "FREQ=YEARLY;FREQ=DAILY"),
        *("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=YEARLY;BYSETPOS=1"),
        *("FREQ=YEARLY;BYHOUR=3", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY\nRRULE:FREQ=DAILY"),
    ],
)
def test_a_rule_without_sense_is_no_rule(text: str) -> None:
    assert plain_rule(text) is None


def test_a_rule_that_no_day_fits_is_refused_at_once() -> None:
    typed = {
        "title": "Rens",
        "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "starts_on": "2026-10-05",
        "follows": "plan",
    }
    assert set(item_problems(typed)) == {"rule"}
    assert item_problems({**typed, "rule": "rrule:bymonth=10;freq=yearly"}) == {}


def keeper(session: Session, estate: Estate, name: str = "caretaker") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.KEEP_PLAN)


def gutters(estate: Estate, follows: Follows = Follows.PLAN) -> Wording:
    how = Recurrence("FREQ=YEARLY", OCTOBER, Season("10-01", "11-30"), 30, follows)
    return Wording(estate.section, None, "Rens tagrender", "Taget", "", how, 90)


def done(session: Session, estate: Estate, number: int, due: date, on: date) -> None:
    actions.say_done(session, keeper(session, estate), number, due, on, 80, "", clock.now())


def test_a_due_date_is_done_once_and_the_next_one_follows(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        mine = keeper(session, estate)
        number = actions.add(session, mine, gutters(estate))
        line = queries.item_line(session, mine, number)
        assert line is not None
        assert (line.item.due_on, line.item.latest_on) == (OCTOBER, date(2026, 11, 4))
        done(session, estate, number, OCTOBER, date(2026, 12, 12))
        line = queries.item_line(session, mine, number)
        assert line is not None
        assert line.item.due_on == date(2027, 10, 5)
        with pytest.raises(Problems):
            done(session, estate, number, OCTOBER, date(2026, 12, 13))
        (kept,) = queries.done_in(session, mine, section=estate.section)
        assert (kept.title, kept.done.minutes, kept.by) == ("Rens tagrender", 80, "Caretaker")


def test_what_has_ended_keeps_what_was_done_and_goes_only_when_that_has_gone(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        mine = keeper(session, estate)
        number = actions.add(session, mine, gutters(estate))
        done(session, estate, number, OCTOBER, OCTOBER)
        actions.end(session, mine, number, clock.now())
        assert queries.items_in(session, mine) == []
        assert len(queries.done_in(session, mine, item=number)) == 1
        actions.forget(session, clock.now() - timedelta(days=7305))
        assert session.scalar(select(func.count()).select_from(PlanDone)) == 1
        later = clock.now() + timedelta(days=1)
        actions.forget(session, later)
        actions.forget(session, later)
        assert session.scalar(select(func.count()).select_from(PlanItem)) == 0


def test_the_plan_of_another_section_is_nobodys_to_read_or_change(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = actions.add(session, keeper(session, estate), gutters(estate))
        for name in ("amina", "chair"):
            stranger = keeper(session, estate, name)
            assert queries.item_line(session, stranger, number) is None
            assert queries.items_in(session, stranger) == []
            with pytest.raises(Missing):
                actions.change(session, stranger, number, gutters(estate), clock.now())


def at_work(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["caretaker"]), Permission.DO_TASKS)


def weekly(estate: Estate, begins: date, follows: Follows = Follows.PLAN) -> Wording:
    how = Recurrence("FREQ=WEEKLY", begins, spare=3, follows=follows)
    return Wording(estate.section, None, "Se efter vaskeriet", "Vaskeriet", "", how, 20)


@pytest.mark.parametrize(
    ("follows", "late", "next_in"),
    [(Follows.PLAN, 2, 7), (Follows.PLAN, 9, 14), (Follows.FINISH, 2, 9), (Follows.FINISH, 9, 16)],
)
def test_a_late_task_moves_the_plan_as_its_item_says(
    database: Database, follows: Follows, late: int, next_in: int
) -> None:
    """Opened once by the night, timed by its clock, done late: the next stands where it must."""
    now, day = clock.now(), clock.today()
    with database.write() as session:
        estate = build_estate(session)
        mine, me = keeper(session, estate), at_work(session, estate)
        number = actions.add(session, mine, weekly(estate, day, follows))
        assert (actions.open_due(session, now), actions.open_due(session, now)) == (1, 0)
        (line,) = task_queries.to_do(session, me, Filter("free"), day)
        assert (line.kind, line.title, line.due) == (Kind.RECURRING, "Se efter vaskeriet", day)
        assert line.latest == day + timedelta(days=3)
        ended = now + timedelta(days=late)
        tasks.start(session, me, line.id, None, ended - timedelta(minutes=25))
        tasks.finish(session, me, line.id, None, ended)
        actions.task_finished(session, me, line.id, ended)
        actions.task_finished(session, me, line.id, ended)
        (kept,) = queries.done_in(session, mine, item=number)
        assert (kept.done.due_on, kept.done.done_on) == (day, clock.local(ended).date())
        assert (kept.done.minutes, kept.done.task_id, kept.by) == (25, line.id, "Caretaker")
        found = queries.item_line(session, mine, number)
        assert found is not None
        assert found.item.due_on == day + timedelta(days=next_in)


def test_what_is_written_down_or_changed_takes_its_task_along(database: Database) -> None:
    now, day = clock.now(), clock.today()
    with database.write() as session:
        estate = build_estate(session)
        mine, me = keeper(session, estate), at_work(session, estate)
        by_hand = actions.add(session, mine, weekly(estate, day))
        changed = actions.add(session, mine, weekly(estate, day))
        ended = actions.add(session, mine, weekly(estate, day))
        assert actions.open_due(session, now) == 3
        done(session, estate, by_hand, day, day)
        actions.change(session, mine, changed, weekly(estate, day + timedelta(days=1)), now)
        actions.end(session, mine, ended, now)
        assert task_queries.to_do(session, me, Filter("all"), day) == []
        assert actions.open_due(session, now) == 2
        dues = [line.due for line in task_queries.to_do(session, me, Filter("all"), day)]
        assert dues == [day + timedelta(days=1), day + timedelta(days=7)]
