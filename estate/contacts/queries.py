"""Reading whom to turn to: for one section as its people see it, and what the office keeps."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.contacts.models import Contact
from estate.contacts.rules import Topic, Who, parse_national, parse_topics
from estate.finding.queries import filler
from estate.people.models import Person, RoleHolding
from estate.people.rules import name_in_role
from estate.permissions import Role, Scope, ScopeKind
from estate.places.models import Administration, Organisation, Section
from estate.places.queries import OfficeLine, office_of, whole_organisations

HERE = Path(__file__).parent


@functools.cache
def topics() -> Sequence[Topic]:
    """Everything people need help with, in the order of the file."""
    with (
        (HERE / "topics.csv").open(encoding="utf-8", newline="") as who,
        (HERE / "wordings.csv").open(encoding="utf-8", newline="") as wordings,
    ):
        return parse_topics(who, wordings, filler())


class Reach(NamedTuple):
    """How to reach somebody. An empty `name` is what everybody calls them (`rules.CALLED`)."""

    name: str
    phone: str = ""
    email: str = ""
    web: str = ""
    note: str = ""
    language: str = ""


@functools.cache
def _national() -> Mapping[Who, Sequence[tuple[date, Reach]]]:
    with (HERE / "national.csv").open(encoding="utf-8", newline="") as file:
        return {
            who: [(since, Reach("", phone, web=web)) for since, phone, web in dated]
            for who, dated in parse_national(file).items()
        }


def national(day: date) -> dict[Who, Reach]:
    """Whom everybody in Denmark reaches by the same number on a day."""
    found = {}
    for who, dated in _national().items():
        begun = [(since, reach) for since, reach in dated if since <= day]
        if begun:
            found[who] = max(begun)[1]
    return found


class BoardMember(NamedTuple):
    """Somebody on a section's board, by first name."""

    name: str
    chair: bool


@dataclass(frozen=True)
class Help:
    """Who helps the people of one section (0 for those who have none)."""

    section: int
    section_name: str
    organisation_name: str
    office: OfficeLine | None
    board: Sequence[BoardMember]
    reaches: Mapping[Who, Reach]


def help_in(session: Session, scope: Scope, section: int, now: datetime) -> Help | None:
    """Who helps in a section of this scope; None outside of it."""
    row = session.execute(
        select(Section.name, Section.organisation_id, Organisation.name, Administration.name)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .join(Administration, Organisation.administration_id == Administration.id)
        .where(Section.id == section, Section.id.in_(scope.sections))
    ).one_or_none()
    if row is None:
        return None
    section_name, organisation, organisation_name, administration = row
    day = clock.local(now).date()
    office = office_of(session, section, now)
    reaches = {
        **national(day),
        Who.ADMINISTRATION: Reach(administration),
        **_of_office(office),
        **_written(session, organisation, section),
    }
    board = board_of(session, section, day)
    return Help(section, section_name, organisation_name, office, board, reaches)


def help_outside(office: OfficeLine | None, day: date) -> Help:
    """Whom somebody may call who belongs to no section: an office, and who is everybody's."""
    return Help(0, "", "", office, (), {**national(day), **_of_office(office)})


def _of_office(office: OfficeLine | None) -> dict[Who, Reach]:
    if office is None:
        return {}
    duty = office.duty_phone or office.phone
    return {
        Who.OFFICE: Reach(office.name, office.phone, office.email),
        Who.DUTY: Reach("", duty),
    }


def _written(session: Session, organisation: int, section: int) -> dict[Who, Reach]:
    """What the office wrote; the section's own stands instead of its organisation's."""
    rows = session.execute(
        select(
            Contact.who,
            Contact.name,
            Contact.phone,
            Contact.email,
            Contact.web,
            Contact.note,
            Contact.language,
        )
        .where(
            Contact.organisation_id == organisation,
            or_(Contact.section_id.is_(None), Contact.section_id == section),
        )
        .order_by(Contact.section_id.is_not(None))
    )
    return {row.who: Reach(*row[1:]) for row in rows}


