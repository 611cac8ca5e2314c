"""Service promises: what a section agreed holds for its cases; else how it really goes is said."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy.orm import Session

from engagement.cases import actions as cases
from engagement.cases.actions import Author, Words
from engagement.cases.models import Case
from engagement.cases.queries import Desk
from engagement.cases.rules import Draft, Kind, Origin, Place, Visits
from engagement.categories.rules import Urgency
from engagement.handling import actions as handling
from engagement.pace import actions as pace
from engagement.pace.queries import usual_in
from engagement.promises import actions, queries
from engagement.promises.rules import FEWEST, Agreement, Promise, agreement_problems
from estate.database import Database
from estate.permissions import Permission, scope
from estate.photos.store import Store
from estate.places.models import OfficeHours, Section
from estate.refusals import Missing
from tests.builders import Estate, build_estate, reader

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Denmark
DAY = MONDAY.date()
DARK = Draft(Kind.FAULT, "Helt sort.", category="common_light")


def open_all_week(session: Session, estate: Estate) -> None:
    """The office that serves the section works from 8 to 16 on every day of the week but Sunday."""
    found = session.get(Section, estate.section)
    assert found is not None
    assert found.office_id is not None
    session.query(OfficeHours).filter_by(office_id=found.office_id).delete()
    for weekday in range(6):
        session.add(
            OfficeHours(office_id=found.office_id, weekday=weekday, opens=time(8), closes=time(16))
        )
    session.flush()


def agree(session: Session, estate: Estate, **changed: object) -> None:
    values: dict[str, object] = {
        "section": estate.section,
        "urgency": Urgency.DAYS,
        "first_answer_hours": 4,
        "fixed_hours": 20,
        "agreed_on": DAY,
        "decision": "Afdelingsmøde, punkt 5",
        "valid_from": DAY,
    }
    office = scope(reader(session, estate.people["office"]), Permission.AGREE_PROMISES)
    actions.agree(session, office, Agreement(**{**values, **changed}))  # type: ignore[arg-type]


def reported(session: Session, estate: Estate, at: datetime = MONDAY) -> Case:
    place = Place(
        estate.section,
        estate.north,
        estate.building,
        estate.stairwell,
        household=estate.households["amina"],
    )
    author = Author(Origin.APP, reporter=estate.people["amina"])
    return cases.open_case(session, author, DARK, place, at, at)


def desk(session: Session, estate: Estate) -> Desk:
    person = reader(session, estate.people["caretaker"])
    return Desk(scope(person, Permission.HANDLE_CASES), scope(person, Permission.HANDLE_COMPLAINTS))


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("photos"))


def test_a_case_keeps_what_was_promised_when_it_came(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        open_all_week(session, estate)
        before = reported(session, estate)
        assert before.answer_due_at is None
        agree(session, estate)
        case = reported(session, estate)
        assert case.answer_due_at == datetime(2026, 11, 23, 13, tzinfo=UTC)
        assert case.fix_due_at == datetime(2026, 11, 25, 13, tzinfo=UTC)
        assert case.due_at == case.answer_due_at
        agree(session, estate, first_answer_hours=1, fixed_hours=2)
        session.refresh(case)
        assert case.fix_due_at == datetime(2026, 11, 25, 13, tzinfo=UTC)
        assert before.fix_due_at is None


def test_the_first_answer_is_due_before_the_mending_and_a_reopened_case_is_promised_anew(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        open_all_week(session, estate)
        agree(session, estate)
        case, staff = reported(session, estate), desk(session, estate)
        handling.answer(session, staff, case.id, Words("Vi kommer."), store, MONDAY)
        assert case.due_at == case.fix_due_at
        handling.finish(session, staff, case.id, Visits.FIRST, "", Words(), MONDAY)
        later = MONDAY + timedelta(days=7)
        amina = scope(reader(session, estate.people["amina"]), Permission.READ_CASES)
        cases.say_not_fixed(session, amina, case.id, Words(), later)
        assert case.due_at == case.answer_due_at == datetime(2026, 11, 30, 13, tzinfo=UTC)


def test_the_latest_agreement_that_has_begun_holds_and_none_is_an_agreement_too(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        agree(session, estate)
        agree(session, estate, fixed_hours=8, valid_from=DAY + timedelta(days=30))
        agree(
            session,
            estate,
            first_answer_hours=None,
            fixed_hours=None,
            valid_from=DAY + timedelta(days=60),
        )

        def held(after: int) -> Promise | None:
            day = DAY + timedelta(days=after)
            return queries.promises_in(session, estate.section, day).get(Urgency.DAYS)

        assert held(-1) is None
        assert held(0) == Promise(timedelta(hours=4), timedelta(hours=20), False)
        assert held(30) == Promise(timedelta(hours=4), timedelta(hours=8), False)
        assert held(60) is None


def test_only_whoever_keeps_the_promises_of_a_section_writes_one_down(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        agreement = Agreement(estate.section, Urgency.DAYS, 4, 20, DAY, "Punkt 5", DAY)
        for name in ("amina", "caretaker", "chair"):
            nobody = scope(reader(session, estate.people[name]), Permission.AGREE_PROMISES)
            with pytest.raises(Missing):
                actions.agree(session, nobody, agreement)
            assert queries.agreed(session, nobody) == []


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({}, set()),
        ({"first_answer_hours": "", "fixed_hours": ""}, set()),
        ({"first_answer_hours": ""}, {"first_answer_hours"}),
        ({"fixed_hours": "3"}, {"fixed_hours"}),
        ({"fixed_hours": "tyve"}, {"fixed_hours"}),
        ({"fixed_hours": "2001"}, {"fixed_hours"}),
        ({"fixed_hours": "0", "first_answer_hours": "0"}, {"fixed_hours", "first_answer_hours"}),
        ({"decision": ""}, {"decision"}),
        ({"agreed_on": "2026-11-24"}, {"agreed_on"}),
        ({"valid_from": "2026-11-22"}, {"valid_from"}),
        ({"valid_from": "i morgen"}, {"valid_from"}),
    ],
)
def test_an_agreement_says_both_times_where_it_was_made_and_changes_nothing_before_today(
    typed: dict[str, str], wrong: set[str]
) -> None:
    good = {
        "first_answer_hours": "4",
        "fixed_hours": "20",
        "decision": "Punkt 5",
        "agreed_on": "2026-11-23",
        "valid_from": "2026-11-23",
    }
    assert set(agreement_problems({**good, **typed}, date(2026, 11, 23))) == wrong


def test_how_long_it_usually_takes_is_the_median_in_opening_hours_and_never_of_a_few(
    database: Database, store: Store
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        open_all_week(session, estate)
        staff = desk(session, estate)
        saturday = datetime(2026, 11, 21, 14, tzinfo=UTC)  # one hour before the office shuts
        for number in range(FEWEST):
            pace.count(session, MONDAY + timedelta(days=7))
            assert usual_in(session, estate.section)["p3"].first_answer is None
            case = reported(session, estate, saturday)
            answered = datetime(2026, 11, 23, 7 + number, tzinfo=UTC)
            handling.answer(session, staff, case.id, Words("Vi kommer."), store, answered)
        pace.count(session, MONDAY + timedelta(days=7))
        found = usual_in(session, estate.section)
        assert found["p3"].first_answer == timedelta(hours=3)
        assert found["p3"].fixed is None
        assert found["message"].first_answer is None
        pace.count(session, MONDAY + timedelta(days=500))
        assert usual_in(session, estate.section)["p3"].first_answer is None


def test_what_affects_many_stands_one_urgency_higher_until_they_are_fewer(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        case = reported(session, estate)
        assert case.urgency is Urgency.DAYS
        neighbours = [
            found
            for person in estate.people.values()
            if person != estate.people["amina"]
            and estate.section
            in (found := scope(reader(session, person), Permission.READ_CASES)).sections
        ][:3]
        for neighbour, urgency in zip(
            neighbours, (Urgency.DAYS, Urgency.DAYS, Urgency.NEXT_DAY), strict=True
        ):
            cases.follow(session, neighbour, case.id, MONDAY)
            assert case.urgency is urgency
        cases.unfollow(session, neighbours[0], case.id)
        assert case.urgency is Urgency.DAYS
