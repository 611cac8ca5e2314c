"""Erasing tenancies, roles and persons whose time is over, some hundreds in a transaction."""

from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.consents import actions as consents
from estate.consents.models import Consent
from estate.leaving.queries import not_here
from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.retention.actions import erase_some

PERSONS_STEP = 100
"""Fewer at once: with each goes all that was theirs."""


def forget_tenancies(session: Session, before: datetime) -> int:
    """Erase what ended before a day: memberships, then their households; roles; helpers' tasks."""
    day = clock.local(before).date()
    return (
        _forget_members(session, day)
        + _forget_households(session, day)
        + len(erase_some(session, RoleHolding, RoleHolding.ends_on < day))
        + _forget_helpers(session, day)
    )


def _forget_members(session: Session, day: date) -> int:
    over = select(Household.id).where(Household.ends_on < day)
    left = or_(Member.ends_on < day, Member.household_id.in_(over))
    return len(erase_some(session, Member, left))


def _forget_households(session: Session, day: date) -> int:
    inside = exists().where(Member.household_id == Household.id)
    return len(erase_some(session, Household, Household.ends_on < day, ~inside))


def _forget_helpers(session: Session, day: date) -> int:
    """Those whose task ended, or whose resident is forgotten to have lived here at all."""
    lived = exists().where(Member.person_id == Helper.resident_id)
    return len(erase_some(session, Helper, or_(Helper.ends_on < day, ~lived)))


def forget_consents(session: Session, before: datetime) -> int:
    """End what was agreed to by who is no longer here; erase some that ended before a moment.

    Whoever has moved out takes nothing back any more, and a yes that stands keeps its person.
    """
    consents.end_of(session, not_here(clock.today()))
    return consents.forget(session, before)


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
    nobodys = (Person.created_at < before, *(~tie for tie in ties))
    return len(erase_some(session, Person, *nobodys, most=PERSONS_STEP))