def board_of(session: Session, section: int, day: date) -> list[BoardMember]:
    """A section's board on a day, the chair first; without those whose name is protected."""
    rows = session.execute(
        select(Person.given_name, Person.alias, Person.protected, RoleHolding.role)
        .join(RoleHolding, RoleHolding.person_id == Person.id)
        .where(
            RoleHolding.scope_kind == ScopeKind.SECTION,
            RoleHolding.scope_id == section,
            RoleHolding.role.in_([Role.BOARD, Role.CHAIR]),
            RoleHolding.starts_on <= day,
            or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
            Person.protected.is_(False),
        )
        .order_by(RoleHolding.role == Role.BOARD, Person.given_name, Person.id)
    )
    return [
        BoardMember(name_in_role(given, alias, protected=protected), role is Role.CHAIR)
        for given, alias, protected, role in rows
    ]


class Place(NamedTuple):
    """A whole organisation, or one section of it, for which the office may write contacts."""

    organisation: int
    section: int | None
    name: str

    @property
    def key(self) -> str:
        """As a form names it: `organisation:3` or `section:12`."""
        return f"section:{self.section}" if self.section else f"organisation:{self.organisation}"


def places(session: Session, scope: Scope) -> list[Place]:
    """The sections of a scope, and before them the organisations all of whose sections it has."""
    whole = whole_organisations(session, scope)
    own = session.execute(
        select(Section.organisation_id, Section.id, Section.name)
        .where(Section.id.in_(scope.sections))
        .order_by(Section.organisation_id, Section.number)
    )
    return [Place(row.id, None, row.name) for row in whole] + [Place(*row) for row in own]


class ContactLine(NamedTuple):
    """A contact as the office keeps it, with what place it is for."""

    id: int
    organisation: int
    section: int | None
    who: Who
    name: str
    phone: str
    email: str
    web: str
    note: str
    language: str
    place: str

    @property
    def key(self) -> str:
        """The place it is for, as a form names it."""
        return Place(self.organisation, self.section, "").key


Lines = Select[int, int, int | None, Who, str, str, str, str, str, str, str | None, str]


def _lines(scope: Scope) -> Lines:
    """The contacts of a scope: its sections', and those of their organisations to look at."""
    return (
        select(
            Contact.id,
            Contact.organisation_id,
            Contact.section_id,
            Contact.who,
            Contact.name,
            Contact.phone,
            Contact.email,
            Contact.web,
            Contact.note,
            Contact.language,
            Section.name,
            Organisation.name,
        )
        .join_from(Contact, Organisation, Contact.organisation_id == Organisation.id)
        .outerjoin(Section, Contact.section_id == Section.id)
        .where(
            Contact.organisation_id.in_(scope.organisations),
            or_(Contact.section_id.is_(None), Contact.section_id.in_(scope.sections)),
        )
    )


def contacts(session: Session, scope: Scope) -> list[ContactLine]:
    """Everything written down for a scope, place by place; there are some dozens at most."""
    rows = session.execute(
        _lines(scope).order_by(
            Organisation.name, Contact.section_id.is_not(None), Section.number, Contact.id
        )
    )
    return [ContactLine(*row[:10], row[10] or row[11]) for row in rows]


def contact(session: Session, scope: Scope, number: int) -> ContactLine | None:
    """One contact of a scope."""
    row = session.execute(_lines(scope).where(Contact.id == number)).one_or_none()
    return ContactLine(*row[:10], row[10] or row[11]) if row else None


def taken(session: Session, place: Place, who: Who) -> bool:
    """Whether a place has a contact of this kind already."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Contact.organisation_id == place.organisation,
                    Contact.section_id.is_not_distinct_from(place.section),
                    Contact.who == who,
                )
            )
        )
    )
