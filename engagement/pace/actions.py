"""Counting how long cases really took, once a night."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from engagement.cases.models import Case
from engagement.cases.rules import Kind
from engagement.categories.rules import Urgency
from engagement.pace.models import Pace
from engagement.pace.rules import MESSAGE, SAMPLE
from engagement.promises.queries import calendar_of
from engagement.promises.rules import Calendar, around_the_clock, usual, working_time_between
from estate import clock
from estate.places.models import Section
from estate.values.queries import default_number


def count(session: Session, now: datetime) -> None:
    """Count every section's medians anew from its latest cases of `case_pace_days`."""
    days = default_number("case_pace_days", clock.local(now).date())
    since = now - timedelta(days=days)
    for section in session.scalars(select(Section.id)).all():
        calendar = calendar_of(session, section, since)
        lately = and_(Case.section_id == section, Case.received_at >= since)
        _count(session, section, MESSAGE, and_(lately, Case.kind == Kind.MESSAGE), calendar, now)
        for urgency in Urgency:
            which = and_(lately, Case.kind == Kind.FAULT, Case.urgency == urgency)
            worked = None if around_the_clock(urgency) else calendar
            _count(session, section, urgency.value, which, worked, now)


def _count(
    session: Session,
    section: int,
    of: str,
    which: ColumnElement[bool],
    calendar: Calendar | None,
    now: datetime,
) -> None:
    pace = Pace(section_id=section, of=of, counted_at=now)
    pace.first_answer_minutes = _median(session, which, Case.answered_at, calendar)
    pace.fixed_minutes = _median(session, which, Case.done_at, calendar)
    session.merge(pace)


def _median(
    session: Session,
    which: ColumnElement[bool],
    until: InstrumentedAttribute[datetime | None],
    calendar: Calendar | None,
) -> int | None:
    """In minutes; without a calendar around the clock. None where there are too few."""
    rows = session.execute(
        select(Case.received_at, until)
        .where(which, until.is_not(None))
        .order_by(Case.received_at.desc())
        .limit(SAMPLE)
    ).all()
    spans = [
        end - begin if calendar is None else working_time_between(begin, end, calendar)
        for begin, end in rows
        if end is not None
    ]
    middle = usual(spans)
    return None if middle is None else round(middle / timedelta(minutes=1))
