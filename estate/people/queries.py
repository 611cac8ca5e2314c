"""Reading persons, households and roles; above all the reader behind a request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, or_, select, union
from sqlalchemy.orm import Session

from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.people.rules import (
    folded,
    initials,
    name_in_role,
    short_address,
    shown_name,
)
from estate.permissions import (
    HELD_ROLES,
    TABLE,
    Permission,
    Reader,
    Role,
    Scope,
    ScopeKind,
    Standing,
)
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    Organisation,
    Section,
    Stairwell,
)
from estate.projects.models import Partnership, PartnershipOrganisation
from estate.values.queries import default_number


class Living(NamedTuple):
    """Somebody's membership of a household, with the places around it."""

    household: int
    home: int
    stairwell: int
    building: int
    section: int
    organisation: int
    address: str
    section_name: str
    present: bool
    member: int


def person_by_id(session: Session, person: int) -> Person | None:
    """The person's row, or None."""
    return session.get(Person, person)


class Called(NamedTuple):
    """How somebody is shown to neighbours; `in_role` in a task, which nobody has by an alias."""

    name: str
    in_role: str
    protected: bool
    aliased: bool


def called(session: Session, person: int) -> Called:
    """How somebody is shown, for a copy of the name to be kept.

    Their row is held until the transaction ends: an import that protects the name waits for it,
    and then finds the copy.
    """
    row = session.execute(
        select(Person.given_name, Person.alias, Person.protected)
        .where(Person.id == person)
        .with_for_update(read=True)
    ).one()
    name = shown_name(row.given_name, row.alias, protected=row.protected)
    in_role = name_in_role(row.given_name, row.alias, protected=row.protected)
    return Called(name, in_role, row.protected, bool(row.alias) or row.protected)


def anyone_protected(session: Session, persons: Iterable[int | None]) -> bool:
    """Whether the register protects the name of one of these persons."""
    wanted = [person for person in persons if person is not None]
    return bool(session.scalar(select(exists().where(Person.id.in_(wanted), Person.protected))))


