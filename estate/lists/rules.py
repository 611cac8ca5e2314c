"""One row of the smaller files: a part, a role somebody holds, an office."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any, NamedTuple

from estate.language import N_, say
from estate.permissions import HELD_OVER, HELD_ROLES, Role, ScopeKind
from estate.places.rules import Opening, System
from estate.sheets.rules import Cells, Wrong, looks_like_cpr, parse_day

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[:.](\d{2}))?", re.ASCII)

DANISH_ROLES: Mapping[str, Role] = {
    "afdelingsbestyrelse": Role.BOARD,
    "formand": Role.CHAIR,
    "udvalg": Role.COMMITTEE,
    "stemmetæller": Role.TELLER,
    "driftsmedarbejder": Role.CARETAKER,
    "ejendomskontor": Role.OFFICE,
    "redaktør": Role.EDITOR,
    "partner": Role.PARTNER,
    "organisation": Role.ORGANISATION,
    "revisor": Role.AUDITOR,
}
DANISH_SCOPES: Mapping[str, ScopeKind] = {
    "administration": ScopeKind.ADMINISTRATION,
    "organisation": ScopeKind.ORGANISATION,
    "ejendomskontor": ScopeKind.OFFICE,
    "afdeling": ScopeKind.SECTION,
    "partnerskab": ScopeKind.PARTNERSHIP,
}
SCOPES = frozenset(DANISH_SCOPES.values())


class PartRow(NamedTuple):
    """A building part, by the administration's numbers; `values` are columns of the table."""

    organisation: str
    section: str
    building: str
    door: tuple[str, str] | None
    number: str
    values: dict[str, Any]


class RoleRow(NamedTuple):
    """A role over a scope for somebody named by number or e-mail."""

    role: Role
    kind: ScopeKind
    organisation: str
    section: str
    name: str
    person_number: str
    email: str | None
    given_name: str
    family_name: str
    starts_on: date
    ends_on: date | None


class OfficeRow(NamedTuple):
    """An office; `hours` and `closed_days` are None where the file has no column for them."""

    name: str
    values: dict[str, str]
    hours: list[Opening]
    closed_days: list[date]


def read_part(cells: Cells, systems: Mapping[str, System]) -> PartRow:
    """A part; raises Wrong. The system may be given by its code or either of its names."""
    system = find_system(cells.needed("system"), systems)
    if system is None:
        raise Wrong(say(N_("“{name}” is no system we know."), name=cells.names["system"]))
    street = cells.text("street")
    values = {
        "name": cells.needed("name"),
        "system": system.code,
        "classification": cells.text("classification") or system.classification,
        "supplier": cells.text("supplier"),
        "installed_on": cells.day("installed"),
        "warranty_until": cells.day("warranty_until"),
        "closed_on": cells.day("closed"),
    }
    return PartRow(
        cells.needed("organisation_number"),
        cells.needed("section_number"),
        cells.text("building"),
        (street, cells.needed("house_number")) if street else None,
        cells.needed("part_number"),
        values,
    )


def find_system(text: str, systems: Mapping[str, System]) -> System | None:
    """The system of this code or name."""
    wanted = text.casefold()
    return next(
        (
            system
            for system in systems.values()
            if wanted in {system.code, system.danish.casefold(), system.english.casefold()}
        ),
        None,
    )


def read_role(cells: Cells) -> RoleRow:
    """A role; raises Wrong."""
    role = _role(cells)
    kind = _scope(cells)
    if kind not in HELD_OVER[role]:
        names = {"role": cells.text("role"), "scope": cells.text("scope")}
        raise Wrong(say(N_("“{role}” cannot be given for “{scope}”."), **names))
    number, email = cells.text("person_number"), cells.email("email")
    if not number and not email:
        raise Wrong(say(N_("There is neither a person number nor an e-mail address.")))
    if looks_like_cpr(number):
        raise Wrong(say(N_("That looks like a civil registration number, which must stay out.")))
    starts, ends = cells.day("starts"), cells.day("ends")
    if starts is None:
        raise Wrong(say(N_("“{name}” is empty."), name=cells.names["starts"]))
    if ends is not None and ends < starts:
        raise Wrong(say(N_("It ends before it begins.")))
    placed = kind in {ScopeKind.ORGANISATION, ScopeKind.SECTION}
    named = kind in {ScopeKind.OFFICE, ScopeKind.PARTNERSHIP}
    return RoleRow(
        role,
        kind,
        cells.needed("organisation_number") if placed else "",
        cells.needed("section_number") if kind is ScopeKind.SECTION else "",
        cells.needed("name") if named else "",
        number,
        email,
        cells.text("given_name"),
        cells.text("family_name"),
        starts,
        ends,
    )


def _role(cells: Cells) -> Role:
    text = cells.needed("role").casefold()
    if text in HELD_ROLES:
        return Role(text)
    if text not in DANISH_ROLES:
        raise Wrong(say(N_("“{name}” is no role that can be given."), name=cells.names["role"]))
    return DANISH_ROLES[text]


def _scope(cells: Cells) -> ScopeKind:
    text = cells.needed("scope").casefold()
    kind = ScopeKind(text) if text in SCOPES else DANISH_SCOPES.get(text)
    if kind is None:
        raise Wrong(say(N_("“{name}” is no place a role can be for."), name=cells.names["scope"]))
    return kind


def read_office(cells: Cells) -> OfficeRow:
    """An office; raises Wrong."""
    values = {
        "address": cells.text("address"),
        "phone": cells.phone("phone") or "",
        "duty_phone": cells.phone("duty_phone") or "",
        "email": cells.email("email") or "",
    }
    hours = [
        opening for weekday, key in enumerate(WEEK) for opening in _openings(cells, key, weekday)
    ]
    return OfficeRow(cells.needed("name"), values, hours, _closed_days(cells))


def _openings(cells: Cells, key: str, weekday: int) -> list[Opening]:
    wrong = Wrong(
        say(N_("“{name}” is not opening hours such as 8-12, 15-17.30."), name=cells.names[key])
    )
    found = []
    for part in filter(None, (one.strip() for one in cells.text(key).split(","))):
        match = HOURS.fullmatch(part)
        if match is None:
            raise wrong
        from_hour, from_minute, to_hour, to_minute = (int(one or 0) for one in match.groups())
        try:
            opening = Opening(weekday, time(from_hour, from_minute), time(to_hour, to_minute))
        except ValueError:
            raise wrong from None
        if opening.closes <= opening.opens:
            raise wrong
        found.append(opening)
    return found


def _closed_days(cells: Cells) -> list[date]:
    try:
        days = [parse_day(text) for text in cells.text("closed_days").replace(",", " ").split()]
    except ValueError:
        raise Wrong(
            say(N_("“{name}” has a day that does not exist."), name=cells.names["closed_days"])
        ) from None
    return [day for day in days if day is not None]
