"""Tasks in the database: opened once, taken by one, timed by the phone that was there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.absences import actions as absences
from engagement.tasks import actions, queries, rules
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.queries import Filter
from engagement.tasks.rules import Draft, Kind, Place, State
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.permissions import TABLE, Permission, Role, Scope, scope
from estate.refusals import Missing, Refused
from estate.told import Told
from tests.builders import Estate, build_estate, reader
from tests.engagement.test_cases import DRIPS, at_home, desk, opened
from tests.rivals import meet

SWEEP = Draft(Kind.AD_HOC, "Fej kældergangen", "cleaning", estimate=30)
MINUTE = timedelta(minutes=1)


def at_work(session: Session, estate: Estate, name: str = "caretaker") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.DO_TASKS)


def new(session: Session, estate: Estate, **more: object) -> int:
    return actions.open_task(session, SWEEP, Place(estate.section), clock.now(), **more)  # type: ignore[arg-type]


def test_only_who_works_there_finds_a_task(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        task = new(session, estate)
        for name in ("amina", "chair"):
            nobody = at_work(session, estate, name)
            assert not nobody.sections
            with pytest.raises(Missing):
                queries.to_work(session, nobody, task)
            assert queries.to_do(session, nobody, Filter("all"), clock.today()) == []
        assert queries.to_work(session, at_work(session, estate), task).line.title == SWEEP.title
    may = {role for role, permissions in TABLE.items() if Permission.DO_TASKS in permissions}
    assert may == {Role.CARETAKER, Role.OFFICE}


def test_what_has_an_origin_is_opened_once(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        first = new(session, estate, origin="plan:1:2026-11-24")
        assert new(session, estate, origin="plan:1:2026-11-24") == first
        assert new(session, estate, origin="plan:1:2026-12-24") != first
        assert new(session, estate) != new(session, estate)


def test_starting_something_else_pauses_what_ran_at_that_moment(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        me = at_work(session, estate)
        first, second = new(session, estate), new(session, estate)
        actions.start(session, me, first, None, now)
        actions.start(session, me, second, None, now + MINUTE)
        line = queries.to_work(session, me, first).line
        assert (line.state, line.running_since) == (State.PAUSED, None)
        ran = session.scalars(select(Spell).where(Spell.task_id == first)).one()
        assert (ran.ended_at, ran.pause) == (now + MINUTE, rules.OTHER_TASK)
        running = queries.running(session, me)
        assert running is not None
        assert (running.id, running.running_since) == (second, now + MINUTE)


def test_a_step_keeps_both_the_phones_time_and_ours(database: Database) -> None:
    now = clock.now() + timedelta(hours=1)
    with database.write() as session:
        estate = build_estate(session)
        me, task = at_work(session, estate), new(session, estate)
        slow = Told(now - timedelta(hours=2), timedelta(hours=2) - 5 * MINUTE)
        actions.start(session, me, task, slow, now)
        early = Told(now - timedelta(hours=3), timedelta())
        actions.pause(session, me, task, "resident", early, now)
        start, pause = session.scalars(select(TaskEntry).order_by(TaskEntry.id)).all()
        assert (start.at, start.clamped) == (now - 5 * MINUTE, False)
        assert (start.said_at, start.offset_seconds) == (slow.said, 6900)
        assert (pause.at, pause.clamped) == (start.at + rules.TICK, True)
        assert pause.said_at == early.said


def test_nobody_else_times_or_ends_what_somebody_has(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        me, office = at_work(session, estate), at_work(session, estate, "office")
        task = new(session, estate, by=me.person, assignee=me.person)
        for deed in (actions.start, actions.finish):
            with pytest.raises(Refused, match="has this task"):
                deed(session, office, task, None, now)
        with pytest.raises(Refused, match="took this a moment ago"):
            actions.take(session, office, task, now)
        actions.give(session, me, task, office.person, now)
        actions.start(session, office, task, None, now)
        with pytest.raises(Refused, match="Pause it first"):
            actions.release(session, office, task, now)
        told = select(Notification.person_id).where(Notification.kind == rules.WORK.name)
        assert list(session.scalars(told)) == [office.person]


def test_the_task_of_a_case_is_made_once_and_ends_with_it(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        me = at_work(session, estate)
        case = opened(session, estate, DRIPS, at_home(session, estate))
        here = desk(session, estate)
        task = actions.open_for_case(session, here, me, case.id, now)
        assert actions.open_for_case(session, here, me, case.id, now) == task
        line = queries.to_work(session, me, task).line
        assert (line.kind, line.case, line.type) == (Kind.FAULT, case.id, "visit")
        assert line.title == "Dryppende vandhane"
        actions.start(session, me, task, None, now)
        actions.finish_for_case(session, me, case.id, now + MINUTE)
        done = queries.to_work(session, me, task)
        assert done.line.state is State.DONE
        assert rules.worked(done.spells, now + 10 * MINUTE) == MINUTE
        actions.finish_for_case(session, me, case.id, now)


def test_the_list_tells_what_is_late_and_leaves_out_what_comes_later(database: Database) -> None:
    day = clock.today()
    with database.write() as session:
        estate = build_estate(session)
        me = at_work(session, estate)
        for due, title in ((-1, "I går"), (0, "I dag"), (3, "Snart"), (30, "Siden"), (None, "Når")):
            on = day + timedelta(days=due) if due is not None else None
            draft = Draft(Kind.AD_HOC, title, "other", due=on)
            actions.open_task(session, draft, Place(estate.section), clock.now())
        found = queries.to_do(session, me, Filter(), day)
        assert [line.title for line in found] == ["I går", "I dag", "Snart", "Når"]
        assert [line.title for line in found if line.overdue(day)] == ["I går"]
        assert queries.to_do(session, me, Filter("mine"), day) == []


def test_of_the_absent_a_running_clock_stops_and_the_task_is_free(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        me = at_work(session, estate)
        task = new(session, estate)
        actions.start(session, me, task, None, now)
        office, day = at_work(session, estate, "office"), clock.local(now).date()
        assert queries.to_do(session, office, Filter(), day) == []
        absences.be_away(session, office, me.person, (day, day), now, day)
        (line,) = queries.to_do(session, office, Filter("free"), day)
        assert (line.id, line.assignee, line.free) == (task, me.person, True)
        actions.take(session, office, task, now + MINUTE)
        line = queries.to_work(session, me, task).line
        assert (line.state, line.assignee) == (State.PAUSED, office.person)
        ran = session.scalars(select(Spell)).one()
        assert (ran.ended_at, ran.pause) == (now + MINUTE, rules.AWAY)


def test_what_is_erased_leaves_nothing(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        me, task = at_work(session, estate), new(session, estate)
        actions.start(session, me, task, None, now)
        actions.finish(session, me, task, None, now)
        assert actions.forget(session, now) == []
        assert actions.forget(session, now + MINUTE) == [task]
        for table in (Task, Spell, TaskEntry):
            assert session.scalars(select(table)).all() == []


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    data = Database(postgres_url, origin="test")
    yield data
    data.close()


def test_of_two_who_take_it_at_once_one_has_it(postgres: Database) -> None:
    with postgres.write() as session:
        estate = build_estate(session)
        task = new(session, estate)
        mine, theirs = at_work(session, estate), at_work(session, estate, "office")
    trouble = meet(
        postgres,
        lambda session: actions.take(session, mine, task, clock.now()),
        lambda session: actions.take(session, theirs, task, clock.now()),
    )
    assert isinstance(trouble, Refused)
    with postgres.read() as session:
        assert session.get_one(Task, task).assignee_id == mine.person


def test_two_phones_of_one_person_leave_one_clock_running(postgres: Database) -> None:
    with postgres.write() as session:
        estate = build_estate(session)
        first, second = new(session, estate), new(session, estate)
        me = at_work(session, estate)
    now = clock.now()
    trouble = meet(
        postgres,
        lambda session: actions.start(session, me, first, None, now),
        lambda session: actions.start(session, me, second, None, now + MINUTE),
    )
    assert trouble is None
    with postgres.read() as session:
        running = session.scalars(select(Spell).where(Spell.ended_at.is_(None))).one()
        assert running.task_id == second
