"""Reading the smaller files: parts, roles and offices, each file in one go and row by row.

What is missing from these files stays as it is: a part is closed and a role ended by its date.
"""

import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.language import N_, say
from estate.leaving.queries import remembered_since
from estate.leaving.rules import long_over
from estate.lists.rules import OfficeRow, PartRow, RoleRow, read_office, read_part, read_role
from estate.people.models import Person, RoleHolding, RoleOrigin
from estate.permissions import ScopeKind
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
from estate.places.queries import systems
from estate.projects.models import Partnership, PartnershipOrganisation
from estate.refusals import Refused
from estate.register.rules import house_number
from estate.sheets.queries import columns_of, names_of
from estate.sheets.rules import Cells, Trouble, Unreadable, Wrong, read_sheet
from estate.sync.actions import Progress, alone, one_administration, unwatched

T = TypeVar("T")
ROWS_AT_ONCE = 200


@dataclass
class ListReport:
    """Lines that were added, changed or refused."""

    added: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    refused: list[Trouble] = field(default_factory=list)
    dry_run: bool = False


class _DryRun(Exception):
    """Raised at the end of a transaction that was only tried."""


Write = Callable[[Session, int, T], bool | None]
"""Writes one row for an administration: True when it is new, False when changed, None else."""


def import_parts(
    database: Database,
    file: Path,
    *,
    dry_run: bool = False,
    administration: str = "",
    progress: Progress = unwatched,
) -> ListReport:
    """Read building parts; a new one gets the random code of its label."""
    known = systems()
    return _import(
        database,
        file,
        "parts",
        lambda cells: read_part(cells, known),
        _write_part,
        dry_run=dry_run,
        administration=administration,
        progress=progress,
    )


def import_roles(
    database: Database,
    file: Path,
    *,
    dry_run: bool = False,
    administration: str = "",
    progress: Progress = unwatched,
) -> ListReport:
    """Read who holds which role where; staff are made persons by their e-mail address."""
    return _import(
        database,
        file,
        "roles",
        read_role,
        _write_role,
        dry_run=dry_run,
        administration=administration,
        progress=progress,
    )


def import_offices(
    database: Database,
    file: Path,
    *,
    dry_run: bool = False,
    administration: str = "",
    progress: Progress = unwatched,
) -> ListReport:
    """Read offices with their opening hours and closed days, which replace the earlier ones."""
    return _import(
        database,
        file,
        "offices",
        read_office,
        _write_office,
        dry_run=dry_run,
        administration=administration,
        progress=progress,
    )


def _import(
    database: Database,
    file: Path,
    sheet: str,
    read: Callable[[Cells], T],
    write: Write[T],
    *,
    dry_run: bool,
    administration: str,
    progress: Progress,
) -> ListReport:
    try:
        found = read_sheet(file.read_bytes(), columns_of(sheet))
    except Unreadable as unreadable:
        raise Refused(unreadable.message.text, **unreadable.message.values) from None
    report = ListReport(refused=list(found.refused), dry_run=dry_run)
    with alone(database):
        for start in range(0, len(found.rows), ROWS_AT_ONCE):
            progress(start, len(found.rows))
            with contextlib.suppress(_DryRun), database.write() as session:
                owner = one_administration(session, administration)
                for line, values in found.rows[start : start + ROWS_AT_ONCE]:
                    _take(
                        session, owner, (line, Cells(values, names_of(sheet))), read, write, report
                    )
                if dry_run:
                    raise _DryRun
        progress(len(found.rows), len(found.rows))
    report.refused.sort(key=lambda trouble: trouble.line)
    return report


def _take(
    session: Session,
    administration: int,
    row: tuple[int, Cells],
    read: Callable[[Cells], T],
    write: Write[T],
    report: ListReport,
) -> None:
    line, cells = row
    try:
        with session.begin_nested():
            done = write(session, administration, read(cells))
    except Wrong as wrong:
        report.refused.append(Trouble(line, wrong.reason))
        return
    lines = {True: report.added, False: report.changed, None: report.unchanged}[done]
    lines.append(line)


