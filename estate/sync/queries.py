"""What is stored of the administration's data, by the administration's own numbers."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Executable, and_, func, join, select
from sqlalchemy.orm import Session

from estate.memberships.rules import StoredMember, full_name
from estate.people.models import Household, Member, Origin, Person
from estate.people.queries import with_places
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    Organisation,
    Section,
    Stairwell,
)
from estate.register.rules import (
    HomeFacts,
    HomeKey,
    PersonFacts,
    SectionFacts,
    SectionKey,
    StairwellFacts,
    StairwellKey,
    TenancyFacts,
)
from estate.sheets.queries import columns_of
from estate.sheets.rules import day_or_nothing, kroner, yes_or_no
from estate.sync.rules import (
    Stored,
    StoredHome,
    StoredHousehold,
    StoredPerson,
)


def administrations(session: Session) -> list[tuple[int, str]]:
    """Every administration: id and name."""
    rows = session.execute(
        select(Administration.id, Administration.name).order_by(Administration.id)
    )
    return [(row.id, row.name) for row in rows]


def stored_estate(
    session: Session, administration: int | None, organisations: Collection[str]
) -> Stored:
    """Everything of these organisations, and the administration's persons and offices."""
    stored = Stored()
    if administration is None:
        return stored
    found = session.execute(
        select(Organisation.id, Organisation.number, Organisation.name).where(
            Organisation.administration_id == administration,
            Organisation.number.in_(organisations),
        )
    ).all()
    stored.organisations = {row.number: (row.id, row.name) for row in found}
    ids = [row.id for row in found]
    _places(session, stored, administration, ids)
    _homes(session, stored, ids)
    _households(session, stored, ids)
    _members(session, stored, ids)
    _persons(session, stored, administration)
    return stored


