"""Who helps whom."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from estate.people.models import Helper, Household, Member, Person
from estate.people.queries import lasting, with_places
from estate.people.rules import full_name, shown_name
from estate.permissions import Scope
from estate.places.models import Building


class HelperLine(NamedTuple):
    """A helper as the resident's household and the office see them: by names, not board aliases."""

    id: int
    household: int
    resident: int
    resident_name: str
    name: str
    starts_on: date
    ends_on: date | None


def _lines(session: Session, day: date, reached: ColumnElement[bool]) -> Sequence[HelperLine]:
    rows = session.execute(
        with_places(
            select(
                Helper.id,
                Household.id,
                Person.id,
                Person.given_name,
                Person.alias,
                Person.protected,
                Helper.name,
                Helper.starts_on,
                Helper.ends_on,
            )
            .join(Person, Helper.resident_id == Person.id)
            .join(Member, Member.person_id == Person.id)
            .join(Household, Member.household_id == Household.id)
        )
        .where(
            reached,
            lasting(Helper, day),
            Member.confirmed_at.is_not(None),
            lasting(Member, day),
        )
        .order_by(Helper.id)
    )
    return [
        HelperLine(r[0], r[1], r[2], full_name(r[3], "", r[4], protected=r[5]), r[6], r[7], r[8])
        for r in rows
    ]


def helpers_at_home(session: Session, scope: Scope, day: date) -> Sequence[HelperLine]:
    """The helpers of the adults in the reader's own households, today's and those to come."""
    return _lines(session, day, Household.id.in_(scope.households))


def helpers_in(session: Session, scope: Scope, household: int, day: date) -> Sequence[HelperLine]:
    """The helpers of a household in the sections that the permission reaches."""
    here = Building.section_id.in_(scope.sections)
    return _lines(session, day, here & (Household.id == household))


class Helped(NamedTuple):
    """Somebody the reader helps."""

    id: int
    name: str
    starts_on: date
    ends_on: date | None


def whom_i_help(session: Session, scope: Scope, day: date) -> Sequence[Helped]:
    """Whom the reader helps, today and later."""
    rows = session.execute(
        select(
            Helper.id,
            Person.given_name,
            Person.alias,
            Person.protected,
            Helper.starts_on,
            Helper.ends_on,
        )
        .join(Person, Helper.resident_id == Person.id)
        .where(Helper.helper_id == scope.person, lasting(Helper, day))
        .order_by(Helper.id)
    )
    return [Helped(r[0], shown_name(r[1], r[2], protected=r[3]), r[4], r[5]) for r in rows]
