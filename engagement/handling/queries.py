"""Reading what is for whoever has time: nobody has it, or whoever has it is away."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases.models import Case
from engagement.cases.queries import CaseLine, Desk, Filter, in_hands, inbox


def is_offered(session: Session, number: int, day: date) -> bool:
    """Whether a case that was read or held is for whoever has time."""
    offered = select(Case.id).where(Case.id == number, ~in_hands(day))
    return session.scalar(offered) is not None


def left_behind(session: Session, desk: Desk) -> Sequence[CaseLine]:
    """What is open and somebody has who is away, or works there no more."""
    return inbox(session, desk, Filter("free"), Case.holder_id.is_not(None))
