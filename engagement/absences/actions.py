"""Writing down that somebody of the staff is away, and that they are back."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engagement.absences import queries
from engagement.absences.models import Absence
from engagement.absences.rules import ABSENCE
from estate.audit.actions import record
from estate.database import stale
from estate.permissions import Scope
from estate.refusals import Missing
from estate.retention.actions import erase_some


def be_away(
    session: Session,
    scope: Scope,
    person: int,
    days: tuple[date, date],
    now: datetime,
    today: date,
) -> int:
    """Somebody is away on these days: oneself, or a colleague of one's sections. Returns its id.

    Nothing is moved: what they have stands with everybody's while they are away, and is theirs
    again the day they are back unless somebody took it.
    """
    if person not in queries.colleagues(session, scope, today):
        raise Missing
    starts_on, ends_on = days
    row = Absence(
        person_id=person,
        starts_on=starts_on,
        ends_on=ends_on,
        made_by_id=scope.person,
        made_at=now,
    )
    session.add(row)
    session.flush()
    record(session, "away", (ABSENCE, row.id), actor=scope.person, on_behalf_of=person)
    _refresh(session, scope)
    return row.id


def be_back(session: Session, scope: Scope, number: int, today: date) -> None:
    """They are back, or do not go: the days from today on fall away."""
    row = session.scalars(
        select(Absence)
        .where(
            Absence.id == number,
            Absence.person_id.in_(queries.colleagues(session, scope, today)),
            Absence.ends_on >= today,
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise Missing
    record(session, "back", (ABSENCE, number), actor=scope.person, on_behalf_of=row.person_id)
    if row.starts_on >= today:
        session.delete(row)
    else:
        row.ends_on = date.fromordinal(today.toordinal() - 1)
    _refresh(session, scope)


def _refresh(session: Session, scope: Scope) -> None:
    for section in scope.sections:
        for block in ("cases", "tasks"):
            stale(session, f"cases:{section}", block)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some absences that were over before a moment; returns their ids."""
    return erase_some(session, Absence, Absence.ends_on < before.date())


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these absences."""
    session.execute(delete(Absence).where(Absence.id.in_(ids)))
