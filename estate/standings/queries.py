"""Who somebody is here: the reader behind a request, and what their standings follow from."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, SQLColumnExpression, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.people.queries import in_force, lasting, with_places
from estate.people.rules import holds_on, initials, short_address, shown_name
from estate.permissions import Reader, Role, ScopeKind, Standing
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


def former_since(day: date) -> date:
    """The earliest last day of a tenancy whose people still reach their own data on `day`."""
    return day - timedelta(days=default_number("former_days", day))


def _counts(day: date) -> tuple[SQLColumnExpression[bool], ...]:
    """The conditions that a membership counts: it has begun, and ended lately if at all."""
    since = former_since(day)
    return (
        Member.adult,
        Member.confirmed_at.is_not(None),
        Member.starts_on <= day,
        Household.starts_on <= day,
        lasting(Member, since),
        lasting(Household, since),
    )


def livings_of(session: Session, person: int, day: date) -> list[Living]:
    """Where a person lives on a day, or lived until lately (`present` tells which)."""
    rows = session.execute(
        with_places(
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
            ).join_from(Member, Household, Member.household_id == Household.id)
        )
        .join(Section, Building.section_id == Section.id)
        .where(Member.person_id == person, *_counts(day))
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
            in_force(RoleHolding, day),
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
            in_force(RoleHolding, day),
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
            in_force(Helper, day),
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


Mark = frozenset[tuple[Any, ...]]


def marks_of(session: Session, persons: Collection[int], day: date) -> Mapping[int, Mark]:
    """By person, all their reach follows from on a day: while the mark is the same, so is it.

    A few queries for some hundreds of persons, where their readers would take five each.
    """
    found: dict[int, set[tuple[Any, ...]]] = {person: set() for person in persons}
    for person, *living in session.execute(_tenancies(Member.person_id, persons, day)):
        found[person].add(("lives", *_as_of(day, *living)))
    for person, *living in session.execute(_helped_tenancies(persons, day)):
        found[person].add(("helps", *_as_of(day, *living)))
    roles = defaultdict(list)
    for person, *role in session.execute(_held(persons, day)):
        roles[person].append(("holds", *role))
    ground = _ground(session, day) if roles else 0
    for person, marks in roles.items():
        found[person].update([*marks, ("ground", ground)])
    return {person: frozenset(marks) for person, marks in found.items()}


def roles_of(
    session: Session, persons: Collection[int], day: date
) -> Mapping[int, frozenset[Role]]:
    """By person, the roles they have on a day (`Reader.roles` for many), in three queries."""
    found: dict[int, set[Role]] = {person: set() for person in persons}
    for person, *living in session.execute(_tenancies(Member.person_id, persons, day)):
        present = _as_of(day, *living)[-1]
        found[person].add(Role.RESIDENT if present else Role.FORMER)
    for person, *living in session.execute(_helped_tenancies(persons, day)):
        if _as_of(day, *living)[-1]:
            found[person].add(Role.HELPER)
    for person, role, *_ in session.execute(_held(persons, day)):
        found[person].add(role)
    return {person: frozenset(roles) for person, roles in found.items()}


def _helped_tenancies(persons: Collection[int], day: date) -> Select[*tuple[Any, ...]]:
    helping = _tenancies(Helper.helper_id, persons, day)
    helped = helping.join(Helper, Helper.resident_id == Member.person_id)
    return helped.where(in_force(Helper, day))


def _held(persons: Collection[int], day: date) -> Select[int, Role, ScopeKind, int]:
    return select(
        RoleHolding.person_id, RoleHolding.role, RoleHolding.scope_kind, RoleHolding.scope_id
    ).where(RoleHolding.person_id.in_(persons), in_force(RoleHolding, day))


def _tenancies(
    whose: InstrumentedAttribute[int], persons: Collection[int], day: date
) -> Select[*tuple[Any, ...]]:
    return (
        select(whose, Household.id, Home.stairwell_id, Household.ends_on, Member.ends_on)
        .select_from(Member)
        .join(Household, Member.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .where(whose.in_(persons), *_counts(day))
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
        in_force(RoleHolding, day),
    )
    return hash(
        tuple(
            frozenset(tuple(row) for row in session.execute(query))
            for query in (belonging, shared, boards)
        )
    )
