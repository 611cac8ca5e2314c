"""How long it usually takes in a section."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.pace.models import Pace
from engagement.pace.rules import Usual


def usual_in(session: Session, section: int) -> Mapping[str, Usual]:
    """The medians of a section, by urgency's value and `MESSAGE`; of no case and no person."""
    rows = session.scalars(select(Pace).where(Pace.section_id == section))
    return {
        row.of: Usual(_span(row.first_answer_minutes), _span(row.fixed_minutes)) for row in rows
    }


def _span(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
