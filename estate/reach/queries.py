"""From a place to its people, as `estate.permissions.scope` goes from a person to places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, or_, select, union
from sqlalchemy.orm import Session, aliased

from estate.people.models import Helper, Household, Member, RoleHolding
from estate.people.queries import in_force, with_places
from estate.permissions import HELD_ROLES, TABLE, Permission, Role, Scope, ScopeKind
from estate.places.models import Building, Organisation, Section, Stairwell
from estate.projects.models import PartnershipOrganisation


@dataclass(frozen=True, slots=True)
class Place:
    """A section, or within it a building or a stairwell: the narrowest given counts."""

    section: int
    building: int | None = None
    stairwell: int | None = None

    @property
    def whole_section(self) -> bool:
        """Whether it is the section itself, which also those reach who work for it."""
        return self.building is None and self.stairwell is None


def at_home(day: date) -> Select[int]:
    """Ids of the adults who live somewhere on a day, to be narrowed by the places they live in."""
    members = select(Member.person_id).join(Household, Member.household_id == Household.id)
    return with_places(members).where(
        Member.adult,
        Member.confirmed_at.is_not(None),
        in_force(Member, day),
        in_force(Household, day),
    )


def helping(residents: Select[int], day: date) -> Select[int]:
    """Ids of those who help these persons on a day."""
    return select(Helper.helper_id).where(in_force(Helper, day), Helper.resident_id.in_(residents))


def _at_home_in(place: Place, day: date) -> Select[int]:
    query = at_home(day)
    if place.stairwell is not None:
        return query.where(Stairwell.id == place.stairwell)
    if place.building is not None:
        return query.where(Building.id == place.building)
    return query.where(Building.section_id == place.section)


def residents_of(
    session: Session, place: Place, day: date, *, after: int = 0, limit: int
) -> Sequence[int]:
    """Ids of the adults who live in a place on a day, in order: so many of those after `after`."""
    found = _at_home_in(place, day).where(Member.person_id > after)
    return session.scalars(found.distinct().order_by(Member.person_id).limit(limit)).all()


def reached(
    session: Session, persons: Iterable[int], permission: Permission, place: Place, day: date
) -> frozenset[int]:
    """Those of these persons for whom a permission holds in a place on a day (`scope` for many)."""
    wanted = set(persons)
    roads = []
    if permission in TABLE[Role.RESIDENT]:
        roads.append(_at_home_in(place, day).where(Member.person_id.in_(wanted)))
    if permission in TABLE[Role.HELPER]:
        theirs = helping(_at_home_in(place, day), day)
        roads.append(theirs.where(Helper.helper_id.in_(wanted)))
    if place.whole_section:
        roads.append(_holding_over(wanted, permission, place.section, day))
    return frozenset(session.scalars(union(*roads))) if wanted and roads else frozenset()


def _holding_over(
    persons: Iterable[int], permission: Permission, section: int, day: date
) -> Select[int]:
    """Those who hold a role that grants a permission over a section, or over what is above it."""
    return select(RoleHolding.person_id).where(
        RoleHolding.person_id.in_(persons),
        RoleHolding.role.in_([role for role in HELD_ROLES if permission in TABLE[role]]),
        *_over(section, day),
    )


def holders_over(session: Session, role: Role, section: int, day: date) -> frozenset[int]:
    """Those who hold a role over a section, or over what is above it, on a day."""
    holding = select(RoleHolding.person_id).where(RoleHolding.role == role, *_over(section, day))
    return frozenset(session.scalars(holding))


def holding_role_over(
    person: SQLColumnExpression[int | None],
    permission: Permission,
    section: SQLColumnExpression[int],
    day: date,
) -> ColumnElement[bool]:
    """The condition that a role of a row's person grants a permission over the row's section."""
    return exists().where(
        RoleHolding.person_id == person,
        RoleHolding.role.in_([role for role in HELD_ROLES if permission in TABLE[role]]),
        *_over(section, day),
    )


def _over(section: int | SQLColumnExpression[int], day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a role holds on a day over a section, or over what is above it."""
    there = aliased(Section)
    reaching = (
        select(there.id)
        .select_from(there)
        .join(Organisation, there.organisation_id == Organisation.id)
        .outerjoin(
            PartnershipOrganisation,
            PartnershipOrganisation.organisation_id == there.organisation_id,
        )
        .where(there.id == section)
    )
    above: Mapping[ScopeKind, Any] = {
        ScopeKind.SECTION: there.id,
        ScopeKind.ORGANISATION: there.organisation_id,
        ScopeKind.OFFICE: there.office_id,
        ScopeKind.ADMINISTRATION: Organisation.administration_id,
        ScopeKind.PARTNERSHIP: PartnershipOrganisation.partnership_id,
    }
    return (
        in_force(RoleHolding, day),
        or_(
            *(
                and_(
                    RoleHolding.scope_kind == kind,
                    RoleHolding.scope_id.in_(reaching.with_only_columns(column)),
                )
                for kind, column in above.items()
            )
        ),
    )


def holders_of(session: Session, role: Role, section: int, day: date) -> Sequence[int]:
    """Ids of the persons who hold a role over exactly this section on a day."""
    return session.scalars(
        select(RoleHolding.person_id)
        .distinct()
        .where(
            RoleHolding.role == role,
            RoleHolding.scope_kind == ScopeKind.SECTION,
            RoleHolding.scope_id == section,
            in_force(RoleHolding, day),
        )
    ).all()


def moderated(
    scope: Scope,
    section: SQLColumnExpression[int],
    parties: Iterable[SQLColumnExpression[int | None]],
    day: date,
) -> ColumnElement[bool]:
    """The condition that this scope moderates what is these parties' in a section.

    Nobody judges their own: where the board has nobody besides the parties, its organisation does.
    """
    own = section.in_(scope.sections)
    if not scope.standing_in:
        return own
    others = exists().where(
        RoleHolding.scope_kind == ScopeKind.SECTION,
        RoleHolding.scope_id == section,
        RoleHolding.role.in_([Role.BOARD, Role.CHAIR]),
        in_force(RoleHolding, day),
        *(RoleHolding.person_id.is_distinct_from(party) for party in parties),
    )
    return or_(own, and_(section.in_(scope.standing_in), ~others))