def _section(session: Session, administration: int, organisation: str, section: str) -> int:
    found = session.scalar(
        select(Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .where(
            Organisation.administration_id == administration,
            Organisation.number == organisation,
            Section.number == section,
        )
    )
    if found is None:
        raise Wrong(say(N_("There is no section {number}."), number=f"{organisation}/{section}"))
    return found


def _write_part(session: Session, administration: int, row: PartRow) -> bool | None:
    section = _section(session, administration, row.organisation, row.section)
    values = {**row.values, **_part_place(session, section, row)}
    part = session.scalars(
        select(Part).where(Part.section_id == section, Part.number == row.number)
    ).one_or_none()
    if part is None:
        code = secrets.token_urlsafe(9)
        session.add(Part(section_id=section, number=row.number, code=code, **values))
        session.flush()
        return True
    return _set(session, part, values)


def _part_place(session: Session, section: int, row: PartRow) -> dict[str, int | None]:
    building = stairwell = None
    if row.building:
        building = session.scalar(
            select(Building.id).where(
                Building.section_id == section, Building.number == row.building
            )
        )
        if building is None:
            raise Wrong(say(N_("There is no building {number}."), number=row.building))
    if row.door is not None:
        street, number = row.door
        doors = session.execute(
            select(Stairwell.id, Stairwell.building_id)
            .join(Building, Stairwell.building_id == Building.id)
            .where(
                Building.section_id == section,
                Stairwell.street == street,
                Stairwell.house_number == house_number(number),
            )
        ).all()
        doors = [door for door in doors if building in {None, door.building_id}]
        if not doors:
            raise Wrong(say(N_("There is no stairwell {number}."), number=f"{street} {number}"))
        stairwell, building = doors[0].id, doors[0].building_id
    return {"building_id": building, "stairwell_id": stairwell}


def _set(session: Session, row: object, values: dict[str, object]) -> bool | None:
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    session.flush()
    return False if differing else None


def _write_role(session: Session, administration: int, row: RoleRow) -> bool | None:
    scope = _scope_id(session, administration, row)
    person = _known_person(session, administration, row)
    if person is None and long_over(row.ends_on, remembered_since(clock.today())):
        return None
    person = person or _new_person(session, administration, row)
    holding = session.scalars(
        select(RoleHolding).where(
            RoleHolding.person_id == person,
            RoleHolding.role == row.role,
            RoleHolding.scope_kind == row.kind,
            RoleHolding.scope_id == scope,
            RoleHolding.starts_on == row.starts_on,
        )
    ).first()
    if holding is not None:
        return _set(session, holding, {"ends_on": row.ends_on, "origin": RoleOrigin.IMPORT})
    if long_over(row.ends_on, remembered_since(clock.today())):
        return None
    session.add(
        RoleHolding(
            person_id=person,
            role=row.role,
            scope_kind=row.kind,
            scope_id=scope,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        )
    )
    session.flush()
    return True


def _scope_id(session: Session, administration: int, row: RoleRow) -> int:
    match row.kind:
        case ScopeKind.SECTION:
            return _section(session, administration, row.organisation, row.section)
        case ScopeKind.ORGANISATION:
            found = session.scalar(
                select(Organisation.id).where(
                    Organisation.administration_id == administration,
                    Organisation.number == row.organisation,
                )
            )
        case ScopeKind.OFFICE:
            found = session.scalar(
                select(Office.id).where(
                    Office.administration_id == administration, Office.name == row.name
                )
            )
        case ScopeKind.PARTNERSHIP:
            found = session.scalar(
                select(Partnership.id)
                .join(PartnershipOrganisation)
                .join(Organisation, PartnershipOrganisation.organisation_id == Organisation.id)
                .where(
                    Partnership.name == row.name, Organisation.administration_id == administration
                )
                .limit(1)
            )
        case _:
            found = administration
    if found is None:
        raise Wrong(say(N_("There is no {name}."), name=row.name or row.organisation))
    return found


def _known_person(session: Session, administration: int, row: RoleRow) -> int | None:
    if row.person_number:
        found = session.scalar(
            select(Person.id).where(
                Person.administration_id == administration, Person.number == row.person_number
            )
        )
        if found is None:
            raise Wrong(say(N_("There is no person {number}."), number=row.person_number))
        return found
    return _known_by_address(session, administration, row.email or "")


def _known_by_address(session: Session, administration: int, email: str) -> int | None:
    """Who has shown that the address is theirs, else whom the administration has by it.

    What a resident typed for somebody they added proves nothing: it would choose who gets a role.
    """
    here = or_(Person.administration_id == administration, Person.administration_id.is_(None))
    told = and_(Person.administration_id == administration, Person.contact_email == email)
    known = (
        session.scalars(select(Person.id).where(here, Person.email == email)).all()
        or session.scalars(select(Person.id).where(told, Person.email.is_(None))).all()
    )
    if len(known) > 1:
        raise Wrong(say(N_("Several people share the address; give a person number.")))
    if not known and session.scalar(select(exists().where(told))):
        raise Wrong(say(N_("Whoever has this address signs in with another one now; give that.")))
    return known[0] if known else None


def _new_person(session: Session, administration: int, row: RoleRow) -> int:
    if not row.given_name:
        raise Wrong(say(N_("Nobody has this address, and there is no name to add.")))
    person = Person(
        key=secrets.token_urlsafe(12),
        administration_id=administration,
        given_name=row.given_name,
        family_name=row.family_name,
        contact_email=row.email,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    return person.id


def _write_office(session: Session, administration: int, row: OfficeRow) -> bool | None:
    office = session.scalars(
        select(Office).where(Office.administration_id == administration, Office.name == row.name)
    ).one_or_none()
    made = office is None
    if office is None:
        office = Office(administration_id=administration, name=row.name)
        session.add(office)
        session.flush()
    changed = _set(session, office, dict(row.values))
    hours = _replace_hours(session, office.id, row)
    days = _replace_closed_days(session, office.id, row.closed_days)
    if made:
        return True
    return False if changed is False or hours or days else None


def _replace_hours(session: Session, office: int, row: OfficeRow) -> bool:
    before = session.execute(
        select(OfficeHours.weekday, OfficeHours.opens, OfficeHours.closes).where(
            OfficeHours.office_id == office
        )
    )
    if sorted(tuple(one) for one in before) == sorted(tuple(one) for one in row.hours):
        return False
    session.execute(delete(OfficeHours).where(OfficeHours.office_id == office))
    session.add_all(OfficeHours(office_id=office, **one._asdict()) for one in row.hours)
    session.flush()
    return True


def _replace_closed_days(session: Session, office: int, days: Sequence[date]) -> bool:
    before = session.scalars(
        select(OfficeClosedDay.day).where(OfficeClosedDay.office_id == office)
    ).all()
    if set(before) == set(days):
        return False
    session.execute(
        delete(OfficeClosedDay).where(
            OfficeClosedDay.office_id == office, OfficeClosedDay.day.not_in(days)
        )
    )
    fresh = set(days) - set(before)
    session.add_all(OfficeClosedDay(office_id=office, day=day) for day in sorted(fresh))
    session.flush()
    return True
