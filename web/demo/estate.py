"""Places: an administration, two organisations, one office, three sections, 412 homes."""

import string
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from estate import clock
from estate.contacts.models import Contact
from estate.contacts.rules import Who
from estate.people.rules import short_address
from estate.places.models import (
    Administration,
    Building,
    Home,
    Office,
    OfficeClosedDay,
    OfficeHours,
    Organisation,
    Part,
    Section,
    Stairwell,
)
from estate.projects.models import (
    Partnership,
    PartnershipOrganisation,
    Party,
    PartyKind,
    Project,
    ProjectPlace,
    Setback,
    Stage,
)
from estate.projects.rules import SetbackKind, StageKind
from estate.search.rules import natural
from estate.substitutes.models import SectionNote
from web.demo.material import Told, told
from web.demo.rows import Rows

POSTCODE, CITY = "4999", "Lindeby"
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXYZ23456789"


class Dwelling(NamedTuple):
    """A home and the places it lies in."""

    home: int
    stairwell: int
    building: int
    section: int
    address: str
    number: str


@dataclass
class Ground:
    """Everything that stands: numbers by the names the other files use."""

    administration: int
    office: int
    partnership: int = 0
    organisations: dict[str, int] = field(default_factory=dict)
    sections: dict[str, int] = field(default_factory=dict)
    section_organisation: dict[int, int] = field(default_factory=dict)
    streets: dict[int, int] = field(default_factory=dict)
    doors: dict[int, tuple[str, str]] = field(default_factory=dict)
    dwellings: list[Dwelling] = field(default_factory=list)


def build(rows: Rows, today: date, chance: Random) -> Ground:
    """Put up the whole estate."""
    plan = told("places")
    administration = rows.add(Administration, name=plan["administration"])
    ground = Ground(administration, _office(rows, plan["office"], administration, today))
    for organisation in plan["organisation"]:
        number = rows.add(
            Organisation,
            administration_id=administration,
            number=organisation["number"],
            name=organisation["name"],
        )
        ground.organisations[organisation["number"]] = number
        for section in organisation["section"]:
            _section(rows, ground, section, number)
    _partnership(rows, ground, plan)
    _projects(rows, ground, plan, today)
    _notes(rows, ground, plan)
    _contacts(rows, ground, plan, today)
    for part in plan["part"]:
        for section in part["sections"]:
            _parts(rows, ground, part, section, chance)
    return ground


def _office(rows: Rows, plan: Told, administration: int, today: date) -> int:
    office = rows.add(
        Office,
        administration_id=administration,
        **{name: plan[name] for name in ("name", "address", "phone", "duty_phone", "email")},
    )
    for weekday, opens, closes in plan["hours"]:
        rows.add(OfficeHours, office_id=office, weekday=weekday, opens=opens, closes=closes)
    for closed in plan["closed"]:
        day = today + timedelta(days=closed["after"])
        rows.add(OfficeClosedDay, office_id=office, day=day, reason=closed["reason"])
    return office


def _contacts(rows: Rows, ground: Ground, plan: Told, today: date) -> None:
    """Whom the office has written down, some weeks ago."""
    written = datetime.combine(today - timedelta(days=40), time(10), clock.LOCAL)
    for given in plan["contact"]:
        section = ground.sections[given["section"]] if "section" in given else None
        organisation = (
            ground.section_organisation[section]
            if section is not None
            else ground.organisations[given["organisation"]]
        )
        text = {name: given.get(name, "") for name in ("name", "phone", "email", "web", "note")}
        rows.add(
            Contact,
            organisation_id=organisation,
            section_id=section,
            who=Who(given["who"]),
            changed_at=written,
            **text,
        )


def _partnership(rows: Rows, ground: Ground, plan: Told) -> None:
    partnership = rows.add(
        Partnership, name=plan["partnership"], starts_on=plan["partnership_starts"]
    )
    ground.partnership = partnership
    for organisation in ground.organisations.values():
        rows.add(PartnershipOrganisation, partnership_id=partnership, organisation_id=organisation)
    for party in plan["party"]:
        rows.add(
            Party,
            partnership_id=partnership,
            name=party["name"],
            kind=PartyKind(party["kind"]),
        )


def _projects(rows: Rows, ground: Ground, plan: Told, today: date) -> None:
    """The partnership's projects; days are counted from today."""
    for given in plan["project"]:
        section = ground.sections[given["section"]]
        project = rows.add(
            Project,
            organisation_id=ground.section_organisation[section],
            partnership_id=ground.partnership,
            name=given["name"],
            starts_on=today + timedelta(days=given["after"]),
        )
        houses = [row for row in rows.of(Building) if row["section_id"] == section]
        for number in given["buildings"]:
            (house,) = [row["id"] for row in houses if row["number"] == number]
            rows.add(ProjectPlace, project_id=project, section_id=section, building_id=house)
        for stage in given["stage"]:
            _stage(rows, stage, project, today)


