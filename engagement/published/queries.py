"""Reading what anybody may read of faults, and finding the place a program names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from engagement.cases.models import Case, CaseEntry
from engagement.cases.rules import OWNER, Kind, Origin, Place, Seen
from engagement.published.rules import (
    OVER,
    Named,
    PlaceKind,
    address_id,
    after,
    begins,
    holds,
    only,
    place_named,
    words_are_public,
)
from estate.people.models import Household
from estate.people.queries import in_force
from estate.photos.models import Photo
from estate.photos.queries import PhotoLine, photo
from estate.places.models import Building, Home, Organisation, Part, Section, Stairwell

Answer = aliased(CaseEntry)


@dataclass(frozen=True)
class Wanted:
    """Which published faults are asked for; no organisations: all of them."""

    numbers: Sequence[int] = ()
    categories: Sequence[str] = ()
    open: bool = True
    closed: bool = True
    start: datetime | None = None
    end: datetime | None = None
    skip: int = 0
    most: int = 1000
    organisations: Collection[int] | None = None


class PublicFault(NamedTuple):
    """A fault at a common place, as anybody may read it; `photo` is the first one's number.

    The last answer is `answer`, or the sentence `phrase` of the phrase book with its `values`.
    """

    number: int
    category: str
    open: bool
    received_at: datetime
    changed_at: datetime
    words: str
    answer: str
    phrase: str
    values: Mapping[str, str]
    organisation: str
    place: str
    address: str
    address_id: str
    postcode: str
    photo: int | None


def public_faults(session: Session, wanted: Wanted) -> Sequence[PublicFault]:
    """Published faults, newest first."""
    asked = [*_published(), _as_open(wanted)]
    if wanted.numbers:
        asked.append(Case.id.in_(wanted.numbers))
    if wanted.categories:
        asked.append(Case.category.in_(wanted.categories))
    if wanted.start is not None:
        asked.append(Case.received_at >= wanted.start)
    if wanted.end is not None:
        asked.append(Case.received_at <= wanted.end)
    if wanted.organisations is not None:
        asked.append(Section.organisation_id.in_(wanted.organisations))
    query = _faults().where(*asked).order_by(Case.received_at.desc(), Case.id.desc())
    rows = session.execute(query.offset(wanted.skip).limit(wanted.most)).all()
    return [_public(row) for row in rows]


def public_fault(session: Session, number: int) -> PublicFault | None:
    """One published fault; None for what is not there, or not anybody's to read."""
    row = session.execute(_faults().where(*_published(), Case.id == number)).one_or_none()
    return _public(row) if row else None


def public_photo(session: Session, number: int, n: int) -> PhotoLine | None:
    """A photo that came with a report by Open311."""
    case = session.scalar(
        select(Case.id).where(*_published(), Case.id == number, Case.origin == Origin.OPEN311)
    )
    return photo(session, OWNER, case, n) if case is not None else None


def _published() -> list[ColumnElement[bool]]:
    """Never what is inside a home, and never what somebody wrote to the office in confidence."""
    return [Case.kind == Kind.FAULT, Case.home_id.is_(None), Case.category != ""]


def _as_open(wanted: Wanted) -> ColumnElement[bool]:
    over = Case.state.in_(OVER)
    either = [over] if wanted.closed else []
    return or_(false(), *either, *([~over] if wanted.open else []))


