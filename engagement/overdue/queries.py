"""What stands past its time."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from engagement.cases.models import Case
from engagement.cases.rules import Kind
from engagement.categories.rules import Urgency
from engagement.visits.models import CaseVisit
from engagement.visits.queries import has_slipped


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """Cases nobody answered in their time, and those whose agreed visit slipped."""
    slipped = select(CaseVisit.case_id).where(has_slipped(now))
    return or_(and_(Case.answered_at.is_(None), Case.due_at < now), Case.id.in_(slipped))


def unanswered_alarms(now: datetime) -> ColumnElement[bool]:
    """Faults that cannot wait, and wait."""
    return and_(
        Case.kind == Kind.FAULT,
        Case.urgency == Urgency.NOW,
        Case.answered_at.is_(None),
        Case.due_at < now,
    )