def _stage(rows: Rows, plan: Told, project: int, today: date) -> None:
    number = rows.add(Stage, project_id=project, kind=StageKind(plan["kind"]), **_days(plan, today))
    for setback in plan.get("setback", ()):
        rows.add(
            Setback,
            stage_id=number,
            kind=SetbackKind(setback["kind"]),
            reason=setback["reason"],
            **_days(setback, today),
        )


def _days(plan: Told, today: date) -> dict[str, date | None]:
    first, last = plan["days"]
    return {
        "starts_on": today + timedelta(days=first),
        "ends_on": today + timedelta(days=last) if last < 0 else None,
    }


def _notes(rows: Rows, ground: Ground, plan: Told) -> None:
    """What whoever works there must know."""
    doors = {f"{street} {number}": door for door, (street, number) in ground.doors.items()}
    for given in plan["note"]:
        door = doors[given["door"]] if "door" in given else None
        section = ground.sections[given["section"]]
        rows.add(SectionNote, section_id=section, stairwell_id=door, text=given["text"])


def _section(rows: Rows, ground: Ground, plan: Told, organisation: int) -> None:
    section = rows.add(
        Section,
        organisation_id=organisation,
        office_id=ground.office,
        number=plan["number"],
        name=plan["name"],
    )
    ground.sections[plan["number"]] = section
    ground.section_organisation[section] = organisation
    ground.streets[section] = len({building["street"] for building in plan["building"]})
    count = 0
    for building in plan["building"]:
        house = rows.add(Building, section_id=section, number=building["number"])
        for door in building["doors"]:
            stairwell = rows.add(
                Stairwell,
                building_id=house,
                street=building["street"],
                house_number=door,
                postcode=POSTCODE,
                city=CITY,
            )
            ground.doors[stairwell] = (building["street"], door)
            count = _homes(rows, ground, plan, (section, house, stairwell), count)


def _homes(rows: Rows, ground: Ground, plan: Told, place: tuple[int, int, int], count: int) -> int:
    section, building, stairwell = place
    for floor in plan["floors"]:
        for side, area, rooms in plan["sides"]:
            count += 1
            number = f"{plan['number']}-{count:04}"
            home = rows.add(
                Home,
                stairwell_id=stairwell,
                number=number,
                floor=floor,
                side=side,
                area_m2=area,
                rooms=rooms,
                rent_ore=round(area * plan["ore_a_m2"] / 1000) * 1000,
            )
            address = short_address(*ground.doors[stairwell], floor, side)
            ground.dwellings.append(Dwelling(home, stairwell, building, section, address, number))
    return count


def _parts(rows: Rows, ground: Ground, plan: Told, section_number: str, chance: Random) -> None:
    section = ground.sections[section_number]
    buildings = [row for row in rows.of(Building) if row["section_id"] == section]
    houses = {row["id"]: row["number"] for row in buildings}
    stairwells = [row for row in rows.of(Stairwell) if row["building_id"] in houses]
    match plan["each"]:
        case "building":
            for house, number in houses.items():
                _part(rows, plan, chance, {"building": number}, section, building_id=house)
        case "stairwell":
            for index, row in enumerate(stairwells):
                names = {
                    "street": row["street"],
                    "door": row["house_number"],
                    "letter": string.ascii_uppercase[index],
                }
                _part(
                    rows,
                    plan,
                    chance,
                    names,
                    section,
                    building_id=row["building_id"],
                    stairwell_id=row["id"],
                )
        case _:
            for n in range(1, plan.get("count", 1) + 1):
                _part(rows, plan, chance, {"n": n}, section)


def _part(
    rows: Rows,
    plan: Told,
    chance: Random,
    names: dict[str, object],
    section: int,
    **where: int,
) -> None:
    installed: date | None = plan.get("installed")
    years = plan.get("warranty_years")
    name = plan["name"].format(**names)
    rows.add(
        Part,
        section_id=section,
        number=plan["number"].format(**names),
        code="".join(chance.choices(CODE_LETTERS, k=8)),
        name=name,
        sorting=natural(name),
        system=plan["system"],
        supplier=plan.get("supplier", ""),
        installed_on=installed,
        warranty_until=installed.replace(year=installed.year + years)
        if installed and years
        else None,
        **where,
    )
