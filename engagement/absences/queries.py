"""Reading who is away, and whether what somebody has is in hands that are there."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, select
from sqlalchemy.orm import Session

from engagement.absences.models import Absence
from estate.people.models import Person, RoleHolding
from estate.people.rules import name_in_role
from estate.permissions import Permission, Scope
from estate.reach.queries import Place, holding_role_over, reached


def _on(day: date) -> ColumnElement[bool]:
    return (Absence.starts_on <= day) & (Absence.ends_on >= day)


def in_hands(
    holder: SQLColumnExpression[int | None],
    section: SQLColumnExpression[int],
    day: date,
    permission: Permission = Permission.HANDLE_CASES,
) -> ColumnElement[bool]:
    """The condition that a holder works in a section on a day, and is not away.

    What is not in hands is offered to everybody there: nothing hides behind a name.
    """
    return (
        holder.is_not(None)
        & holding_role_over(holder, permission, section, day)
        & ~exists().where(Absence.person_id == holder, _on(day))
    )


class AbsenceLine(NamedTuple):
    """Days somebody is away."""

    id: int
    person: int
    name: str
    starts_on: date
    ends_on: date


def coming(session: Session, scope: Scope, day: date) -> Sequence[AbsenceLine]:
    """Who of a scope's sections is away on a day or later, the first to go first."""
    rows = session.execute(
        select(Absence, Person)
        .join(Person, Absence.person_id == Person.id)
        .where(Absence.ends_on >= day, Absence.person_id.in_(colleagues(session, scope, day)))
        .order_by(Absence.starts_on, Absence.id)
    )
    return [
        AbsenceLine(row.id, row.person_id, _name(person), row.starts_on, row.ends_on)
        for row, person in rows
    ]


def colleagues(session: Session, scope: Scope, day: date) -> frozenset[int]:
    """Whoever works in any of a scope's sections on a day, oneself among them."""
    everybody = list(session.scalars(select(RoleHolding.person_id).distinct()))
    found: set[int] = {scope.person} if scope.sections else set()
    for section in scope.sections:
        found |= reached(session, everybody, Permission.HANDLE_CASES, Place(section), day)
    return frozenset(found)


def names(session: Session, scope: Scope, day: date) -> Sequence[tuple[int, str]]:
    """The same by name."""
    found = session.scalars(select(Person).where(Person.id.in_(colleagues(session, scope, day))))
    return sorted(((one.id, _name(one)) for one in found), key=lambda pair: (pair[1], pair[0]))


def _name(person: Person) -> str:
    return name_in_role(person.given_name, person.alias, protected=person.protected)


def days_away(
    session: Session, persons: Iterable[int | None], day: date
) -> Mapping[int | None, Sequence[tuple[date, date]]]:
    """From when until when these persons are away from a day on."""
    wanted = {one for one in persons if one is not None}
    rows = session.execute(
        select(Absence.person_id, Absence.starts_on, Absence.ends_on).where(
            Absence.person_id.in_(wanted), Absence.ends_on >= day
        )
    )
    found: dict[int | None, list[tuple[date, date]]] = {}
    for person, starts_on, ends_on in rows:
        found.setdefault(person, []).append((starts_on, ends_on))
    return found
