"""Cases under any order of steps: nothing outside the table, and no word lost."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

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

from engagement.cases import actions, queries, rules
from engagement.cases.actions import Author, Words
from engagement.cases.models import Case, CasePrivate
from engagement.cases.queries import Desk
from engagement.cases.rules import FINAL, Draft, Kind, Origin, Private, State, Step, Visits
from engagement.handling import actions as handling
from engagement.spots import queries as spots
from estate import clock
from estate.database import Database
from estate.permissions import Permission, scope
from estate.photos.store import Store
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from tests.builders import build_estate, reader

PRIVATE = Private(True, "Formiddag", "En kat", "20304050")


def machine(database: Database, folder: Path) -> type[RuleBasedStateMachine]:
    """Amina's matter between her and two of the staff, on a database that forgets it after."""
    store, log = Store(folder / "photos"), ErasureLog(folder / "erasures.log")

    class CaseMachine(RuleBasedStateMachine):
        @initialize(kind=st.sampled_from([Kind.FAULT, Kind.MESSAGE]))
        def begin(self, kind: Kind) -> None:
            self.opened = database.write()
            self.session = self.opened.__enter__()
            estate = build_estate(self.session)
            self.now = clock.now()
            person = reader(self.session, estate.people["amina"])
            self.amina = scope(person, Permission.REPORT_CASES)
            self.desks = [
                Desk(
                    scope(one, Permission.HANDLE_CASES),
                    scope(one, Permission.HANDLE_COMPLAINTS),
                )
                for one in (
                    reader(self.session, estate.people[name]) for name in ("caretaker", "office")
                )
            ]
            place = spots.home_places(self.amina)[0]
            category = "tap_drip" if kind is Kind.FAULT else ""
            draft = Draft(kind, "Den drypper.", category=category, private=PRIVATE)
            author = Author(Origin.APP, reporter=self.amina.person)
            case = actions.open_case(self.session, author, draft, place, self.now, self.now)
            self.case, self.kind, self.state = case, kind, State.NEW
            self.holder: int | None = None
            self.turn, self.said = True, list[str]()
            self.done = self.now

        def step(self, step: Step, act: Callable[[], None], *, may: bool = True) -> bool:
            """Do it, and hear that it was done exactly where the table lets it be done."""
            due = may and rules.allowed(self.kind, self.state, step)
            nested = self.session.begin_nested()
            try:
                act()
                nested.commit()
            except Refused:
                nested.rollback()
                assert not due, (self.state, step)
                return False
            assert due, (self.state, step)
            self.state = rules.after(self.kind, self.state, step)
            self.turn = rules.staffs_turn(self.turn, step)
            return True

        def words(self) -> Words:
            return Words(f"Ord nr. {len(self.said)}.")

        @rule(who=st.integers(0, 1))
        def take(self, who: int) -> None:
            desk = self.desks[who]
            if self.holder == desk.cases.person:
                return
            act = lambda: handling.take(self.session, desk, self.case.id, self.now)  # noqa: E731
            step = Step.TAKE if self.state is State.NEW else Step.TAKE_OVER
            if self.step(step, act, may=self.holder is None):
                self.holder = desk.cases.person

        @rule(who=st.integers(0, 1))
        def release(self, who: int) -> None:
            desk = self.desks[who]
            act = lambda: handling.release(self.session, desk, self.case.id, self.now)  # noqa: E731
            if self.step(Step.RELEASE, act):
                self.holder = None

        @rule(who=st.integers(0, 1), waits=st.booleans())
        def answer(self, who: int, waits: bool) -> None:
            desk, words = self.desks[who], self.words()
            do, step = (handling.wait_for, Step.WAIT) if waits else (handling.answer, Step.ANSWER)
            act = lambda: do(self.session, desk, self.case.id, words, store, self.now)  # noqa: E731
            if self.step(step, act):
                self.said.append(words.text)

        @rule()
        def write(self) -> None:
            words = self.words()
            act = lambda: actions.write(  # noqa: E731
                self.session, self.amina, self.case.id, words, store, self.now, self.now
            )
            if self.step(Step.WRITE, act):
                self.said.append(words.text)

        @rule(who=st.integers(0, 1))
        def finish(self, who: int) -> None:
            desk, words = self.desks[who], self.words()
            act = lambda: handling.finish(  # noqa: E731
                self.session, desk, self.case.id, Visits.FIRST, "", words, self.now
            )
            if self.step(Step.FINISH, act):
                self.said.append(words.text)
                self.done = self.now

        @rule()
        def fixed(self) -> None:
            act = lambda: actions.say_fixed(  # noqa: E731
                self.session, self.amina, self.case.id, self.now, log
            )
            self.step(Step.FIXED, act)

        @rule()
        def not_fixed(self) -> None:
            words = self.words()
            act = lambda: actions.say_not_fixed(  # noqa: E731
                self.session, self.amina, self.case.id, words, self.now
            )
            if self.step(Step.NOT_FIXED, act, may=self.now < self.done + timedelta(days=14)):
                self.said.append(words.text)
                self.holder = None

        @rule()
        def turns_into_a_fault(self) -> None:
            act = lambda: handling.turn(  # noqa: E731
                self.session, self.desks[0], self.case.id, "tap_drip", self.now
            )
            if self.step(Step.TURN, act):
                self.kind = Kind.FAULT

        @rule(days=st.sampled_from([1, 13, 14]))
        def a_night_after(self, days: int) -> None:
            self.now += timedelta(days=days)
            over = self.state is State.DONE and self.now >= self.done + timedelta(days=14)
            closed = actions.lapse(self.session, self.now, log)
            assert closed == int(over)
            if over:
                self.state = rules.after(self.kind, self.state, Step.LAPSE)

        @invariant()
        def the_row_is_where_the_table_says(self) -> None:
            row = self.session.get_one(Case, self.case.id, populate_existing=True)
            assert (row.kind, row.state, row.staffs_turn) == (self.kind, self.state, self.turn)
            assert row.holder_id == self.holder
            assert (row.closed_at is not None) == (self.state in FINAL)

        @invariant()
        def every_word_is_in_both_timelines(self) -> None:
            hers = queries.timeline_to_read(self.session, self.amina, self.case.id)
            theirs = queries.timeline_to_handle(self.session, self.desks[0], self.case.id)
            for entries in (hers, theirs):
                assert [one.text for one in entries if one.text] == self.said

        @invariant()
        def the_private_fields_are_gone_exactly_when_it_is_over(self) -> None:
            kept = self.session.scalar(
                select(CasePrivate.phone).where(CasePrivate.case_id == self.case.id)
            )
            assert kept == (None if self.state in FINAL else PRIVATE.phone)

        @override
        def teardown(self) -> None:
            if hasattr(self, "session"):
                self.session.rollback()
                self.opened.__exit__(None, None, None)

    return CaseMachine


def test_no_order_of_steps_leaves_the_table_or_loses_a_word(
    database: Database, tmp_path: Path
) -> None:
    run_state_machine_as_test(
        machine(database, tmp_path),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
