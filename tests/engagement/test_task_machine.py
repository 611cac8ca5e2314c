"""Tasks under any order of steps by two people with two phones: one clock runs, and it adds up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from typing_extensions import override

from engagement.tasks import actions, rules
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import Draft, Kind, Place, State, Step
from estate import clock
from estate.database import Database
from estate.permissions import Permission, scope
from estate.refusals import Refused
from estate.told import Told
from tests.builders import build_estate, reader

WHO, WHICH = st.integers(0, 1), st.integers(0, 1)
PHONE = st.none() | st.tuples(st.integers(-7200, 7200), st.integers(-7200, 7200))
"""What a phone says: seconds its clock is off, and by how many it thinks it is."""


def machine(database: Database) -> type[RuleBasedStateMachine]:
    """Two tasks, a caretaker and somebody of the office, on a database that forgets it after."""

    class TaskMachine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            self.opened = database.write()
            self.session = self.opened.__enter__()
            estate = build_estate(self.session)
            self.now = clock.now()
            self.scopes = [
                scope(reader(self.session, estate.people[name]), Permission.DO_TASKS)
                for name in ("caretaker", "office")
            ]
            draft = Draft(Kind.AD_HOC, "Fej", "cleaning")
            self.tasks = [
                actions.open_task(self.session, draft, Place(estate.section), self.now)
                for _ in range(2)
            ]
            self.states = [State.OPEN, State.OPEN]
            self.holders: list[int | None] = [None, None]
            self.notes = 0

        def told(self, phone: tuple[int, int] | None) -> Told | None:
            if phone is None:
                return None
            off, thought = (timedelta(seconds=one) for one in phone)
            return Told(self.now - off, thought)

        def step(self, which: int, step: Step, act: Callable[[], None], *, may: bool) -> bool:
            """Do it, and hear that it was done exactly where the table lets it be done."""
            due = may and rules.allowed(self.states[which], step)
            nested = self.session.begin_nested()
            try:
                act()
                nested.commit()
            except Refused:
                nested.rollback()
                assert not due, (self.states[which], step)
                return False
            assert due, (self.states[which], step)
            self.states[which] = rules.after(self.states[which], step)
            return True

        def free_for(self, who: int, which: int) -> bool:
            return self.holders[which] in {None, self.scopes[who].person}

        @rule(who=WHO, which=WHICH)
        def take(self, who: int, which: int) -> None:
            if self.holders[which] == self.scopes[who].person:
                return
            act = lambda: actions.take(  # noqa: E731
                self.session, self.scopes[who], self.tasks[which], self.now
            )
            if self.step(which, Step.TAKE, act, may=self.holders[which] is None):
                self.holders[which] = self.scopes[who].person

        @rule(who=WHO, which=WHICH)
        def release(self, who: int, which: int) -> None:
            act = lambda: actions.release(  # noqa: E731
                self.session, self.scopes[who], self.tasks[which], self.now
            )
            if self.step(which, Step.RELEASE, act, may=True):
                self.holders[which] = None

        @rule(who=WHO, which=WHICH, phone=PHONE)
        def start(self, who: int, which: int, phone: tuple[int, int] | None) -> None:
            me = self.scopes[who]
            act = lambda: actions.start(  # noqa: E731
                self.session, me, self.tasks[which], self.told(phone), self.now
            )
            if self.step(which, Step.START, act, may=self.free_for(who, which)):
                self.holders[which] = me.person
                other = 1 - which
                if self.states[other] is State.RUNNING and self.holders[other] == me.person:
                    self.states[other] = State.PAUSED

        @rule(who=WHO, which=WHICH, phone=PHONE)
        def pause(self, who: int, which: int, phone: tuple[int, int] | None) -> None:
            act = lambda: actions.pause(  # noqa: E731
                self.session,
                self.scopes[who],
                self.tasks[which],
                "resident",
                self.told(phone),
                self.now,
            )
            self.step(which, Step.PAUSE, act, may=self.free_for(who, which))

        @rule(who=WHO, which=WHICH, phone=PHONE)
        def finish(self, who: int, which: int, phone: tuple[int, int] | None) -> None:
            act = lambda: actions.finish(  # noqa: E731
                self.session, self.scopes[who], self.tasks[which], self.told(phone), self.now
            )
            self.step(which, Step.FINISH, act, may=self.free_for(who, which))

        @rule(who=WHO, which=WHICH)
        def reopen(self, who: int, which: int) -> None:
            act = lambda: actions.reopen(  # noqa: E731
                self.session, self.scopes[who], self.tasks[which], self.now
            )
            self.step(which, Step.REOPEN, act, may=True)

        @rule(seconds=st.sampled_from([0, 1, 60, 86400]))
        def later(self, seconds: int) -> None:
            self.now += timedelta(seconds=seconds)

        @invariant()
        def the_rows_are_where_the_table_says(self) -> None:
            for number, state, holder in zip(self.tasks, self.states, self.holders, strict=True):
                row = self.session.get_one(Task, number, populate_existing=True)
                assert (row.state, row.assignee_id) == (state, holder)
                assert (row.finished_at is None) == (state in rules.TO_DO)

        @invariant()
        def one_clock_of_a_person_runs_where_the_task_does(self) -> None:
            running = list(
                self.session.execute(
                    select(Spell.task_id, Spell.person_id).where(Spell.ended_at.is_(None))
                )
            )
            assert len({person for _, person in running}) == len(running)
            assert sorted(number for number, _ in running) == [
                number
                for number, state in zip(self.tasks, self.states, strict=True)
                if state is State.RUNNING
            ]

        @invariant()
        def nobodys_stretches_overlap_or_are_of_tomorrow(self) -> None:
            ends: dict[int | None, datetime] = {}
            spells = self.session.scalars(select(Spell).order_by(Spell.id))
            for spell in spells:
                assert spell.started_at <= (spell.ended_at or self.now) <= self.now
                before = ends.get(spell.person_id)
                assert before is None or before <= spell.started_at
                ends[spell.person_id] = spell.ended_at or self.now

        @invariant()
        def steps_stand_in_the_order_in_which_they_count(self) -> None:
            for number in self.tasks:
                moments = list(
                    self.session.scalars(
                        select(TaskEntry.at)
                        .where(TaskEntry.task_id == number)
                        .order_by(TaskEntry.id)
                    )
                )
                assert moments == sorted(moments)

        @override
        def teardown(self) -> None:
            if hasattr(self, "session"):
                self.session.rollback()
                self.opened.__exit__(None, None, None)

    return TaskMachine


def test_no_order_of_steps_and_no_clock_makes_the_work_not_add_up(database: Database) -> None:
    run_state_machine_as_test(
        machine(database),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
