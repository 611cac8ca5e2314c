"""Everybody who may come to the door: one person a role, one with two, and nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.people.models import Helper, Person
from estate.permissions import Reader, Role, ScopeKind
from estate.projects.models import Partnership, PartnershipOrganisation
from tests.builders import (
    LONG_AGO,
    Estate,
    add_household,
    add_person,
    build_estate,
    give_role,
    reader,
)
from tests.house.things import furnish

HELD_IN_SECTION = (Role.BOARD, Role.CHAIR, Role.COMMITTEE, Role.TELLER, Role.EDITOR, Role.AUDITOR)


@dataclass(frozen=True)
class Visitor:
    """Somebody at the door: the reader the house should see, and the cookie they bring."""

    name: str
    reader: Reader | None
    token: str = ""
    trusted: bool = True


@dataclass(frozen=True)
class Cast:
    """The builders' estate with a visitor for every role, and ids of things that stand in it."""

    estate: Estate
    visitors: tuple[Visitor, ...]
    things: Mapping[str, object] = field(default_factory=dict)


def admit(
    session: Session, name: str, person: int, began: Beginning = Beginning.PASSKEY
) -> Visitor:
    """Sign somebody in."""
    token = access.begin_session(session, person, began, name)
    trusted = began not in {Beginning.OFFICE, Beginning.COMMAND}
    return Visitor(name, reader(session, person), token, trusted)


def gather(session: Session, folder: Path) -> Cast:
    """Build the estate, everybody and everything in it; its files go into `folder`."""
    estate = build_estate(session)
    people = dict(estate.people)
    session.get_one(Person, people["amina"]).email = "resident@demo.example"
    for role in HELD_IN_SECTION:
        if role.value not in people:
            people[role.value] = add_person(session, role.value).id
            give_role(session, people[role.value], role, ScopeKind.SECTION, estate.section)
    people["partner"] = _partner(session, estate)
    people["former"] = _former(session, estate)
    people["helper"] = _helper(session, estate)
    people["stranger"] = add_person(session, "stranger").id  # no role at all
    people["two_roles"] = _of_two_organisations(session, estate)
    visitors = [
        admit(session, f"{name}, {began.value} session", people[name], began)
        for name in ("amina", "office")
        for began in (Beginning.OFFICE, Beginning.COMMAND)
    ]
    visitors += [admit(session, name, person) for name, person in people.items()]
    everybody = (Visitor("signed out", None), *visitors)
    return Cast(estate, everybody, {**people, **furnish(session, estate, folder)})


def _partner(session: Session, estate: Estate) -> int:
    partnership = Partnership(name="Fælles om Lærken", starts_on=LONG_AGO)
    session.add(partnership)
    session.flush()
    for organisation in (estate.north, estate.south):
        session.add(
            PartnershipOrganisation(partnership_id=partnership.id, organisation_id=organisation)
        )
    person = add_person(session, "partner").id
    give_role(session, person, Role.PARTNER, ScopeKind.PARTNERSHIP, partnership.id)
    return person


def _former(session: Session, estate: Estate) -> int:
    """Moved out of amina's stairwell two weeks ago."""
    person = add_person(session, "former").id
    ended = clock.today() - timedelta(days=14)
    began = LONG_AGO.replace(year=2019)
    add_household(session, estate.homes["yasmin"], person, starts=began, ends=ended)
    return person


def _helper(session: Session, estate: Estate) -> int:
    """Amina's daughter, say."""
    person = add_person(session, "helper").id
    session.add(
        Helper(
            resident_id=estate.people["amina"],
            helper_id=person,
            name="Samira Holm",
            starts_on=clock.today(),
        )
    )
    session.flush()
    return person


def _of_two_organisations(session: Session, estate: Estate) -> int:
    """Lives in South's section and chairs the board of North's."""
    person = add_person(session, "two_roles").id
    add_household(session, estate.homes["sofie"], person, starts=LONG_AGO.replace(year=2021))
    give_role(session, person, Role.CHAIR, ScopeKind.SECTION, estate.section)
    return person
