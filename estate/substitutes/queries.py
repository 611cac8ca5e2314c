"""Reading who stands in where, and the local notes of where somebody works."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from estate.people.models import Person, RoleHolding, RoleOrigin
from estate.people.queries import lasting
from estate.people.rules import name_in_role
from estate.permissions import Role, Scope, ScopeKind
from estate.places.models import Building, Organisation, Section, Stairwell
from estate.search.rules import natural
from estate.substitutes.models import SectionNote


class SubstituteLine(NamedTuple):
    """Somebody who stands in for a caretaker in a section."""

    id: int
    person: int
    name: str
    section: int
    section_name: str
    organisation: int
    starts_on: date
    ends_on: date | None


def substitutes(session: Session, scope: Scope, day: date) -> Sequence[SubstituteLine]:
    """Who stands in within a scope from a day on, the first to come first."""
    rows = session.execute(
        select(
            RoleHolding.id,
            Person.id,
            Person.given_name,
            Person.alias,
            Person.protected,
            Section.id,
            Section.name,
            Section.organisation_id,
            RoleHolding.starts_on,
            RoleHolding.ends_on,
        )
        .join(Person, RoleHolding.person_id == Person.id)
        .join(
            Section,
            and_(RoleHolding.scope_kind == ScopeKind.SECTION, RoleHolding.scope_id == Section.id),
        )
        .where(
            RoleHolding.origin == RoleOrigin.OFFICE,
            RoleHolding.role == Role.CARETAKER,
            Section.id.in_(scope.sections),
            lasting(RoleHolding, day),
        )
        .order_by(RoleHolding.starts_on, RoleHolding.id)
    )
    return [
        SubstituteLine(
            row[0],
            row[1],
            name_in_role(row[2], row[3], protected=row[4]),
            row[5],
            row[6],
            row[7],
            row[8],
            row[9],
        )
        for row in rows
    ]


class NotePlace(NamedTuple):
    """A section, or one of its stairwells, with its note; the text is empty where there is none."""

    section: int
    stairwell: int | None
    name: str
    text: str
    language: str

    @property
    def key(self) -> str:
        """As an address names it."""
        return f"section-{self.section}" if self.stairwell is None else f"door-{self.stairwell}"


class SectionNotes(NamedTuple):
    """A section with all its places, each with its note."""

    id: int
    name: str
    organisation: int
    places: Sequence[NotePlace]

    @property
    def written(self) -> Sequence[NotePlace]:
        """The places that have a note."""
        return [place for place in self.places if place.text]


def local_notes(session: Session, scope: Scope) -> Sequence[SectionNotes]:
    """The sections of a scope with their notes, and those of their stairwells."""
    sections = session.execute(
        select(Section.id, Section.name, Section.organisation_id, SectionNote)
        .outerjoin(
            SectionNote,
            and_(SectionNote.section_id == Section.id, SectionNote.stairwell_id.is_(None)),
        )
        .where(Section.id.in_(scope.sections))
        .order_by(Section.organisation_id, Section.number)
    ).all()
    doors = _doors(session, scope)
    return [
        SectionNotes(
            number,
            name,
            organisation,
            [_place(number, None, name, note), *doors.get(number, ())],
        )
        for number, name, organisation, note in sections
    ]


def _doors(session: Session, scope: Scope) -> dict[int, list[NotePlace]]:
    rows = session.execute(
        select(Building.section_id, Stairwell, SectionNote)
        .join(Building, Stairwell.building_id == Building.id)
        .outerjoin(SectionNote, SectionNote.stairwell_id == Stairwell.id)
        .where(Building.section_id.in_(scope.sections))
    )
    found: dict[int, list[NotePlace]] = {}
    for section, door, note in rows:
        place = _place(section, door.id, f"{door.street} {door.house_number}", note)
        found.setdefault(section, []).append(place)
    for places in found.values():
        places.sort(key=lambda place: natural(place.name))
    return found


def _place(section: int, stairwell: int | None, name: str, note: SectionNote | None) -> NotePlace:
    said = (note.text, note.language) if note is not None else ("", "da")
    return NotePlace(section, stairwell, name, *said)


def persons_to_stand_in(session: Session, administration: int, email: str) -> Sequence[Person]:
    """Who could be meant by an address: whose own it is, else whom the register has by it.

    What a resident typed for somebody they added proves nothing: it would choose who gets a role.
    """
    of_here = or_(Person.administration_id == administration, Person.administration_id.is_(None))
    own = session.scalars(select(Person).where(of_here, Person.email == email)).all()
    told = select(Person).where(
        Person.administration_id == administration,
        Person.contact_email == email,
        Person.contact_email_let_go.is_(False),
        Person.email.is_(None),
    )
    return own or session.scalars(told).all()


def signs_in_otherwise(session: Session, administration: int, email: str) -> bool:
    """Whether the register has this address of somebody who signs in with another one now."""
    told = Person.administration_id == administration, Person.contact_email == email
    found = select(Person.id).where(*told, Person.email.is_not(None), Person.email != email)
    return session.scalar(found.limit(1)) is not None


def administration_of(session: Session, sections: Sequence[int]) -> Sequence[int]:
    """The administrations these sections belong to."""
    wanted = (
        select(Organisation.administration_id)
        .join(Section, Section.organisation_id == Organisation.id)
        .where(Section.id.in_(sections))
    )
    return session.scalars(wanted.distinct()).all()