def names_around(session: Session, scope: Scope, day: date) -> frozenset[str]:
    """How others in these sections are called, `folded`: residents, and whoever has a role."""
    living = (
        select(Member.person_id)
        .join(Household, Member.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .where(
            Building.section_id.in_(scope.sections),
            or_(Member.ends_on.is_(None), Member.ends_on >= day),
            or_(Household.ends_on.is_(None), Household.ends_on >= day),
        )
    )
    acting = [
        select(RoleHolding.person_id).where(
            RoleHolding.scope_kind == kind,
            RoleHolding.scope_id.in_(select(column).where(Section.id.in_(scope.sections))),
            or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
        )
        for kind, column in (
            (ScopeKind.SECTION, Section.id),
            (ScopeKind.OFFICE, Section.office_id),
            (ScopeKind.ORGANISATION, Section.organisation_id),
        )
    ]
    rows = session.execute(
        select(Person.given_name, Person.family_name, Person.alias).where(
            Person.id != scope.person, Person.id.in_(union(living, *acting))
        )
    )
    return frozenset(
        folded(name)
        for given, family, alias in rows
        for name in (given, given.split(" ")[0], f"{given} {family}", alias or "")
        if name
    )


def persons_by_email(session: Session, email: str) -> Sequence[Person]:
    """Everybody who could be meant by an address: the confirmed one first, else the import's."""
    address = email.strip().lower()
    confirmed = session.scalars(select(Person).where(Person.email == address)).all()
    if confirmed:
        return confirmed
    return session.scalars(
        select(Person).where(Person.email.is_(None), Person.contact_email == address)
    ).all()


def former_since(day: date) -> date:
    """The earliest last day of a tenancy whose people still reach their own data on `day`."""
    return day - timedelta(days=default_number("former_days", day))


def livings_of(session: Session, person: int, day: date) -> list[Living]:
    """Where a person lives on a day, or lived until lately (`present` tells which)."""
    ends_after = former_since(day)
    rows = session.execute(
        select(
            Household.id,
            Home.id,
            Stairwell.id,
            Building.id,
            Section.id,
            Section.organisation_id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Section.name,
            Household.ends_on,
            Member.ends_on,
            Member.id,
        )
        .join_from(Member, Household, Member.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(
            Member.person_id == person,
            Member.adult,
            Member.confirmed_at.is_not(None),
            Member.starts_on <= day,
            Household.starts_on <= day,
            or_(Member.ends_on.is_(None), Member.ends_on >= ends_after),
            or_(Household.ends_on.is_(None), Household.ends_on >= ends_after),
        )
        .order_by(Household.starts_on.desc(), Member.id.desc())
    )
    return [
        Living(
            household=row[0],
            home=row[1],
            stairwell=row[2],
            building=row[3],
            section=row[4],
            organisation=row[5],
            address=short_address(row[6], row[7], row[8], row[9]),
            section_name=row[10],
            present=all(end is None or end >= day for end in (row[11], row[12])),
            member=row[13],
        )
        for row in rows
    ]


def _resident_standing(living: Living, role: Role) -> Standing:
    if role is Role.FORMER:
        return Standing(role=role, home=living.home, household=living.household)
    return Standing(
        role=role,
        organisations=frozenset({living.organisation}),
        sections=frozenset({living.section}),
        building=living.building,
        stairwell=living.stairwell,
        home=living.home,
        household=living.household if role is Role.RESIDENT else None,
    )


def _sections_of(kind: ScopeKind, number: int) -> Select[int, int, int, int | None] | None:
    rows = select(
        Section.id, Section.organisation_id, Organisation.administration_id, Section.office_id
    ).join(Organisation, Section.organisation_id == Organisation.id)
    match kind:
        case ScopeKind.SECTION:
            return rows.where(Section.id == number)
        case ScopeKind.ORGANISATION:
            return rows.where(Section.organisation_id == number)
        case ScopeKind.OFFICE:
            return rows.where(Section.office_id == number)
        case ScopeKind.ADMINISTRATION:
            return rows.where(Organisation.administration_id == number)
        case ScopeKind.PARTNERSHIP:
            return rows.join(
                PartnershipOrganisation,
                PartnershipOrganisation.organisation_id == Section.organisation_id,
            ).where(PartnershipOrganisation.partnership_id == number)
        case _:
            return None


def _boardless(session: Session, sections: Iterable[int], day: date) -> frozenset[int]:
    """Those of these sections that have no board of their own on this day."""
    wanted = set(sections)
    with_board = session.scalars(
        select(RoleHolding.scope_id).where(
            RoleHolding.scope_kind == ScopeKind.SECTION,
            RoleHolding.role.in_([Role.BOARD, Role.CHAIR]),
            RoleHolding.scope_id.in_(wanted),
            RoleHolding.starts_on <= day,
            or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
        )
    )
    return frozenset(wanted - set(with_board))


def _held_standing(session: Session, holding: RoleHolding, day: date) -> Standing:
    reach = _sections_of(holding.scope_kind, holding.scope_id)
    rows = session.execute(reach).all() if reach is not None else []
    own = frozenset({holding.scope_id})
    none: frozenset[int] = frozenset()
    sections = frozenset(row[0] for row in rows)
    return Standing(
        role=holding.role,
        sections=sections,
        organisations=frozenset(row[1] for row in rows),
        administrations=own if holding.scope_kind is ScopeKind.ADMINISTRATION else none,
        offices=own if holding.scope_kind is ScopeKind.OFFICE else none,
        partnerships=own if holding.scope_kind is ScopeKind.PARTNERSHIP else none,
        boardless=_boardless(session, sections, day) if holding.role is Role.ORGANISATION else none,
    )


def holdings_of(session: Session, person: int, day: date) -> Sequence[RoleHolding]:
    """The roles somebody holds on a day."""
    return session.scalars(
        select(RoleHolding)
        .where(
            RoleHolding.person_id == person,
            RoleHolding.starts_on <= day,
            or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
        )
        .order_by(RoleHolding.id)
    ).all()


class Task(NamedTuple):
    """A role somebody holds, and the name of what it is for; empty for a project's."""

    role: Role
    place: str


NAMED: Mapping[ScopeKind, tuple[Any, Any]] = {
    ScopeKind.SECTION: (Section.id, Section.name),
    ScopeKind.OFFICE: (Office.id, Office.name),
    ScopeKind.ORGANISATION: (Organisation.id, Organisation.name),
    ScopeKind.ADMINISTRATION: (Administration.id, Administration.name),
    ScopeKind.PARTNERSHIP: (Partnership.id, Partnership.name),
}


def tasks_of(session: Session, person: int, day: date) -> Sequence[Task]:
    """What somebody does here on a day, with where; a few at most."""
    held = holdings_of(session, person, day)
    names: dict[tuple[ScopeKind, int], str] = {}
    for kind, (number, name) in NAMED.items():
        wanted = [holding.scope_id for holding in held if holding.scope_kind is kind]
        if wanted:
            rows = session.execute(select(number, name).where(number.in_(wanted)))
            names |= {(kind, row[0]): row[1] for row in rows}
    return [Task(h.role, names.get((h.scope_kind, h.scope_id), "")) for h in held]


def _helped(session: Session, helper: int, day: date) -> Sequence[int]:
    return session.scalars(
        select(Helper.resident_id).where(
            Helper.helper_id == helper,
            Helper.starts_on <= day,
            or_(Helper.ends_on.is_(None), Helper.ends_on >= day),
        )
    ).all()


def reader_of(
    session: Session, person: int, day: date, *, session_id: int | None = None, trusted: bool = True
) -> Reader | None:
    """The reader for a person on a day, with every standing they have; None if unknown."""
    row = session.execute(
        select(
            Person.key,
            Person.given_name,
            Person.alias,
            Person.protected,
            Person.language,
        ).where(Person.id == person)
    ).one_or_none()
    if row is None:
        return None
    livings = livings_of(session, person, day)
    present = [living for living in livings if living.present]
    standings = [_resident_standing(living, Role.RESIDENT) for living in present]
    standings += [
        _resident_standing(living, Role.FORMER) for living in livings if not living.present
    ]
    standings += [_held_standing(session, h, day) for h in holdings_of(session, person, day)]
    for resident in _helped(session, person, day):
        standings += [
            _resident_standing(living, Role.HELPER)
            for living in livings_of(session, resident, day)
            if living.present
        ]
    shown = shown_name(row.given_name, row.alias, protected=row.protected)
    return Reader(
        id=person,
        key=row.key,
        first_name=shown,
        initials=initials(shown),
        language=row.language,
        standings=tuple(standings),
        place=present[0].address if present else "",
        section_name=present[0].section_name if present else "",
        session=session_id,
        trusted=trusted,
        protected=row.protected,
    )


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


def _at_home_in(place: Place, day: date) -> Select[int]:
    query = (
        select(Member.person_id)
        .join(Household, Member.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .where(
            Member.adult,
            Member.confirmed_at.is_not(None),
            and_(Member.starts_on <= day, or_(Member.ends_on.is_(None), Member.ends_on >= day)),
            and_(
                Household.starts_on <= day,
                or_(Household.ends_on.is_(None), Household.ends_on >= day),
            ),
        )
    )
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
        helping = select(Helper.helper_id).where(
            Helper.helper_id.in_(wanted),
            Helper.starts_on <= day,
            or_(Helper.ends_on.is_(None), Helper.ends_on >= day),
            Helper.resident_id.in_(_at_home_in(place, day)),
        )
        roads.append(helping)
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


def _over(section: int, day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a role holds on a day over a section, or over what is above it."""
    reaching = (
        select(Section.id)
        .select_from(Section)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .outerjoin(
            PartnershipOrganisation,
            PartnershipOrganisation.organisation_id == Section.organisation_id,
        )
        .where(Section.id == section)
    )
    above: Mapping[ScopeKind, Any] = {
        ScopeKind.SECTION: Section.id,
        ScopeKind.ORGANISATION: Section.organisation_id,
        ScopeKind.OFFICE: Section.office_id,
        ScopeKind.ADMINISTRATION: Organisation.administration_id,
        ScopeKind.PARTNERSHIP: PartnershipOrganisation.partnership_id,
    }
    return (
        RoleHolding.starts_on <= day,
        or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
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
            RoleHolding.starts_on <= day,
            or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
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
        RoleHolding.starts_on <= day,
        or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
        *(RoleHolding.person_id.is_distinct_from(party) for party in parties),
    )
    return or_(own, and_(section.in_(scope.standing_in), ~others))


def anybody(session: Session) -> bool:
    """Whether the database holds a person at all."""
    return bool(session.scalar(select(exists().where(Person.id.is_not(None)))))


def member_as_told(session: Session, member: int) -> dict[str, Any]:
    """A membership in the administration's own numbers, as its system is told of it."""
    row = session.execute(
        select(
            Section.number.label("section"),
            Home.number.label("home"),
            Household.number.label("tenancy"),
            Person.number.label("person"),
            Person.key,
            Person.given_name,
            Person.family_name,
            Person.contact_email.label("email"),
            Member.starts_on,
            Member.ends_on,
        )
        .join_from(Member, Household, Member.household_id == Household.id)
        .join(Person, Member.person_id == Person.id)
        .join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(Member.id == member)
    ).one()
    days = {"starts_on": row.starts_on, "ends_on": row.ends_on}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    return {**row._asdict(), **told}


def person_as_told(session: Session, person: int) -> tuple[int | None, dict[str, Any]]:
    """The administration that knows a person, and what its system is told of them."""
    row = session.execute(
        select(
            Person.administration_id, Person.number, Person.key, Person.email, Person.language
        ).where(Person.id == person)
    ).one()
    told = {"person": row.number, "key": row.key, "email": row.email, "language": row.language}
    return row.administration_id, told
