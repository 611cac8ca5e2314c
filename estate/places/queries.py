"""Reading places: an office and its hours, building parts, holidays, systems."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from estate import clock
from estate.permissions import Scope
from estate.places.models import (
    Building,
    Office,
    OfficeClosedDay,
    OfficeHours,
    Organisation,
    Part,
    Section,
    Stairwell,
)
from estate.places.rules import (
    ClosedDay,
    Holiday,
    Opening,
    OpenState,
    System,
    closed_soon,
    holidays_in,
    open_state,
    parse_holidays,
    parse_systems,
)
from estate.search.rules import letter_cases, natural, register_words

HERE = Path(__file__).parent
HOLIDAYS = HERE / "holidays.csv"
SYSTEMS = HERE / "systems.csv"
PAGE = 50


@functools.cache
def _holidays() -> Sequence[Holiday]:
    with HOLIDAYS.open(encoding="utf-8", newline="") as file:
        return parse_holidays(file)


@functools.cache
def public_holidays(year: int) -> Mapping[date, Holiday]:
    """The Danish public holidays of a year by day."""
    return holidays_in(_holidays(), year)


def holidays_after(day: date) -> Mapping[date, Holiday]:
    """The public holidays of this year and the next, by day."""
    return {**public_holidays(day.year), **public_holidays(day.year + 1)}


@functools.cache
def systems() -> Mapping[str, System]:
    """The systems a building part can belong to, by code."""
    with SYSTEMS.open(encoding="utf-8", newline="") as file:
        return parse_systems(file)


def system_name(code: str, language: str) -> str:
    """A system's name; a code that has left the list stands for itself."""
    known = systems().get(code)
    return known.name(language) if known else code


class OfficeLine(NamedTuple):
    """An office as visitors see it: its weekly hours, and whether it is open now.

    `closed` are the days to come on which it is not open as the week says.
    """

    id: int
    name: str
    address: str
    phone: str
    duty_phone: str
    email: str
    hours: Sequence[Opening]
    state: OpenState
    closed: Sequence[ClosedDay]


_OFFICE = (Office.id, Office.name, Office.address, Office.phone, Office.duty_phone, Office.email)


def office_of(session: Session, section: int, now: datetime) -> OfficeLine | None:
    """The office that serves a section, and whether it is open at `now`."""
    served = select(*_OFFICE).join(Section, Section.office_id == Office.id)
    row = session.execute(served.where(Section.id == section)).one_or_none()
    return _office(session, row, now) if row else None


def offices(session: Session, now: datetime, most: int) -> Sequence[OfficeLine]:
    """All offices by name; none where they are more than `most`, which nobody can choose among."""
    rows = session.execute(select(*_OFFICE).order_by(Office.name).limit(most + 1)).all()
    return [_office(session, row, now) for row in rows] if len(rows) <= most else []


def _office(session: Session, row: Any, now: datetime) -> OfficeLine:
    local = clock.local(now)
    hours, closed = hours_of(session, row.id), closed_days(session, row.id, local.date())
    holidays = holidays_after(local.date())
    return OfficeLine(
        row.id,
        row.name,
        row.address,
        row.phone,
        row.duty_phone,
        row.email,
        hours,
        open_state(hours, closed, holidays, local),
        closed_soon(hours, closed, holidays, local.date()),
    )


def controllers(session: Session, organisations: Iterable[int]) -> Sequence[str]:
    """The names of these organisations, each the data controller of its own residents."""
    wanted = select(Organisation.name).where(Organisation.id.in_(list(organisations)))
    return session.scalars(wanted.order_by(Organisation.name)).all()


def hours_of(session: Session, office: int) -> list[Opening]:
    """An office's weekly hours, Monday first."""
    rows = session.execute(
        select(OfficeHours.weekday, OfficeHours.opens, OfficeHours.closes)
        .where(OfficeHours.office_id == office)
        .order_by(OfficeHours.weekday, OfficeHours.opens)
    )
    return [Opening(*row) for row in rows]


def closed_days(session: Session, office: int, day: date) -> dict[date, str]:
    """An office's own closed days from a day on, with their reasons."""
    rows = session.execute(
        select(OfficeClosedDay.day, OfficeClosedDay.reason).where(
            OfficeClosedDay.office_id == office, OfficeClosedDay.day >= day
        )
    )
    return {row.day: row.reason for row in rows}


class PartLine(NamedTuple):
    """A building part with its place."""

    id: int
    code: str
    number: str
    name: str
    system: str
    classification: str
    supplier: str
    installed_on: date | None
    warranty_until: date | None
    closed_on: date | None
    section: int
    section_name: str
    organisation_name: str
    building: str | None
    street: str | None
    house_number: str | None

    @property
    def place(self) -> str:
        """Where it is: the stairwell's address, else nothing narrower than the section."""
        return f"{self.street} {self.house_number}" if self.street else ""


