"""Parts, roles and offices as the rows of the files they are imported from."""

from collections.abc import Iterator
from datetime import time
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from estate.lists.rules import WEEK
from estate.people.models import Person, RoleHolding
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
from estate.projects.models import Partnership, PartnershipOrganisation
from estate.sheets.queries import columns_of
from estate.sheets.rules import day_or_nothing


def _sheet(name: str, rows: Iterator[dict[str, str]]) -> Iterator[list[str]]:
    columns = columns_of(name)
    yield [column.danish for column in columns]
    for cells in rows:
        yield [cells.get(column.key) or "" for column in columns]


def parts_sheet(session: Session, organisation: int) -> Iterator[list[str]]:
    """An organisation's building parts for `import-parts`, the heading first."""
    rows = session.execute(
        select(
            Organisation.number.label("organisation_number"),
            Section.number.label("section_number"),
            Building.number.label("building"),
            Stairwell.street,
            Stairwell.house_number,
            Part.number.label("part_number"),
            Part.name,
            Part.system,
            Part.classification,
            Part.supplier,
            Part.installed_on,
            Part.warranty_until,
            Part.closed_on,
        )
        .join_from(Part, Section, Part.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .outerjoin(Building, Part.building_id == Building.id)
        .outerjoin(Stairwell, Part.stairwell_id == Stairwell.id)
        .where(Organisation.id == organisation)
        .order_by(Part.id)
    )
    return _sheet("parts", (_part_cells(row) for row in rows))


def _part_cells(row: Any) -> dict[str, str]:
    return {
        **row._asdict(),
        "installed": day_or_nothing(row.installed_on),
        "warranty_until": day_or_nothing(row.warranty_until),
        "closed": day_or_nothing(row.closed_on),
    }


def roles_sheet(session: Session, organisation: int) -> Iterator[list[str]]:
    """The roles held over an organisation and what is in it for `import-roles`."""
    sections = select(Section.id).where(Section.organisation_id == organisation)
    offices = select(Section.office_id).where(Section.organisation_id == organisation)
    shared = select(PartnershipOrganisation.partnership_id).where(
        PartnershipOrganisation.organisation_id == organisation
    )
    reach: dict[ScopeKind, Any] = {
        ScopeKind.ORGANISATION: [organisation],
        ScopeKind.SECTION: sections,
        ScopeKind.OFFICE: offices,
        ScopeKind.PARTNERSHIP: shared,
    }
    within = [
        and_(RoleHolding.scope_kind == kind, RoleHolding.scope_id.in_(ids))
        for kind, ids in reach.items()
    ]
    rows = session.execute(
        select(
            RoleHolding.role,
            RoleHolding.scope_kind,
            Organisation.number.label("organisation_number"),
            Section.number.label("section_number"),
            Office.name.label("office"),
            Partnership.name.label("partnership"),
            Person.number.label("person_number"),
            Person.email,
            Person.contact_email,
            Person.given_name,
            Person.family_name,
            RoleHolding.starts_on,
            RoleHolding.ends_on,
        )
        .join_from(RoleHolding, Person, RoleHolding.person_id == Person.id)
        .outerjoin(Section, _held(ScopeKind.SECTION, Section.id))
        .outerjoin(Office, _held(ScopeKind.OFFICE, Office.id))
        .outerjoin(Partnership, _held(ScopeKind.PARTNERSHIP, Partnership.id))
        .join(Organisation, Organisation.id == organisation)
        .where(or_(*within))
        .order_by(RoleHolding.id)
    )
    return _sheet("roles", (_role_cells(row) for row in rows))


def _held(kind: ScopeKind, column: Any) -> Any:
    return and_(RoleHolding.scope_kind == kind, RoleHolding.scope_id == column)


def _role_cells(row: Any) -> dict[str, str]:
    return {
        **row._asdict(),
        "role": row.role.value,
        "scope": row.scope_kind.value,
        "name": row.office or row.partnership or "",
        "email": row.email or row.contact_email or "",
        "starts": day_or_nothing(row.starts_on),
        "ends": day_or_nothing(row.ends_on),
    }


def offices_sheet(session: Session, organisation: int) -> Iterator[list[str]]:
    """The offices that serve an organisation, with their hours, for `import-offices`."""
    offices = session.execute(
        select(
            Office.id, Office.name, Office.address, Office.phone, Office.duty_phone, Office.email
        )
        .where(
            Office.id.in_(select(Section.office_id).where(Section.organisation_id == organisation))
        )
        .order_by(Office.id)
    ).all()
    ids = [office.id for office in offices]
    hours: dict[int, dict[str, list[str]]] = {}
    for one in session.scalars(
        select(OfficeHours)
        .where(OfficeHours.office_id.in_(ids))
        .order_by(OfficeHours.weekday, OfficeHours.opens)
    ):
        days = hours.setdefault(one.office_id, {})
        days.setdefault(WEEK[one.weekday], []).append(f"{_clock(one.opens)}-{_clock(one.closes)}")
    closed: dict[int, list[str]] = {}
    for day in session.scalars(
        select(OfficeClosedDay)
        .where(OfficeClosedDay.office_id.in_(ids))
        .order_by(OfficeClosedDay.day)
    ):
        closed.setdefault(day.office_id, []).append(day.day.isoformat())
    return _sheet(
        "offices",
        (
            {
                **office._asdict(),
                **{day: ", ".join(spans) for day, spans in hours.get(office.id, {}).items()},
                "closed_days": " ".join(closed.get(office.id, [])),
            }
            for office in offices
        ),
    )


def _clock(hour: time) -> str:
    return f"{hour:%H.%M}"
