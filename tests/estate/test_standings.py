"""A mark changes with everything that changes what a person's open pages may hear of."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.people.models import Helper, Household, Member, RoleHolding
from estate.permissions import Role, ScopeKind
from estate.places.models import Home, Section
from estate.standings.queries import marks_of
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate, reader

Change = Callable[[Session, Estate], object]
TODAY = clock.today()
YESTERDAY = TODAY - timedelta(days=1)


def a_tenancy_ends(session: Session, estate: Estate) -> None:
    session.execute(
        update(Household)
        .where(Household.id == estate.households["amina"])
        .values(ends_on=YESTERDAY)
    )


def somebody_moves_out(session: Session, estate: Estate) -> None:
    session.execute(
        update(Member).where(Member.person_id == estate.people["bent"]).values(ends_on=YESTERDAY)
    )


def somebody_moves_in(session: Session, estate: Estate) -> None:
    add_household(session, estate.homes["bent"], estate.people["sofie"], starts=TODAY)


def a_home_gets_another_door(session: Session, estate: Estate) -> None:
    session.execute(
        update(Home)
        .where(Home.id == estate.homes["jonas"])
        .values(stairwell_id=estate.far_stairwell)
    )


def a_role_ends(session: Session, estate: Estate) -> None:
    session.execute(
        update(RoleHolding)
        .where(RoleHolding.person_id == estate.people["caretaker"])
        .values(ends_on=YESTERDAY)
    )


def a_board_ends_and_its_organisation_decides(session: Session, estate: Estate) -> None:
    session.execute(
        update(RoleHolding).where(RoleHolding.role == Role.CHAIR).values(ends_on=YESTERDAY)
    )


def a_section_gets_another_office(session: Session, estate: Estate) -> None:
    session.execute(
        update(Section).where(Section.id == estate.other_section).values(office_id=None)
    )


def whoever_is_helped_moves_out(session: Session, estate: Estate) -> None:
    session.execute(
        update(Member).where(Member.person_id == estate.people["yasmin"]).values(ends_on=YESTERDAY)
    )


def a_helper_is_let_go(session: Session, estate: Estate) -> None:
    session.execute(update(Helper).values(ends_on=YESTERDAY))


@pytest.mark.parametrize(
    "change",
    [
        a_tenancy_ends,
        somebody_moves_out,
        somebody_moves_in,
        a_home_gets_another_door,
        a_role_ends,
        a_board_ends_and_its_organisation_decides,
        a_section_gets_another_office,
        whoever_is_helped_moves_out,
        a_helper_is_let_go,
    ],
)
def test_a_mark_changes_with_the_topics(database: Database, change: Change) -> None:
    with database.write() as session:
        estate = build_estate(session)
        helper = add_person(session, "helper").id
        resident = estate.people["yasmin"]
        session.add(Helper(resident_id=resident, helper_id=helper, starts_on=LONG_AGO))
        session.flush()
        persons = [*estate.people.values(), helper]

        def topics() -> dict[int, frozenset[str]]:
            return {person: reader(session, person).topics() for person in persons}

        heard, marks = topics(), marks_of(session, persons, TODAY)
        assert marks == marks_of(session, persons, TODAY)
        change(session, estate)
        session.flush()
        session.expire_all()
        now = topics()
        moved = {person for person in persons if heard[person] != now[person]}
        newer = marks_of(session, persons, TODAY)
        assert moved
        assert moved <= {person for person in persons if marks[person] != newer[person]}


def test_a_mark_changes_when_a_day_passes_that_ends_something(database: Database) -> None:
    last = date(2026, 12, 31)
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        session.execute(
            update(Household).where(Household.id == estate.households["amina"]).values(ends_on=last)
        )
        give = RoleHolding(
            person_id=estate.people["bent"],
            role=Role.BOARD,
            scope_kind=ScopeKind.SECTION,
            scope_id=estate.section,
            starts_on=last + timedelta(days=1),
        )
        session.add(give)
        session.flush()
        both = (amina, estate.people["bent"])
        on, after = (marks_of(session, both, last + timedelta(days=days)) for days in (0, 1))
        assert [on[person] == after[person] for person in both] == [False, False]
        long_after = marks_of(session, both, last + timedelta(days=100))
        assert long_after[amina] == frozenset()
