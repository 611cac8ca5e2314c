"""Visits: times are offered, one is taken by a tap, and nothing promised is lost."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases import queries as case_queries
from engagement.cases.actions import NOTHING, Words
from engagement.cases.models import Case
from engagement.cases.rules import State
from engagement.overdue import actions as overdue
from engagement.overdue.queries import is_overdue
from engagement.visits import actions, queries, rules
from engagement.visits.rules import Slot, VisitState, slot_problem
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.refusals import Missing, Refused
from tests.builders import Estate, build_estate
from tests.engagement.test_cases import (
    DARK,
    DRIPS,
    at_home,
    desk,
    in_stairwell,
    opened,
    resident,
)

HOUR = timedelta(hours=1)


def slot(days: int, hour: int, hours: int = 2) -> Slot:
    day = clock.local(clock.now()).date() + timedelta(days=days)
    starts = datetime.combine(day, time(hour), clock.LOCAL)
    return Slot(starts, starts + hours * HOUR)


OFFERED = (slot(2, 9), slot(3, 13))


def proposed(session: Session, estate: Estate, name: str = "amina") -> Case:
    case = opened(session, estate, DRIPS, at_home(session, estate, name), name)
    actions.propose(session, desk(session, estate), case.id, OFFERED, NOTHING, clock.now())
    return case


def agreed(session: Session, estate: Estate, name: str = "amina") -> Case:
    case = proposed(session, estate, name)
    take(session, estate, case, OFFERED[0], name)
    return case


def take(session: Session, estate: Estate, case: Case, time: Slot, name: str = "amina") -> None:
    actions.take(session, resident(session, estate, name), case.id, time.key, clock.now())


def visit_of(session: Session, estate: Estate, case: Case) -> queries.VisitLine:
    found = queries.to_plan(session, desk(session, estate), case.id)
    assert found is not None
    return found


def told(session: Session, estate: Estate, name: str, kind: str) -> list[str]:
    found = select(Notification.title).where(
        Notification.person_id == estate.people[name], Notification.kind == kind
    )
    return list(session.scalars(found.order_by(Notification.id)))


def test_one_tap_agrees_a_visit_and_both_are_told(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = proposed(session, estate)
        assert (case.state, case.holder_id) == (State.WAITING, estate.people["caretaker"])
        assert told(session, estate, "amina", "case.visit") == ["Choose when we may come"]
        take(session, estate, case, OFFERED[1])
        take(session, estate, case, OFFERED[1])  # a second tap is the same
        assert case.state is State.PLANNED
        assert visit_of(session, estate, case).agreed == OFFERED[1]
        assert "A visit is agreed" in told(session, estate, "caretaker", "case.work")
        assert told(session, estate, "amina", "case.visit") == ["A visit is agreed"]
        with pytest.raises(Refused, match="agreed already"):
            take(session, estate, case, OFFERED[0])
        staff = {estate.people["caretaker"]}
        day = clock.local(OFFERED[1].starts_at).date()
        assert [one.case for one in queries.of_staff(session, staff, day)] == [case.id]
        assert queries.of_staff(session, staff, day - timedelta(days=1)) == []
        assert queries.promised_by(session, estate.people["office"], clock.now()) == []


def test_neither_neighbours_nor_the_board_agree_a_visit(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = proposed(session, estate)
        for name in ("yasmin", "chair", "sofie"):
            with pytest.raises(Missing):
                take(session, estate, case, OFFERED[0], name)
        common = opened(session, estate, DARK, in_stairwell(estate))
        with pytest.raises(Refused, match="Nobody lives there"):
            actions.propose(
                session, desk(session, estate), common.id, OFFERED, NOTHING, clock.now()
            )


def test_one_caretaker_is_not_promised_to_two_homes_at_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        proposed(session, estate)
        hers, his = proposed(session, estate), proposed(session, estate, "yasmin")
        take(session, estate, hers, OFFERED[0])
        with pytest.raises(Refused, match="taken a moment ago"):
            take(session, estate, his, OFFERED[0], "yasmin")
        take(session, estate, his, OFFERED[1], "yasmin")
        with pytest.raises(Refused, match="agreed another visit"):
            actions.propose(session, desk(session, estate), his.id, OFFERED, NOTHING, clock.now())


def test_another_time_moves_the_same_visit_and_what_was_offered_before_is_gone(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = agreed(session, estate)
        first = visit_of(session, estate, case)
        others = (slot(4, 8), slot(5, 8))
        actions.propose(session, desk(session, estate), case.id, others, NOTHING, clock.now())
        between = visit_of(session, estate, case)
        assert not between.stands
        assert between.sequence > first.sequence
        with pytest.raises(Refused, match="no longer offered"):
            take(session, estate, case, OFFERED[0])
        take(session, estate, case, others[1])
        moved = visit_of(session, estate, case)
        assert (moved.id, moved.agreed, moved.stands) == (first.id, others[1], True)
        assert moved.sequence > between.sequence


def test_none_suits_or_not_after_all_and_the_staff_are_told(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case, amina = proposed(session, estate), resident(session, estate)
        wish = Words(phrase="suits_morning")
        actions.suits_not(session, amina, case.id, wish, clock.now())
        assert (case.state, case.staffs_turn) == (State.TAKEN, True)
        assert visit_of(session, estate, case).state is VisitState.DECLINED
        actions.propose(session, desk(session, estate), case.id, OFFERED, NOTHING, clock.now())
        take(session, estate, case, OFFERED[0])
        actions.suits_not(session, amina, case.id, Words("Jeg er syg."), clock.now())
        assert (case.state, visit_of(session, estate, case).stands) == (State.TAKEN, False)
        titles = told(session, estate, "caretaker", "case.work")
        assert "An agreed visit was called off" in titles
        with pytest.raises(Refused, match="no visit"):
            actions.suits_not(session, amina, case.id, wish, clock.now())
        with pytest.raises(Refused, match="no visit"):
            actions.call_off(session, desk(session, estate), case.id, NOTHING, clock.now())


def test_the_day_before_the_household_is_reminded_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        agreed(session, estate)
        evening = rules.reminded_at(OFFERED[0])
        assert actions.come_round(session, evening - HOUR) == 0
        assert actions.come_round(session, evening) == 1
        assert actions.come_round(session, evening + HOUR) == 0
        assert told(session, estate, "amina", "case.visit") == ["We come to you tomorrow"]


def test_times_nobody_chose_from_are_told_once_to_the_household_and_then_to_the_staff(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case, now = proposed(session, estate), clock.now()
        assert actions.come_round(session, now + 23 * HOUR) == 0
        assert actions.come_round(session, now + 25 * HOUR) == 1
        assert actions.come_round(session, now + 26 * HOUR) == 0
        assert not case.staffs_turn
        assert actions.come_round(session, now + 73 * HOUR) == 1
        assert actions.come_round(session, now + 99 * HOUR) == 0
        assert case.staffs_turn
        assert "Nobody has chosen a time for the visit" in told(
            session, estate, "caretaker", "case.work"
        )


def test_the_office_hears_once_of_a_visit_that_slipped(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = agreed(session, estate)
        over = OFFERED[0].ends_at
        assert overdue.come_round(session, over + 0.5 * HOUR) == 0
        assert overdue.come_round(session, over + 2 * HOUR) == 1
        assert overdue.come_round(session, over + 3 * HOUR) == 0
        assert len(told(session, estate, "office", "case.overdue")) == 1
        assert told(session, estate, "caretaker", "case.overdue") == []
        office = desk(session, estate, "office")
        late = is_overdue(over + 2 * HOUR)
        shown = case_queries.inbox(session, office, case_queries.Filter(), late)
        assert [one.id for one in shown] == [case.id]
        with pytest.raises(Refused, match="not come yet"):
            actions.nobody_home(session, office, case.id, clock.now())
        actions.nobody_home(session, office, case.id, over)
        assert visit_of(session, estate, case).state is VisitState.NOBODY_HOME
        assert case_queries.inbox(session, office, case_queries.Filter(), is_overdue(over)) == []
        assert told(session, estate, "amina", "case.visit") == ["We came, and nobody was home"]
        actions.propose(session, office, case.id, (slot(4, 8), slot(5, 8)), NOTHING, over)
        assert visit_of(session, estate, case).agreed is None  # the next is another visit


def test_the_office_hears_once_of_what_cannot_wait_and_waits(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        burst = DRIPS.__class__(DRIPS.kind, "Det fosser.", category="burst_pipe")
        case = opened(session, estate, burst, at_home(session, estate))
        opened(session, estate, DRIPS, at_home(session, estate, "yasmin"), "yasmin")
        assert overdue.come_round(session, case.due_at) == 0
        assert overdue.come_round(session, case.due_at + HOUR) == 1
        assert overdue.come_round(session, case.due_at + 2 * HOUR) == 0
        assert len(told(session, estate, "office", "case.overdue")) == 1


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (slot(-1, 9), "past"),
        (slot(2, 5), "Between"),
        (slot(2, 19), "Between"),
        (slot(2, 9, 7), "6 hours"),
        (slot(2, 9, -1), "before it begins"),
        (slot(120, 9), "90 days"),
    ],
)
def test_nobody_is_asked_to_wait_at_odd_hours(offered: Slot, said: str) -> None:
    problem = slot_problem(offered, clock.now())
    assert problem is not None
    assert said in problem.text