def _faults() -> Select[*tuple[Any, ...]]:
    spoken = or_(CaseEntry.text != "", CaseEntry.phrase != "")
    last = (
        select(func.max(CaseEntry.id))
        .where(
            CaseEntry.case_id == Case.id,
            CaseEntry.seen == Seen.EVERYBODY,
            CaseEntry.by_staff,
            spoken,
        )
        .scalar_subquery()
    )
    shown = (
        select(func.min(Photo.n))
        .where(Photo.owner_kind == OWNER, Photo.owner_id == Case.id)
        .scalar_subquery()
    )
    return (
        select(
            Case.id,
            Case.category,
            Case.state,
            Case.origin,
            Case.received_at,
            Case.last_at,
            Case.text,
            Case.section_id,
            Case.building_id,
            Case.stairwell_id,
            Organisation.name.label("organisation"),
            Section.name.label("section"),
            Part.name.label("part"),
            Part.code,
            Stairwell.street,
            Stairwell.house_number,
            Stairwell.postcode,
            Stairwell.city,
            Answer.text.label("answer"),
            Answer.phrase,
            Answer.values.label("said"),
            shown.label("photo"),
        )
        .join_from(Case, Section, Case.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .outerjoin(Part, Case.part_id == Part.id)
        .outerjoin(Answer, and_(Case.origin == Origin.OPEN311, Answer.id == last))
        .outerjoin(Stairwell, Stairwell.id == Case.stairwell_id)
    )


def _public(row: Row[Any]) -> PublicFault:
    own = words_are_public(row.origin)
    door = f"{row.street} {row.house_number}" if row.street else ""
    town = f"{row.postcode} {row.city}".strip() if row.street else ""
    return PublicFault(
        number=row.id,
        category=row.category,
        open=row.state not in OVER,
        received_at=row.received_at,
        changed_at=row.last_at,
        words=row.text if own else "",
        answer=row.answer or "",
        phrase=row.phrase or "",
        values=row.said or {},
        organisation=row.organisation,
        place=", ".join(part for part in (row.part, door or row.section) if part),
        address=", ".join(part for part in (door or row.section, town) if part),
        address_id=address_id(row.code, row.stairwell_id, row.building_id, row.section_id),
        postcode=row.postcode or "",
        photo=row.photo if own else None,
    )


def organisations_numbered(session: Session, number: str) -> Sequence[int]:
    """The organisations with this number: a jurisdiction, to other programs."""
    return session.scalars(select(Organisation.id).where(Organisation.number == number)).all()


def place_by(
    session: Session, administration: int, named: str, address: str, day: date
) -> Place | None:
    """The place a program means, of those its administration runs; None where that is not clear.

    An `address_id` counts before an address; of an address, what follows the front door may be a
    home's floor and side, or the name of a part.
    """
    if named:
        found = _by_id(session, administration, named)
    else:
        found = _by_address(session, administration, address)
    return _where(session, found, day) if found is not None else None


def _where(session: Session, named: Named, day: date) -> Place:
    """A place with all it lies in, and a home's with who lives there on a day."""
    stairwell = building = household = None
    section: int | None = None
    match named.kind:
        case PlaceKind.HOME:
            stairwell = session.get_one(Home, named.id).stairwell_id
            household = session.scalar(
                select(Household.id)
                .where(Household.home_id == named.id, in_force(Household, day))
                .order_by(Household.starts_on.desc())
                .limit(1)
            )
        case PlaceKind.PART:
            part = session.get_one(Part, named.id)
            stairwell, building, section = part.stairwell_id, part.building_id, part.section_id
        case PlaceKind.STAIRWELL:
            stairwell = named.id
        case PlaceKind.BUILDING:
            building = named.id
        case PlaceKind.SECTION:
            section = named.id
    if stairwell is not None:
        building = session.get_one(Stairwell, stairwell).building_id
    if section is None:
        section = session.get_one(Building, building).section_id
    return Place(
        section,
        session.get_one(Section, section).organisation_id,
        building=building,
        stairwell=stairwell,
        home=named.id if named.kind is PlaceKind.HOME else None,
        part=named.id if named.kind is PlaceKind.PART else None,
        household=household,
    )


def _by_id(session: Session, administration: int, named: str) -> Named | None:
    place = place_named(named)
    if place is None:
        part = select(Part.id).where(Part.code == named, Part.closed_on.is_(None))
        found = session.scalar(_of_part(part, administration))
        return Named(PlaceKind.PART, found) if found is not None else None
    found = session.scalar(_existing(place, administration))
    return place if found is not None else None


def _existing(place: Named, administration: int) -> Select[int]:
    match place.kind:
        case PlaceKind.HOME:
            query = select(Home.id).where(Home.id == place.id, Home.closed_on.is_(None))
            query = _of_stairwell(query.join(Stairwell, Home.stairwell_id == Stairwell.id))
        case PlaceKind.STAIRWELL:
            query = _of_stairwell(select(Stairwell.id).where(Stairwell.id == place.id))
        case PlaceKind.BUILDING:
            query = select(Building.id).where(Building.id == place.id)
            query = query.join(Section, Building.section_id == Section.id)
        case _:
            query = select(Section.id).where(Section.id == place.id)
    return _of_section(query, administration)


def _of_stairwell(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.join(Building, Stairwell.building_id == Building.id).join(
        Section, Building.section_id == Section.id
    )


def _of_part(query: Select[*tuple[Any, ...]], administration: int) -> Select[*tuple[Any, ...]]:
    return _of_section(query.join(Section, Part.section_id == Section.id), administration)


def _of_section(query: Select[*tuple[Any, ...]], administration: int) -> Select[*tuple[Any, ...]]:
    return query.join(Organisation, Section.organisation_id == Organisation.id).where(
        Organisation.administration_id == administration
    )


def _by_address(session: Session, administration: int, address: str) -> Named | None:
    doors = session.execute(
        _of_section(
            _of_stairwell(select(Stairwell.id, Stairwell.street, Stairwell.house_number)),
            administration,
        )
    ).all()
    fitting = [
        (door.id, f"{door.street} {door.house_number}")
        for door in doors
        if begins(address, f"{door.street} {door.house_number}")
    ]
    if len(fitting) != 1:
        return None
    ((stairwell, name),) = fitting
    rest = after(address, name)
    return _within(session, stairwell, rest) or Named(PlaceKind.STAIRWELL, stairwell)


def _within(session: Session, stairwell: int, rest: Sequence[str]) -> Named | None:
    """What the words after a front door name behind it."""
    homes = session.execute(
        select(Home.id, Home.floor, Home.side).where(
            Home.stairwell_id == stairwell, Home.closed_on.is_(None)
        )
    )
    home = only(
        Named(PlaceKind.HOME, row.id)
        for row in homes
        if [row.floor, row.side] == list(rest[:2]) or (not row.side and [row.floor] == rest[:1])
    )
    parts = session.execute(
        select(Part.id, Part.name).where(Part.stairwell_id == stairwell, Part.closed_on.is_(None))
    )
    part = only(Named(PlaceKind.PART, row.id) for row in parts if holds(rest, row.name))
    return home or part
