"""Reading where a case can be, for residents to choose from and for the staff to file at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from engagement.cases.rules import Place
from estate.people.models import Household
from estate.people.queries import in_force
from estate.people.rules import short_address
from estate.permissions import Role, Scope
from estate.places.models import Building, Home, Part, Section, Stairwell


def home_places(scope: Scope) -> Sequence[Place]:
    """The homes one lives in, as places of a case."""
    return [
        Place(
            section=next(iter(standing.sections)),
            organisation=next(iter(standing.organisations)),
            building=standing.building,
            stairwell=standing.stairwell,
            home=standing.home,
            household=standing.household,
        )
        for standing in scope.reader.standings
        if standing.role is Role.RESIDENT and standing.home is not None
    ]


class Spot(NamedTuple):
    """A place that can be chosen from a list: its key in forms, and what it is called."""

    key: str
    name: str
    building: str
    place: Place
    system: str = ""


def common_spots(session: Session, scope: Scope) -> Sequence[Spot]:
    """The stairwells and parts of the sections one lives in, in the order of the street."""
    doors = session.execute(
        select(
            Stairwell.id,
            Stairwell.street,
            Stairwell.house_number,
            Building.id,
            Building.number,
            Section.id,
            Section.organisation_id,
        )
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(Section.id.in_(scope.sections))
        .order_by(Stairwell.street, Stairwell.id)
    )
    spots = [
        Spot(
            f"door:{row[0]}",
            f"{row[1]} {row[2]}",
            row[4],
            Place(row[5], row[6], building=row[3], stairwell=row[0]),
        )
        for row in doors
    ]
    parts = session.execute(
        select(Part, Section.organisation_id, Stairwell.building_id, Stairwell.street)
        .add_columns(Stairwell.house_number, Building.number)
        .join(Section, Part.section_id == Section.id)
        .outerjoin(Stairwell, Part.stairwell_id == Stairwell.id)
        .outerjoin(Building, Part.building_id == Building.id)
        .where(Section.id.in_(scope.sections), Part.closed_on.is_(None))
        .order_by(Part.sorting, Part.id)
    )
    for part, organisation, building, street, number, building_number in parts:
        place = Place(
            part.section_id,
            organisation,
            building=part.building_id or building,
            stairwell=part.stairwell_id,
            part=part.id,
        )
        name = f"{part.name}, {street} {number}" if street else part.name
        spots.append(Spot(f"part:{part.code}", name, building_number or "", place, part.system))
    return spots


def home_served(session: Session, scope: Scope, home: int, day: date) -> tuple[Place, str] | None:
    """A home of the staff's sections with who lives there on a day, and its short address."""
    row = session.execute(
        select(
            Section.id,
            Section.organisation_id,
            Building.id,
            Stairwell.id,
            Home.id,
            Household.id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
        )
        .join_from(Home, Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .join(Household, and_(Household.home_id == Home.id, in_force(Household, day)))
        .where(Home.id == home, Home.closed_on.is_(None), Section.id.in_(scope.sections))
        .order_by(Household.starts_on.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    place = Place(row[0], row[1], building=row[2], stairwell=row[3], home=row[4], household=row[5])
    return place, short_address(row[6], row[7], row[8], row[9])


def home_names(session: Session, places: Collection[Place]) -> Mapping[int | None, str]:
    """The short addresses of homes, by their numbers."""
    rows = session.execute(
        select(Home.id, Stairwell.street, Stairwell.house_number, Home.floor, Home.side)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .where(Home.id.in_([place.home for place in places]))
    )
    return {row[0]: short_address(*row[1:]) for row in rows}
