"""Builders supply the background: an estate of two organisations, small enough to see whole."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from estate import clock
from estate.people.models import Household, Member, Person, RoleHolding
from estate.permissions import Reader, Role, ScopeKind
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    Organisation,
    Section,
    Stairwell,
)
from estate.standings.queries import reader_of

LONG_AGO = date(2020, 1, 1)


@dataclass(frozen=True)
class Estate:
    """Ids of what `build_estate` made.

    North owns section 1 (Lærkevej: building A with stairwells 8 and 10, building B with 12);
    South owns section 2 (Søvej 1). One office serves both. Residents: amina (8, 2. tv.), yasmin
    (8, 1. th.), jonas (10, st. tv.), bent (12, 1. tv.), sofie (Søvej 1).
    """

    administration: int
    north: int
    south: int
    office: int
    section: int
    other_section: int
    building: int
    other_building: int
    stairwell: int
    next_stairwell: int
    far_stairwell: int
    foreign_stairwell: int
    people: dict[str, int]
    households: dict[str, int]
    homes: dict[str, int]


def add_person(session: Session, name: str, **more: object) -> Person:
    """A person with an address of their own at example.org."""
    values = {
        "key": f"key-{name}",
        "given_name": name.capitalize(),
        "family_name": "Prøve",
        "email": f"{name}@example.org",
        "language": "da",
        "created_at": clock.now(),
        **more,
    }
    person = Person(**values)
    session.add(person)
    session.flush()
    return person


def add_household(
    session: Session, home: int, *persons: int, starts: date = LONG_AGO, ends: date | None = None
) -> Household:
    """A tenancy of a home with these adults as members; the first is the tenant."""
    household = Household(home_id=home, number=f"T{home}-{starts}", starts_on=starts, ends_on=ends)
    session.add(household)
    session.flush()
    for position, person in enumerate(persons):
        session.add(
            Member(
                household_id=household.id,
                person_id=person,
                tenant=position == 0,
                starts_on=starts,
                confirmed_at=clock.now(),
            )
        )
    session.flush()
    return household


def give_role(session: Session, person: int, role: Role, kind: ScopeKind, scope_id: int) -> None:
    """A role held since long ago and still."""
    session.add(
        RoleHolding(
            person_id=person, role=role, scope_kind=kind, scope_id=scope_id, starts_on=LONG_AGO
        )
    )
    session.flush()


def build_estate(session: Session) -> Estate:
    """Two organisations under one administration; see `Estate`."""
    administration = Administration(name="Prøveadministrationen")
    session.add(administration)
    session.flush()
    north = Organisation(
        administration_id=administration.id, number="N", name="Boligforeningen Nord"
    )
    south = Organisation(
        administration_id=administration.id, number="S", name="Boligforeningen Syd"
    )
    office = Office(administration_id=administration.id, name="Kontoret", phone="12345678")
    session.add_all([north, south, office])
    session.flush()
    section = Section(organisation_id=north.id, office_id=office.id, number="1", name="Lærken")
    other = Section(organisation_id=south.id, office_id=office.id, number="2", name="Søen")
    session.add_all([section, other])
    session.flush()
    a = Building(section_id=section.id, number="A")
    b = Building(section_id=section.id, number="B")
    c = Building(section_id=other.id, number="C")
    session.add_all([a, b, c])
    session.flush()
    doors = [
        Stairwell(building_id=building.id, street=street, house_number=number)
        for building, street, number in (
            (a, "Lærkevej", "8"),
            (a, "Lærkevej", "10"),
            (b, "Lærkevej", "12"),
            (c, "Søvej", "1"),
        )
    ]
    session.add_all(doors)
    session.flush()
    rooms = {
        "amina": (doors[0], "2", "tv"),
        "yasmin": (doors[0], "1", "th"),
        "jonas": (doors[1], "st", "tv"),
        "bent": (doors[2], "1", "tv"),
        "sofie": (doors[3], "1", "tv"),
    }
    people, households, homes = {}, {}, {}
    for name, (door, floor, side) in rooms.items():
        home = Home(
            stairwell_id=door.id,
            number=f"{floor}-{side}",
            floor=floor,
            side=side,
            area_m2=84,
            rooms=3,
        )
        session.add(home)
        session.flush()
        people[name] = add_person(session, name).id
        homes[name] = home.id
        households[name] = add_household(session, home.id, people[name]).id
    for name, role, kind, scope_id in (
        ("chair", Role.CHAIR, ScopeKind.SECTION, section.id),
        ("caretaker", Role.CARETAKER, ScopeKind.OFFICE, office.id),
        ("office", Role.OFFICE, ScopeKind.OFFICE, office.id),
        ("organisation", Role.ORGANISATION, ScopeKind.ORGANISATION, north.id),
    ):
        people[name] = add_person(session, name).id
        give_role(session, people[name], role, kind, scope_id)
    return Estate(
        administration=administration.id,
        north=north.id,
        south=south.id,
        office=office.id,
        section=section.id,
        other_section=other.id,
        building=a.id,
        other_building=b.id,
        stairwell=doors[0].id,
        next_stairwell=doors[1].id,
        far_stairwell=doors[2].id,
        foreign_stairwell=doors[3].id,
        people=people,
        households=households,
        homes=homes,
    )


def reader(session: Session, person: int) -> Reader:
    """The reader behind a person, today."""
    found = reader_of(session, person, clock.today())
    assert found is not None
    return found
