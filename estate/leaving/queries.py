"""How far back it is known who lived where, and who has moved out."""

from datetime import date, timedelta

from sqlalchemy import Select, exists, select

from estate.leaving.rules import TENANCIES
from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.people.queries import lasting
from estate.retention.queries import days_kept


def remembered_since(today: date) -> date:
    """What ended before this day is forgotten, or will be by the next night."""
    return today - timedelta(days=days_kept(TENANCIES, today))


def moved_out(day: date) -> Select[int]:
    """Whoever lived here until a day before this one, and since holds no task and helps nobody."""
    lived = exists().where(Member.person_id == Person.id)
    return not_here(day).where(lived)


def not_here(day: date) -> Select[int]:
    """Whoever lives nowhere here on a day or later, holds no task and helps nobody."""
    lives = (
        select(Member.id)
        .join(Household, Member.household_id == Household.id)
        .where(Member.person_id == Person.id, lasting(Member, day), lasting(Household, day))
        .exists()
    )
    tasks = exists().where(RoleHolding.person_id == Person.id, lasting(RoleHolding, day))
    helps = exists().where(Helper.helper_id == Person.id, lasting(Helper, day))
    return select(Person.id).where(~lives, ~tasks, ~helps)
