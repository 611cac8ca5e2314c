"""Erasing tenancies, roles and persons whose time is over, some hundreds in a transaction."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.consents.models import Consent
from estate.people.models import Helper, Household, Member, Person, RoleHolding

STEP = 500
PERSONS_STEP = 100
"""Fewer at once: with each goes all that was theirs."""


def forget_tenancies(session: Session, before: datetime) -> int:
    """Erase what ended before a day: memberships, then their households; roles; helpers' tasks."""
    day = clock.local(before).date()
    return (
        _forget_members(session, day)
        + _forget_households(session, day)
        + _forget_ended(session, RoleHolding, day)
        + _forget_ended(session, Helper, day)
    )


def _forget_members(session: Session, day: date) -> int:
    over = (
        select(Member.id)
        .join(Household, Member.household_id == Household.id)
        .where(or_(Member.ends_on < day, Household.ends_on < day))
    )
    return _erased(session, Member, over)


def _forget_households(session: Session, day: date) -> int:
    inside = exists().where(Member.household_id == Household.id)
    return _erased(session, Household, select(Household.id).where(Household.ends_on < day, ~inside))


def _forget_ended(session: Session, table: type[RoleHolding] | type[Helper], day: date) -> int:
    return _erased(session, table, select(table.id).where(table.ends_on < day))


def _erased(session: Session, table: Any, wanted: Any, most: int = STEP) -> int:
    gone = delete(table).where(table.id.in_(wanted.limit(most))).returning(table.id)
    return len(session.scalars(gone).all())


def forget_persons(session: Session, before: datetime) -> int:
    """Erase persons whom nothing names any more, entered before a moment; what was theirs goes too.

    What they wrote stays without them until its own time, as does what they are named in.
    """
    ties = (
        exists().where(Member.person_id == Person.id),
        exists().where(RoleHolding.person_id == Person.id),
        exists().where(or_(Helper.resident_id == Person.id, Helper.helper_id == Person.id)),
        exists().where(Consent.person_id == Person.id),
    )
    nobodys = select(Person.id).where(Person.created_at < before, *(~tie for tie in ties))
    return _erased(session, Person, nobodys, PERSONS_STEP)
