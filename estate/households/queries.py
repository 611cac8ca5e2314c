"""Finding households within scope, and one household with its members."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from estate.households.rules import Ending, why_not
from estate.language import Message
from estate.people.models import Household, Member, Origin, Person
from estate.people.queries import lasting, with_places
from estate.people.rules import full_name, short_address
from estate.permissions import Scope
from estate.places.models import Building, Home, Section, Stairwell
from estate.search.rules import letter_cases, register_words


class HouseholdLine(NamedTuple):
    """One household in the office's list."""

    id: int
    address: str
    section_name: str
    names: Sequence[str]
    starts_on: date
    ends_on: date | None
    waiting: int


class MemberLine(NamedTuple):
    """One member of a household; `own` ones were added here, or left by themselves."""

    id: int
    person: int
    name: str
    tenant: bool
    adult: bool
    own: bool
    confirmed_at: datetime | None
    starts_on: date
    ends_on: date | None
    protected: bool


class HouseholdPage(NamedTuple):
    """A household with the members of today and those who wait."""

    id: int
    address: str
    home: int
    section: int
    section_name: str
    organisation: int
    starts_on: date
    ends_on: date | None
    members: Sequence[MemberLine]


class WaitingLine(NamedTuple):
    """Somebody a tenant added, whom the office is to confirm."""

    member: int
    household: int
    name: str
    address: str
    starts_on: date


def _placed(*columns: Any) -> Select[Any]:
    households = with_places(select(*columns).select_from(Household))
    return households.join(Section, Building.section_id == Section.id)


def _matches(word: str) -> ColumnElement[bool]:
    """A word is a number in the address, or part of a name or a street."""
    if word[0].isdigit():
        return or_(
            *(
                column.in_(letter_cases(word))
                for column in (Stairwell.house_number, Home.floor, Home.side)
            )
        )
    cases = letter_cases(word)
    own = or_(*_like((Person.given_name, Person.family_name), cases))
    alias = or_(*_like((Person.alias,), cases))
    named = (
        select(Member.household_id)
        .join(Person, Member.person_id == Person.id)
        .where(or_(and_(~Person.protected, own), alias))
    )
    street = _like((Stairwell.street,), cases)
    return or_(Home.side.in_(cases), Home.floor.in_(cases), *street, Household.id.in_(named))


def _like(columns: Sequence[Any], cases: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.icontains(case, autoescape=True) for column in columns for case in cases]


def household_list(
    session: Session, scope: Scope, text: str, day: date, after: int | None, most: int
) -> Sequence[HouseholdLine]:
    """Households within scope that match every word, by place, from the one after `after` on."""
    query = (
        _placed(*_LINE)
        .where(
            Section.id.in_(scope.sections),
            lasting(Household, day),
            *map(_matches, register_words(text)),
        )
        .order_by(*_PLACE)
        .limit(most)
    )
    if after is not None:
        last = session.execute(_placed(*_PLACE).where(Household.id == after)).one_or_none()
        query = query.where(tuple_(*_PLACE) > tuple_(*last)) if last is not None else query
    rows = session.execute(query).all()
    members = _members(session, [row[0] for row in rows], day)
    return [_line(row, members.get(row[0], [])) for row in rows]


_PLACE = (Stairwell.id, Home.id, Household.id)
_LINE = (
    Household.id,
    Stairwell.street,
    Stairwell.house_number,
    Home.floor,
    Home.side,
    Section.name,
    Household.starts_on,
    Household.ends_on,
)


def _line(row: Any, members: Sequence[MemberLine]) -> HouseholdLine:
    return HouseholdLine(
        id=row[0],
        address=short_address(row[1], row[2], row[3], row[4]),
        section_name=row[5],
        names=[member.name for member in members if member.adult and member.confirmed_at],
        starts_on=row[6],
        ends_on=row[7],
        waiting=sum(1 for member in members if member.confirmed_at is None),
    )


_MEMBERS = select(
    Member.household_id,
    Member.id,
    Person.id,
    Person.given_name,
    Person.family_name,
    Person.alias,
    Person.protected,
    Member.tenant,
    Member.adult,
    Member.origin,
    Member.confirmed_at,
    Member.starts_on,
    Member.ends_on,
).join(Person, Member.person_id == Person.id)


