"""Files as the administration's system writes them, and what the database says afterwards."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from estate.database import Database
from estate.people.models import Household, Member, Person
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    Organisation,
    Section,
    Stairwell,
)
from estate.sheets.queries import columns_of
from estate.sync import actions
from estate.sync.rules import Report
from web.kinds import NAME_COPIES

Cells = Mapping[str, str]

KEY = b"a key for tests"

PLAIN: Cells = {
    "organisation_number": "10",
    "organisation_name": "Boligforeningen Nord",
    "section_number": "1",
    "section_name": "Lærken",
    "office": "Kontoret",
    "building": "A",
    "street": "Lærkevej",
    "house_number": "8",
    "postcode": "2400",
    "city": "København NV",
    "floor": "2",
    "side": "tv",
    "home_number": "1001",
    "area": "84",
    "rooms": "3",
    "rent": "7.250,50",
}


def home(number: str = "1001", **cells: str) -> dict[str, str]:
    """A vacant home's row."""
    return {**PLAIN, "home_number": number, **cells}


def living(person: str, number: str = "1001", **cells: str) -> dict[str, str]:
    """A row of somebody who lives in a home: tenant since 2020."""
    return {
        **home(number),
        "tenancy_number": f"T{number}",
        "starts": "2020-01-01",
        "person_number": person,
        "given_name": f"Åse {person}",
        "family_name": "Sørensen",
        "tenant": "ja",
        **cells,
    }


def text_of(rows: Iterable[Cells], delimiter: str = ";", sheet: str = "estate") -> str:
    """A file's text with Danish headings."""
    columns = columns_of(sheet)
    lines = [delimiter.join(column.danish for column in columns)]
    lines += [delimiter.join(row.get(column.key, "") for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def write(folder: Path, rows: Iterable[Cells], sheet: str = "estate") -> Path:
    """A UTF-8 file with semicolons."""
    file = folder / f"{sheet}.csv"
    file.write_text(text_of(rows, sheet=sheet), encoding="utf-8")
    return file


def import_estate(database: Database, file: Path, **options: Any) -> Report:
    """The administration's file as `opgang import-estate` reads it."""
    return actions.import_estate(database, file, key=KEY, name_copies=NAME_COPIES, **options)


def estate_of(database: Database) -> list[tuple[Any, ...]]:
    """Everything the administration owns, by its own numbers: no ids, keys or moments."""
    homes = (
        select(
            Administration.name,
            Organisation.number,
            Organisation.name,
            Section.number,
            Section.name,
            Office.name,
            Building.number,
            Stairwell.street,
            Stairwell.house_number,
            Stairwell.postcode,
            Stairwell.city,
            Home.number,
            Home.floor,
            Home.side,
            Home.area_m2,
            Home.rooms,
            Home.rent_ore,
            Home.closed_on,
            Household.number,
            Household.starts_on,
            Household.ends_on,
            Household.exempt,
            Member.tenant,
            Member.adult,
            Member.origin,
            Member.starts_on,
            Member.ends_on,
            Member.confirmed_at.is_not(None),
            Person.number,
            Person.given_name,
            Person.family_name,
            Person.contact_email,
            Person.contact_phone,
            Person.protected,
        )
        .select_from(Administration)
        .join(Organisation)
        .outerjoin(Section, Section.organisation_id == Organisation.id)
        .outerjoin(Office, Section.office_id == Office.id)
        .outerjoin(Building, Building.section_id == Section.id)
        .outerjoin(Stairwell, Stairwell.building_id == Building.id)
        .outerjoin(Home, Home.stairwell_id == Stairwell.id)
        .outerjoin(Household, Household.home_id == Home.id)
        .outerjoin(Member, Member.household_id == Household.id)
        .outerjoin(Person, Member.person_id == Person.id)
    )
    with database.read() as session:
        return sorted((tuple(row) for row in session.execute(homes)), key=repr)
