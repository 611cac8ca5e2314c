"""Absences: what somebody has who is away stands with everybody's, and nothing stays hidden."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engagement.absences import actions as absences
from engagement.absences.models import Absence
from engagement.cases import queries
from engagement.cases.actions import NOTHING, Author, open_case
from engagement.cases.models import Case
from engagement.cases.queries import Desk, Filter
from engagement.cases.rules import Draft, Kind, Origin, State
from engagement.handling import actions as handling
from engagement.handling.queries import left_behind
from engagement.spots import queries as spots
from engagement.visits import actions as visits
from engagement.visits.models import CaseVisit
from engagement.visits.queries import uncertain
from engagement.visits.rules import Slot
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.people.models import RoleHolding
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.refusals import Missing, Refused
from tests.builders import Estate, add_person, build_estate, give_role, reader

NOW, TODAY = clock.now(), clock.today()
DAY = timedelta(days=1)


def desk(session: Session, estate: Estate, name: str) -> Desk:
    person = reader(session, estate.people[name])
    return Desk(scope(person, Permission.HANDLE_CASES), scope(person, Permission.HANDLE_COMPLAINTS))


def living(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["amina"]), Permission.REPORT_CASES)


def with_a_colleague(session: Session) -> tuple[Estate, int]:
    """The caretaker has amina's dripping tap; dorte is a caretaker there, too."""
    estate = build_estate(session)
    estate.people["dorte"] = add_person(session, "dorte").id
    give_role(session, estate.people["dorte"], Role.CARETAKER, ScopeKind.SECTION, estate.section)
    amina = living(session, estate)
    drips = Draft(Kind.FAULT, "Den drypper.", category="tap_drip")
    author = Author(Origin.APP, reporter=amina.person)
    case = open_case(session, author, drips, spots.home_places(amina)[0], NOW, NOW)
    handling.take(session, desk(session, estate, "caretaker"), case.id, NOW)
    return estate, case.id


def agreed(session: Session, estate: Estate, case: int, ahead: timedelta) -> None:
    """A visit of the caretaker's, agreed so many days ahead."""
    morning = datetime.combine(TODAY + ahead, time(9), clock.LOCAL)
    slots = [Slot(morning + timedelta(hours=n), morning + timedelta(hours=n + 1)) for n in (0, 3)]
    visits.propose(session, desk(session, estate, "caretaker"), case, slots, NOTHING, NOW)
    visits.take(session, living(session, estate), case, slots[0].key, NOW)


def away(session: Session, estate: Estate, first: timedelta, last: timedelta) -> None:
    own = desk(session, estate, "caretaker").cases
    handling.be_away(session, own, own.person, (TODAY + first, TODAY + last), NOW)


def free(session: Session, estate: Estate) -> list[int]:
    found = queries.inbox(session, desk(session, estate, "dorte"), Filter("free"))
    return [line.id for line in found]


def test_what_an_absent_colleague_has_is_offered_to_all_and_taken_by_one(
    database: Database,
) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        dorte, office = desk(session, estate, "dorte"), desk(session, estate, "office")
        assert free(session, estate) == []
        with pytest.raises(Refused, match="moment ago"):
            handling.take(session, dorte, case, NOW)
        away(session, estate, 0 * DAY, DAY)
        assert free(session, estate) == [case]
        assert [one.id for one in left_behind(session, dorte)] == [case]
        handling.take(session, dorte, case, NOW)
        with pytest.raises(Refused, match="moment ago"):
            handling.take(session, office, case, NOW)
        row = session.get_one(Case, case)
        assert (row.state, row.holder_id) == (State.TAKEN, dorte.cases.person)
        assert free(session, estate) == []


def test_whoever_is_back_has_again_what_nobody_took(database: Database) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        away(session, estate, 0 * DAY, 9 * DAY)
        assert free(session, estate) == [case]
        office = desk(session, estate, "office").cases
        absences.be_back(session, office, session.scalars(select(Absence.id)).one(), TODAY)
        assert free(session, estate) == []
        assert session.scalar(select(func.count()).select_from(Absence)) == 0


def test_a_promised_visit_is_offered_where_its_day_is_one_of_them(database: Database) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        dorte, office = desk(session, estate, "dorte"), desk(session, estate, "office")
        agreed(session, estate, case, 3 * DAY)
        away(session, estate, DAY, 2 * DAY)
        assert uncertain(session, dorte, NOW) == []
        with pytest.raises(Refused, match="already"):
            visits.come_instead(session, dorte, case, NOW)
        away(session, estate, 3 * DAY, 3 * DAY)
        assert [line.case for line in uncertain(session, dorte, NOW)] == [case]
        title = "A visit is agreed, and whoever was to come is away"
        told = select(Notification.person_id).where(Notification.title == title)
        assert dorte.cases.person in session.scalars(told).all()
        visits.come_instead(session, dorte, case, NOW)
        assert uncertain(session, dorte, NOW) == []
        with pytest.raises(Refused, match="already"):
            visits.come_instead(session, office, case, NOW)
        assert session.scalars(select(CaseVisit.proposed_by_id)).one() == dorte.cases.person


def test_a_case_taken_over_brings_its_visit_along(database: Database) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        agreed(session, estate, case, DAY)
        away(session, estate, 0 * DAY, DAY)
        handling.take(session, desk(session, estate, "dorte"), case, NOW)
        row, visit = session.get_one(Case, case), session.scalars(select(CaseVisit)).one()
        assert row.state is State.PLANNED
        assert row.holder_id == visit.proposed_by_id == estate.people["dorte"]


def test_nothing_hides_behind_somebody_who_works_there_no_more(database: Database) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        agreed(session, estate, case, DAY)
        session.execute(
            update(RoleHolding)
            .where(RoleHolding.person_id == estate.people["caretaker"])
            .values(ends_on=TODAY - DAY)
        )
        dorte = desk(session, estate, "dorte")
        assert free(session, estate) == [case]
        assert [line.case for line in uncertain(session, dorte, NOW)] == [case]
        held = select(func.count()).where(queries.in_hands(TODAY), Case.closed_at.is_(None))
        assert session.scalar(held) == 0


def test_only_colleagues_write_down_who_is_away(database: Database) -> None:
    with database.write() as session:
        estate, case = with_a_colleague(session)
        dorte = desk(session, estate, "dorte").cases
        for stranger in ("amina", "chair"):
            with pytest.raises(Missing):
                handling.be_away(session, dorte, estate.people[stranger], (TODAY, TODAY), NOW)
        handling.be_away(session, dorte, estate.people["caretaker"], (TODAY, TODAY), NOW)
        assert free(session, estate) == [case]