PartRow = Select[
    int,
    str,
    str,
    str,
    str,
    str,
    str,
    date | None,
    date | None,
    date | None,
    int,
    str,
    str,
    str,
    str,
    str,
]


def _parts() -> PartRow:
    return (
        select(
            Part.id,
            Part.code,
            Part.number,
            Part.name,
            Part.system,
            Part.classification,
            Part.supplier,
            Part.installed_on,
            Part.warranty_until,
            Part.closed_on,
            Section.id,
            Section.name,
            Organisation.name,
            Building.number,
            Stairwell.street,
            Stairwell.house_number,
        )
        .join_from(Part, Section, Part.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .outerjoin(Building, Part.building_id == Building.id)
        .outerjoin(Stairwell, Part.stairwell_id == Stairwell.id)
    )


def part_by_code(session: Session, code: str) -> PartLine | None:
    """The part whose label carries this code."""
    row = session.execute(_parts().where(Part.code == code)).one_or_none()
    return PartLine(*row) if row else None


def parts_in(
    session: Session,
    scope: Scope,
    *,
    section: int | None = None,
    text: str = "",
    after: int | None = None,
    limit: int = PAGE,
) -> list[PartLine]:
    """Parts in use within a scope that match every word, by name; a page from after `after` on.

    Names are ordered by the numbers in them (`search.rules.natural`).
    """
    query = _parts().where(
        Part.section_id.in_(scope.sections),
        Part.closed_on.is_(None),
        *map(_matches, register_words(text)),
    )
    if section is not None:
        query = query.where(Part.section_id == section)
    if after is not None:
        last = session.execute(select(*_ORDER).where(Part.id == after)).one_or_none()
        query = query.where(tuple_(*_ORDER) > tuple_(*last)) if last else query
    rows = session.execute(query.order_by(*_ORDER).limit(limit))
    return [PartLine(*row) for row in rows]


_ORDER = (Part.sorting, Part.id)


def _matches(word: str) -> ColumnElement[bool]:
    """A word is in a part's name, number, system or supplier, or in where it is."""
    cases = letter_cases(word)
    found: list[ColumnElement[bool]] = [
        column.in_(cases) for column in (Part.number, Stairwell.house_number)
    ]
    # A bare figure is a number in full: 1 is not to find 11.
    texts = () if word.isdigit() else (Part.number, Part.supplier, Stairwell.street)
    for column in texts:
        found += [column.icontains(case, autoescape=True) for case in cases]
    named = natural(word)
    if named:
        codes = [one.code for one in systems().values() if named in natural(one.names)]
        found += [Part.sorting.contains(named), Part.system.in_(codes)]
    return or_(*found)


class OrganisationLine(NamedTuple):
    """An organisation by name."""

    id: int
    name: str


def whole_organisations(session: Session, scope: Scope) -> list[OrganisationLine]:
    """The organisations all of whose sections a scope has: it may speak for the whole."""
    others = exists().where(
        Section.organisation_id == Organisation.id, Section.id.not_in(scope.sections)
    )
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.id.in_(scope.organisations), ~others)
        .order_by(Organisation.name)
    )
    return [OrganisationLine(*row) for row in rows]


class SectionLine(NamedTuple):
    """A section by name."""

    id: int
    number: str
    name: str


def sections_in(session: Session, scope: Scope) -> list[SectionLine]:
    """The sections of a scope, by organisation and number."""
    rows = session.execute(
        select(Section.id, Section.number, Section.name)
        .where(Section.id.in_(scope.sections))
        .order_by(Section.organisation_id, Section.number)
    )
    return [SectionLine(*row) for row in rows]


class Door(NamedTuple):
    """A stairwell as an author is shown by it; `streets` is how many its section has."""

    street: str
    house_number: str
    streets: int


def front_door(session: Session, stairwell: int) -> Door:
    """The front door behind which an author lives."""
    row = session.execute(
        select(Stairwell.street, Stairwell.house_number, Building.section_id)
        .join(Building, Stairwell.building_id == Building.id)
        .where(Stairwell.id == stairwell)
    ).one()
    streets = session.scalar(
        select(func.count(Stairwell.street.distinct()))
        .join(Building, Stairwell.building_id == Building.id)
        .where(Building.section_id == row.section_id)
    )
    return Door(row.street, row.house_number, streets or 1)


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """Names of the places a person may post to: section → name, stairwell → front door."""

    sections: Mapping[int, str]
    stairwells: Mapping[int, str]


def place_names(session: Session, sections: Iterable[int], stairwells: Iterable[int]) -> PlaceNames:
    """What the places of a form's choices are called."""
    named = session.execute(select(Section.id, Section.name).where(Section.id.in_(list(sections))))
    doors = session.execute(
        select(Stairwell.id, Stairwell.street, Stairwell.house_number).where(
            Stairwell.id.in_(list(stairwells))
        )
    )
    return PlaceNames(
        {row.id: row.name for row in named},
        {row.id: f"{row.street} {row.house_number}" for row in doors},
    )