def _places(session: Session, stored: Stored, administration: int, ids: Collection[int]) -> None:
    offices = session.execute(
        select(Office.name, Office.id).where(Office.administration_id == administration)
    )
    stored.offices = {row.name: row.id for row in offices}
    sections = session.execute(
        select(Organisation.number, Section.number, Section.id, Section.name, Office.name)
        .join_from(Section, Organisation, Section.organisation_id == Organisation.id)
        .outerjoin(Office, Section.office_id == Office.id)
        .where(Organisation.id.in_(ids))
    )
    for organisation, number, key, name, office in sections:
        facts = SectionFacts(name, office or "")
        stored.sections[SectionKey(organisation, number)] = (key, facts)
    buildings = session.execute(
        select(Organisation.number, Section.number, Building.number, Building.id)
        .join_from(Building, Section, Building.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .where(Organisation.id.in_(ids))
    )
    for organisation, section, number, key in buildings:
        stored.buildings[SectionKey(organisation, section), number] = key


def _homes(session: Session, stored: Stored, ids: Collection[int]) -> None:
    stairwells = session.execute(
        select(
            Stairwell.id,
            Stairwell.postcode,
            Stairwell.city,
            Organisation.number,
            Section.number,
            Building.number,
            Stairwell.street,
            Stairwell.house_number,
        )
        .join_from(Stairwell, Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .where(Organisation.id.in_(ids))
    )
    doors: dict[int, StairwellKey] = {}
    for number, postcode, city, *names in stairwells:
        doors[number] = StairwellKey(*names)
        stored.stairwells[doors[number]] = (number, StairwellFacts(postcode, city))
    rows = session.execute(
        select(
            Home.id,
            Home.stairwell_id,
            Home.number,
            Home.closed_on,
            Home.floor,
            Home.side,
            Home.area_m2,
            Home.rooms,
            Home.rent_ore,
        )
        .join_from(Home, Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(Section.organisation_id.in_(ids))
        .order_by(Home.id)
    )
    for row in rows:
        key = HomeKey(doors[row.stairwell_id], row.number)
        stored.homes[key] = StoredHome(row.id, HomeFacts(*row[4:]), row.closed_on)


def _households(session: Session, stored: Stored, ids: Collection[int]) -> None:
    rows = session.execute(
        with_places(
            select(
                Household.home_id,
                Household.number,
                Household.id,
                Household.starts_on,
                Household.ends_on,
                Household.exempt,
            )
        )
        .join(Section, Building.section_id == Section.id)
        .where(Section.organisation_id.in_(ids))
        .order_by(Household.id)
    )
    for home, number, key, starts_on, ends_on, exempt in rows:
        household = StoredHousehold(key, TenancyFacts(starts_on, ends_on), exempt)
        stored.households.setdefault(home, {})[number] = household


def _members(session: Session, stored: Stored, ids: Collection[int]) -> None:
    rows = session.execute(
        with_places(
            select(
                Member.household_id,
                Member.id,
                Member.person_id,
                Person.number,
                Person.given_name,
                Person.family_name,
                Member.origin,
                Member.confirmed_at.is_not(None),
                Member.tenant,
                Member.adult,
                Member.starts_on,
                Member.ends_on,
            )
            .join_from(Member, Person, Member.person_id == Person.id)
            .join(Household, Member.household_id == Household.id)
        )
        .join(Section, Building.section_id == Section.id)
        .where(Section.organisation_id.in_(ids))
        .order_by(Member.id)
    )
    for household, key, person, number, given, family, origin, confirmed, *rest in rows:
        name = full_name(given, family) if number is None else ""
        imported = origin is Origin.IMPORT
        member = StoredMember(key, person, number, name, imported, bool(confirmed), *rest)
        stored.members.setdefault(household, []).append(member)


def _persons(session: Session, stored: Stored, administration: int) -> None:
    rows = session.execute(
        select(
            Person.number,
            Person.id,
            Person.given_name,
            Person.family_name,
            Person.contact_email,
            Person.contact_phone,
            Person.protected,
        ).where(Person.administration_id == administration, Person.number.is_not(None))
    )
    for row in rows:
        if row.number is not None:
            stored.persons[row.number] = StoredPerson(row.id, PersonFacts(*row[2:]))


def estate_sheet(session: Session, organisation: int) -> Iterator[list[str]]:
    """An organisation's estate as the rows of a file for `import-estate`, the heading first.

    Homes that are gone and members whom the administration does not know by number are not in it.
    """
    columns = [column.key for column in columns_of("estate")]
    yield [column.danish for column in columns_of("estate")]
    for row in session.execute(_estate_rows(organisation).execution_options(yield_per=1000)):
        cells = _estate_cells(row)
        yield [cells.get(key, "") for key in columns]


def _estate_rows(organisation: int) -> Executable:
    known = and_(
        Member.household_id == Household.id,
        Person.number.is_not(None),
        Member.person_id == Person.id,
    )
    return (
        select(
            Organisation.number.label("organisation_number"),
            Organisation.name.label("organisation_name"),
            Section.number.label("section_number"),
            Section.name.label("section_name"),
            func.coalesce(Office.name, "").label("office"),
            Building.number.label("building"),
            Stairwell.street,
            Stairwell.house_number,
            Stairwell.postcode,
            Stairwell.city,
            Home.floor,
            Home.side,
            Home.number.label("home_number"),
            Home.area_m2,
            Home.rooms,
            Home.rent_ore,
            Household.number.label("tenancy_number"),
            Household.starts_on,
            Household.ends_on,
            Household.exempt,
            Person.number.label("person_number"),
            Person.given_name,
            Person.family_name,
            Person.contact_email,
            Person.contact_phone,
            Person.protected,
            Member.tenant,
            Member.adult,
            Member.starts_on.label("member_starts_on"),
            Member.ends_on.label("member_ends_on"),
        )
        .select_from(Organisation)
        .join(Section, Section.organisation_id == Organisation.id)
        .outerjoin(Office, Section.office_id == Office.id)
        .join(Building, Building.section_id == Section.id)
        .join(Stairwell, Stairwell.building_id == Building.id)
        .join(Home, Home.stairwell_id == Stairwell.id)
        .outerjoin(Household, Household.home_id == Home.id)
        .outerjoin(join(Member, Person, Member.person_id == Person.id), known)
        .where(Organisation.id == organisation, Home.closed_on.is_(None))
        .order_by(Home.id, Household.id, Member.id)
    )


SAME = (
    *("organisation_number", "organisation_name", "section_number", "section_name", "office"),
    *("building", "street", "house_number", "postcode", "city", "floor", "side", "home_number"),
    *("tenancy_number", "person_number", "given_name", "family_name"),
)


def _estate_cells(row: Any) -> dict[str, str]:
    cells = {name: getattr(row, name) or "" for name in SAME}
    cells |= {
        "area": str(row.area_m2),
        "rooms": str(row.rooms),
        "rent": kroner(row.rent_ore),
        "starts": day_or_nothing(row.starts_on),
        "ends": day_or_nothing(row.ends_on),
    }
    if row.tenancy_number:
        cells["exempt"] = yes_or_no(row.exempt)
    if row.person_number:
        own_start = row.member_starts_on != row.starts_on
        cells |= {
            "email": row.contact_email or "",
            "phone": row.contact_phone or "",
            "protected": yes_or_no(row.protected),
            "tenant": yes_or_no(row.tenant),
            "adult": yes_or_no(row.adult),
            "member_from": day_or_nothing(row.member_starts_on if own_start else None),
            "member_to": day_or_nothing(row.member_ends_on),
        }
    return cells