def _members(
    session: Session, households: Sequence[int], day: date
) -> Mapping[int, Sequence[MemberLine]]:
    rows = session.execute(
        _MEMBERS.where(Member.household_id.in_(households), lasting(Member, day)).order_by(
            Member.household_id, Member.tenant.desc(), Member.id
        )
    ).all()
    grouped = itertools.groupby(rows, key=lambda row: row[0])
    return {household: [_member(row) for row in group] for household, group in grouped}


def _member(row: Any) -> MemberLine:
    return MemberLine(
        id=row[1],
        person=row[2],
        name=full_name(row[3], row[4], row[5], protected=row[6]),
        tenant=row[7],
        adult=row[8],
        own=row[9] is Origin.TENANT,
        confirmed_at=row[10],
        starts_on=row[11],
        ends_on=row[12],
        protected=row[6],
    )


def _one(
    session: Session, household: int, day: date, reached: ColumnElement[bool]
) -> HouseholdPage | None:
    row = session.execute(
        _placed(*_LINE, Section.id, Section.organisation_id, Household.home_id).where(
            Household.id == household, lasting(Household, day), reached
        )
    ).one_or_none()
    if row is None:
        return None
    return HouseholdPage(
        id=row[0],
        address=short_address(row[1], row[2], row[3], row[4]),
        home=row[10],
        section=row[8],
        section_name=row[5],
        organisation=row[9],
        starts_on=row[6],
        ends_on=row[7],
        members=_members(session, [household], day).get(household, []),
    )


def household_page(
    session: Session, scope: Scope, household: int, day: date
) -> HouseholdPage | None:
    """One household in the sections that the permission reaches, or None."""
    return _one(session, household, day, Section.id.in_(scope.sections))


def own_household(
    session: Session, scope: Scope, household: int, day: date
) -> HouseholdPage | None:
    """One of the reader's own households, or None."""
    return _one(session, household, day, Household.id.in_(scope.households))


def own_households(session: Session, scope: Scope, day: date) -> Sequence[HouseholdPage]:
    """The reader's own households, the newest first; nearly always one."""
    found = (own_household(session, scope, one, day) for one in sorted(scope.households)[::-1])
    return [household for household in found if household is not None]


def refusals(page: HouseholdPage, person: int, today: date) -> Mapping[int, Message | None]:
    """Of each member of a household: why this person cannot end it, or None where they can."""
    added = next((one.own for one in page.members if one.person == person), True)
    held = any(one.tenant for one in page.members)
    endings = {
        one.id: Ending(one.person == person, one.tenant, one.own, added, held, one.ends_on)
        for one in page.members
    }
    return {number: why_not(ending, today) for number, ending in endings.items()}


def left_by_themselves(session: Session, page: HouseholdPage) -> Sequence[MemberLine]:
    """Whom the administration knows, who left by themselves, and have not moved in again since."""
    here = [member.person for member in page.members if member.ends_on is None]
    rows = session.execute(
        _MEMBERS.where(
            Member.household_id == page.id,
            Member.origin == Origin.TENANT,
            Member.ends_on.is_not(None),
            Person.number.is_not(None),
            Person.id.not_in(here),
        ).order_by(Member.ends_on.desc(), Member.id)
    )
    return [_member(row) for row in rows]


def waiting_members(session: Session, scope: Scope, day: date) -> Sequence[WaitingLine]:
    """Adults whom tenants within scope added and the office has not confirmed, oldest first."""
    rows = session.execute(
        _placed(
            Member.id,
            Household.id,
            Person.given_name,
            Person.family_name,
            Person.alias,
            Person.protected,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Member.starts_on,
        )
        .join(Member, Member.household_id == Household.id)
        .join(Person, Member.person_id == Person.id)
        .where(
            Section.id.in_(scope.sections),
            Member.confirmed_at.is_(None),
            lasting(Member, day),
            lasting(Household, day),
        )
        .order_by(Member.id)
        .limit(200)
    )
    return [
        WaitingLine(
            member=row[0],
            household=row[1],
            name=full_name(row[2], row[3], row[4], protected=row[5]),
            address=short_address(row[6], row[7], row[8], row[9]),
            starts_on=row[10],
        )
        for row in rows
    ]
