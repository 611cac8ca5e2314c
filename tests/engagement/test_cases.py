"""Cases: who reads and does what, and that every step keeps what was said."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engagement.cases import actions, queries
from engagement.cases.actions import Author, Words
from engagement.cases.models import Case, CaseEntry, CasePrivate
from engagement.cases.queries import Desk, Filter
from engagement.cases.rules import (
    Draft,
    Kind,
    Origin,
    Outcome,
    Place,
    Private,
    Seen,
    State,
    Visits,
    problems,
)
from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT, Urgency
from engagement.handling import actions as handling
from engagement.spots import queries as spots
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.people.models import Household, RoleHolding
from estate.permissions import Permission, Scope, scope
from estate.photos.store import Store
from estate.refusals import Missing, Refused
from estate.retention.actions import replay
from estate.retention.log import ErasureLog
from tests.builders import Estate, build_estate, reader
from web.kinds import REPLAYED

DRIPS = Draft(
    Kind.FAULT,
    "Den drypper.",
    category="tap_drip",
    private=Private(True, "Formiddag", "En kat", "20304050"),
)
DARK = Draft(Kind.FAULT, "Helt sort.", category="common_light")
ASKS = Draft(Kind.MESSAGE, "Hvornår er festlokalet ledigt?")


def resident(session: Session, estate: Estate, name: str = "amina") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.READ_CASES)


def desk(session: Session, estate: Estate, name: str = "caretaker") -> Desk:
    person = reader(session, estate.people[name])
    return Desk(scope(person, Permission.HANDLE_CASES), scope(person, Permission.HANDLE_COMPLAINTS))


def at_home(session: Session, estate: Estate, name: str = "amina") -> Place:
    return spots.home_places(resident(session, estate, name))[0]


def in_stairwell(estate: Estate, name: str = "amina") -> Place:
    return Place(
        estate.section,
        estate.north,
        estate.building,
        estate.stairwell,
        household=estate.households[name],
    )


def opened(
    session: Session, estate: Estate, draft: Draft, place: Place, name: str = "amina"
) -> Case:
    author = Author(Origin.APP, reporter=estate.people[name])
    return actions.open_case(session, author, draft, place, clock.now(), clock.now())


@pytest.fixture
def log(tmp_path: Path) -> ErasureLog:
    return ErasureLog(tmp_path / "erasures.log")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "photos")


def told(session: Session, name: str, estate: Estate) -> list[str]:
    found = select(Notification.title).where(Notification.person_id == estate.people[name])
    return list(session.scalars(found))


def test_a_fault_at_home_is_read_by_the_household_and_the_staff_alone(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        assert queries.to_read(session, resident(session, estate), case).own
        assert queries.to_handle(session, desk(session, estate), case).text == "Den drypper."
        for name in ("yasmin", "jonas", "bent", "sofie", "chair"):
            with pytest.raises(Missing):
                queries.to_read(session, resident(session, estate, name), case)
        with pytest.raises(Missing):
            queries.to_handle(session, desk(session, estate, "chair"), case)
        assert queries.in_common_places(session, resident(session, estate, "yasmin")) == []


def test_what_only_staff_are_told_no_resident_has_a_query_for(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        assert queries.private(session, desk(session, estate), case) == DRIPS.private
        assert not queries.private(session, desk(session, estate, "amina"), case).told
        assert not queries.private(session, desk(session, estate, "chair"), case).told


def test_a_common_place_is_read_by_all_who_live_there_without_names(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DARK, in_stairwell(estate)).id
        now = clock.now()
        own = resident(session, estate)
        actions.write(session, own, case, Words("Også kælderen."), store, now, now)
        handling.answer(session, desk(session, estate), case, Words("På onsdag."), store, now)
        yasmin = resident(session, estate, "yasmin")
        (line,) = queries.in_common_places(session, yasmin)
        assert line.id == case
        entries = queries.timeline_to_read(session, yasmin, case)
        assert [one.text for one in entries] == ["På onsdag."]
        assert entries[0].name
        assert len(queries.timeline_to_read(session, own, case)) == 2
        with pytest.raises(Missing):
            queries.to_read(session, resident(session, estate, "sofie"), case)


def test_affects_us_too_hears_every_answer_and_counts_once(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DARK, in_stairwell(estate))
        now, yasmin = clock.now(), resident(session, estate, "yasmin")
        for _ in range(2):
            actions.follow(session, yasmin, case.id, now)
        assert case.affected == 1
        with pytest.raises(Refused):
            actions.follow(session, resident(session, estate), case.id, now)
        handling.answer(session, desk(session, estate), case.id, Words("Ja."), store, now)
        assert "There is an answer" in told(session, "yasmin", estate)
        assert "There is an answer" in told(session, "amina", estate)
        assert "There is an answer" not in told(session, "jonas", estate)
        actions.unfollow(session, yasmin, case.id)
        assert case.affected == 0


def test_the_same_is_found_by_place_and_system_never_in_another_building(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DARK, in_stairwell(estate))
        now, yasmin = clock.now(), resident(session, estate, "yasmin")

        def same(place: Place, system: str, at: datetime = now) -> list[int]:
            found = queries.reported_already(session, yasmin, place, system, at)
            return [one.id for one in found]

        here = in_stairwell(estate, "yasmin")
        assert same(here, case.system) == [case.id]
        assert same(here, "lift") == []
        assert same(here, "") == []
        assert same(here._replace(stairwell=estate.next_stairwell), case.system) == []
        far = here._replace(building=estate.other_building, stairwell=estate.far_stairwell)
        assert same(far, case.system) == []
        assert same(at_home(session, estate, "yasmin"), case.system) == []
        assert same(here, case.system, now + timedelta(days=15)) == []


def test_of_two_who_take_it_one_gets_it_and_the_other_hears_who(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate))
        now, first = clock.now(), desk(session, estate)
        handling.take(session, first, case.id, now)
        handling.take(session, first, case.id, now)
        with pytest.raises(Refused) as refused:
            handling.take(session, desk(session, estate, "office"), case.id, now)
        assert refused.value.message.values["name"] == "Caretaker"
        assert case.holder_id == estate.people["caretaker"]
        handling.release(session, first, case.id, now)
        handling.take(session, desk(session, estate, "office"), case.id, now)
        assert case.holder_id == estate.people["office"]
        handling.give(
            session, desk(session, estate, "office"), case.id, estate.people["caretaker"], now
        )
        assert case.holder_id == estate.people["caretaker"]
        assert "A case was given to you" in told(session, "caretaker", estate)
        for name in ("amina", "chair"):
            with pytest.raises(Refused):
                handling.give(session, first, case.id, estate.people[name], now)


def test_a_note_is_for_the_staff_alone(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        handling.note(session, desk(session, estate), case, Words("Pakning 12."), clock.now())
        own = resident(session, estate)
        assert queries.timeline_to_read(session, own, case) == []
        (note,) = queries.timeline_to_handle(session, desk(session, estate), case)
        assert (note.text, note.seen) == ("Pakning 12.", Seen.STAFF)


def test_not_fixed_on_day_thirteen_reopens_it_with_all_that_was_said(
    database: Database, log: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate))
        now, staff = clock.now(), desk(session, estate)
        handling.take(session, staff, case.id, now)
        handling.finish(session, staff, case.id, Visits.FIRST, "", Words(), now)
        assert "It is done: is it fixed?" in told(session, "amina", estate)
        day_13 = now + timedelta(days=13)
        assert actions.lapse(session, day_13, log) == 0
        own = resident(session, estate)
        actions.say_not_fixed(session, own, case.id, Words("Den drypper igen."), day_13)
        assert (case.state, case.outcome, case.reopened) == (State.NEW, Outcome.NOT_FIXED, 1)
        assert case.staffs_turn
        assert session.get(CasePrivate, case.id) is not None
        assert "It is not fixed after all" in told(session, "caretaker", estate)


def test_without_an_answer_it_closes_after_fourteen_days_and_the_four_fields_go(
    database: Database, log: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate))
        now = clock.now()
        staff = desk(session, estate)
        handling.finish(session, staff, case.id, Visits.SECOND, "part", Words(), now)
        late = now + timedelta(days=14)
        own = resident(session, estate)
        with pytest.raises(Refused):
            actions.say_not_fixed(session, own, case.id, Words(), late)
        assert actions.lapse(session, late, log) == 1
        assert actions.lapse(session, late, log) == 0
        assert (case.state, case.outcome, case.closed_at) == (State.CLOSED, None, late)
        session.expire_all()
        assert session.get(CasePrivate, case.id) is None
        session.add(CasePrivate(case_id=case.id, phone="20304050"))
        session.flush()
        session.expunge_all()
        replay(session, REPLAYED, log.read())
        assert session.scalars(select(CasePrivate.case_id)).all() == []


def test_fixed_ends_it_at_once_and_a_face_may_be_said(database: Database, log: ErasureLog) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate))
        now, own = clock.now(), resident(session, estate)
        with pytest.raises(Refused):
            actions.rate(session, own, case.id, 5, "")
        actions.say_fixed(session, own, case.id, now, log)
        session.expire_all()
        assert session.get(CasePrivate, case.id) is None
        actions.rate(session, own, case.id, 4, "Pænt gjort.")
        assert (case.state, case.face) == (State.CLOSED, 4)
        with pytest.raises(Missing):
            actions.say_fixed(session, resident(session, estate, "yasmin"), case.id, now, log)


def test_a_complaint_is_seen_by_its_household_and_the_office_alone(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        noise = Draft(Kind.FAULT, "Larm hver nat.", category=COMPLAINT)
        case = opened(session, estate, noise, at_home(session, estate))
        assert case.kind is Kind.COMPLAINT
        assert queries.to_handle(session, desk(session, estate, "office"), case.id)
        for name in ("caretaker", "chair"):
            with pytest.raises(Missing):
                queries.to_handle(session, desk(session, estate, name), case.id)
            assert queries.inbox(session, desk(session, estate, name), Filter()) == []
        assert told(session, "caretaker", estate) == []
        assert told(session, "office", estate) == ["New in the inbox"]
        with pytest.raises(Refused):
            handling.give(
                session,
                desk(session, estate, "office"),
                case.id,
                estate.people["caretaker"],
                clock.now(),
            )


def test_a_message_becomes_a_fault_and_nobody_types_again(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, ASKS, at_home(session, estate))
        now, staff = clock.now(), desk(session, estate)
        for wrong in (COMPLAINT, "nonsense"):
            with pytest.raises(Refused):
                handling.turn(session, staff, case.id, wrong, now)
        handling.turn(session, staff, case.id, "no_water", now)
        assert (case.kind, case.urgency, case.text) == (Kind.FAULT, Urgency.NOW, ASKS.text)
        with pytest.raises(Refused):
            handling.turn(session, staff, case.id, "no_water", now)


def test_two_about_one_thing_become_one_and_nobody_reads_of_anothers_home(
    database: Database, log: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        now, staff = clock.now(), desk(session, estate)
        first = opened(session, estate, DARK, in_stairwell(estate))
        second = opened(session, estate, DARK, in_stairwell(estate, "yasmin"), "yasmin")
        own = opened(session, estate, DRIPS, at_home(session, estate))
        others = opened(session, estate, DRIPS, at_home(session, estate, "yasmin"), "yasmin")
        for pair in ((others.id, own.id), (second.id, own.id), (own.id, own.id)):
            with pytest.raises(Refused):
                handling.merge(session, staff, *pair, now, log)
        handling.merge(session, staff, second.id, first.id, now, log)
        assert (second.state, second.merged_into_id) == (State.MERGED, first.id)
        assert first.affected == 1
        yasmin = resident(session, estate, "yasmin")
        assert queries.to_read(session, yasmin, first.id).follows


def test_the_inbox_shows_what_hurries_first_and_only_what_is_open(
    database: Database, log: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        home = at_home(session, estate)
        slow = opened(session, estate, DRIPS, home)
        burst = opened(session, estate, Draft(Kind.FAULT, "", category="burst_pipe"), home)
        asks = opened(session, estate, ASKS, home)
        over = opened(session, estate, DRIPS, home)
        actions.say_fixed(session, resident(session, estate), over.id, clock.now(), log)
        staff = desk(session, estate)

        def shown(wanted: Filter) -> list[int]:
            return [one.id for one in queries.inbox(session, staff, wanted)]

        assert shown(Filter())[0] == burst.id
        assert set(shown(Filter())) == {burst.id, slow.id, asks.id}
        assert shown(Filter(kind=Kind.MESSAGE)) == [asks.id]
        handling.take(session, staff, slow.id, clock.now())
        assert shown(Filter(whose="mine")) == [slow.id]
        assert slow.id not in shown(Filter(whose="free"))


def test_whoever_moved_out_reads_their_own_and_hears_no_more(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        common = opened(session, estate, DARK, in_stairwell(estate, "yasmin"), "yasmin").id
        yesterday = clock.today() - timedelta(days=1)
        session.execute(
            update(Household)
            .where(Household.id == estate.households["amina"])
            .values(ends_on=yesterday)
        )
        gone = resident(session, estate)
        assert [one.id for one in queries.own(session, gone)] == [case]
        with pytest.raises(Missing):
            queries.to_read(session, gone, common)
        reporting = scope(gone.reader, Permission.REPORT_CASES)
        now = clock.now()
        with pytest.raises(Missing):
            actions.write(session, reporting, case, Words("Hej."), store, now, now)
        handling.answer(session, desk(session, estate), case, Words("Ja."), store, now)
        assert "There is an answer" not in told(session, "amina", estate)


def test_what_is_held_by_somebody_who_works_there_no_more_is_told_to_all_others(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        now = clock.now()
        handling.take(session, desk(session, estate), case, now)
        caretaker = RoleHolding.person_id == estate.people["caretaker"]
        session.execute(
            update(RoleHolding).where(caretaker).values(ends_on=clock.today() - timedelta(days=1))
        )
        actions.write(session, resident(session, estate), case, Words("Hej?"), store, now, now)
        assert "A resident wrote" in told(session, "office", estate)


@pytest.mark.parametrize(
    ("draft", "home", "field"),
    [
        (Draft(Kind.FAULT, ""), True, "category"),
        (Draft(Kind.FAULT, "", category="elevator"), True, "place"),
        (Draft(Kind.MESSAGE, ""), True, "text"),
        (Draft(Kind.MESSAGE, "x" * 4001), True, "text"),
        (Draft(Kind.MESSAGE, "x", title="x" * 121), True, "title"),
        (Draft(Kind.MESSAGE, "x", photos=4), True, "photos"),
        (Draft(Kind.MESSAGE, "x", private=Private(times="x" * 201)), True, "times"),
        (Draft(Kind.MESSAGE, "x"), None, "place"),
    ],
)
def test_what_cannot_be_sent_says_what_to_do(draft: Draft, home: bool | None, field: str) -> None:
    place = Place(1, 1, home=1) if home else None
    category = categories(clock.today()).get(draft.category)
    assert field in problems(draft, category, place)


def test_erasing_cases_takes_all_that_was_written(database: Database, store: Store) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = opened(session, estate, DRIPS, at_home(session, estate)).id
        now = clock.now()
        actions.write(session, resident(session, estate), case, Words("Hej."), store, now, now)
        case_row = session.get(Case, case)
        assert case_row is not None
        case_row.closed_at = now
        session.flush()
        assert actions.forget(session, now) == []
        assert actions.forget(session, now + timedelta(seconds=1)) == [case]
        assert session.scalars(select(CaseEntry.id)).all() == []
