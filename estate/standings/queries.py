"""What people's reach follows from, asked for many at once and compared with what it was."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from estate.people.models import Helper, Household, Member, RoleHolding
from estate.people.queries import former_since
from estate.people.rules import holds_on
from estate.permissions import Role, ScopeKind
from estate.places.models import Home, Organisation, Section
from estate.projects.models import PartnershipOrganisation

Mark = frozenset[tuple[Any, ...]]


def marks_of(session: Session, persons: Collection[int], day: date) -> Mapping[int, Mark]:
    """By person, all their reach follows from on a day: while the mark is the same, so is it.

    A few queries for some hundreds of persons, where their readers would take five each.
    """
    found: dict[int, set[tuple[Any, ...]]] = {person: set() for person in persons}
    for person, *living in session.execute(_tenancies(Member.person_id, persons, day)):
        found[person].add(("lives", *_as_of(day, *living)))
    helping = _tenancies(Helper.helper_id, persons, day).join(
        Helper, Helper.resident_id == Member.person_id
    )
    for person, *living in session.execute(helping.where(*_holding(Helper, day))):
        found[person].add(("helps", *_as_of(day, *living)))
    held = select(
        RoleHolding.person_id, RoleHolding.role, RoleHolding.scope_kind, RoleHolding.scope_id
    ).where(RoleHolding.person_id.in_(persons), *_holding(RoleHolding, day))
    roles = defaultdict(list)
    for person, *role in session.execute(held):
        roles[person].append(("holds", *role))
    ground = _ground(session, day) if roles else 0
    for person, marks in roles.items():
        found[person].update([*marks, ("ground", ground)])
    return {person: frozenset(marks) for person, marks in found.items()}


def _holding(kind: type[Helper] | type[RoleHolding], day: date) -> tuple[Any, ...]:
    return kind.starts_on <= day, or_(kind.ends_on.is_(None), kind.ends_on >= day)


def _tenancies(
    whose: InstrumentedAttribute[int], persons: Collection[int], day: date
) -> Select[*tuple[Any, ...]]:
    since = former_since(day)
    return (
        select(whose, Household.id, Home.stairwell_id, Household.ends_on, Member.ends_on)
        .select_from(Member)
        .join(Household, Member.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .where(
            whose.in_(persons),
            Member.adult,
            Member.confirmed_at.is_not(None),
            Member.starts_on <= day,
            Household.starts_on <= day,
            or_(Member.ends_on.is_(None), Member.ends_on >= since),
            or_(Household.ends_on.is_(None), Household.ends_on >= since),
        )
    )


def _as_of(day: date, household: int, stairwell: int, *ends: date | None) -> tuple[int, int, bool]:
    return household, stairwell, all(holds_on(day, day, end) for end in ends)


def _ground(session: Session, day: date) -> int:
    """What roles reach from above: which section belongs to whom, and which has a board."""
    belonging = select(
        Section.id, Section.organisation_id, Section.office_id, Organisation.administration_id
    ).join(Organisation, Section.organisation_id == Organisation.id)
    shared = select(PartnershipOrganisation.partnership_id, PartnershipOrganisation.organisation_id)
    boards = select(RoleHolding.scope_id).where(
        RoleHolding.scope_kind == ScopeKind.SECTION,
        RoleHolding.role.in_([Role.BOARD, Role.CHAIR]),
        *_holding(RoleHolding, day),
    )
    return hash(
        tuple(
            frozenset(tuple(row) for row in session.execute(query))
            for query in (belonging, shared, boards)
        )
    )
