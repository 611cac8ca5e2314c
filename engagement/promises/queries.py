"""What is promised where, and when an office works."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.categories.rules import Urgency
from engagement.promises.models import ServicePromise
from engagement.promises.rules import Calendar, Due, Promise, around_the_clock, due
from estate import clock
from estate.permissions import Scope
from estate.places.models import Section
from estate.places.queries import closed_days, hours_of, public_holidays


class Agreed(NamedTuple):
    """One agreement as it was written down; no hours: nothing is promised from then on."""

    id: int
    section: int
    urgency: Urgency
    first_answer_hours: int | None
    fixed_hours: int | None
    agreed_on: date
    decision: str
    valid_from: date


def agreed(session: Session, scope: Scope) -> Sequence[Agreed]:
    """Everything agreed in the sections of a scope, the latest to begin first."""
    rows = session.execute(
        select(*(getattr(ServicePromise, name) for name in _COLUMNS))
        .where(ServicePromise.section_id.in_(scope.sections))
        .order_by(ServicePromise.valid_from.desc(), ServicePromise.id.desc())
    )
    return [Agreed(*row) for row in rows]


_COLUMNS = (
    "id",
    "section_id",
    "urgency",
    "first_answer_hours",
    "fixed_hours",
    "agreed_on",
    "decision",
    "valid_from",
)


def promises_in(session: Session, section: int, day: date) -> Mapping[Urgency, Promise]:
    """What a section's residents are promised on a day, by urgency; agreements are no secret."""
    rows = session.scalars(
        select(ServicePromise)
        .where(ServicePromise.section_id == section, ServicePromise.valid_from <= day)
        .order_by(ServicePromise.valid_from, ServicePromise.id)
    )
    latest = {row.urgency: row for row in rows}
    return {
        urgency: Promise(
            timedelta(hours=row.first_answer_hours),
            timedelta(hours=row.fixed_hours),
            around_the_clock(urgency),
        )
        for urgency, row in latest.items()
        if row.first_answer_hours is not None and row.fixed_hours is not None
    }


def promised(session: Session, section: int, urgency: Urgency, since: datetime) -> Due | None:
    """When what is promised of an urgency is due for something received at `since`."""
    found = promises_in(session, section, clock.local(since).date()).get(urgency)
    return due(found, since, calendar_of(session, section, since)) if found else None


def calendar_of(session: Session, section: int, since: datetime) -> Calendar:
    """When the office that serves a section works, from a moment on; without one it never does."""
    office = session.scalar(select(Section.office_id).where(Section.id == section))
    if office is None:
        return Calendar((), lambda _: True, clock.LOCAL)
    closed = closed_days(session, office, clock.local(since).date())
    return Calendar(
        hours_of(session, office),
        lambda day: day in closed or day in public_holidays(day.year),
        clock.LOCAL,
    )
