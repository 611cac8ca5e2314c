"""Reading what is due to be sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from estate.outbox.models import Queued
from estate.outbox.rules import OutboxState


def due_now(
    session: Session, table: type[Queued], now: datetime, first: Sequence[Any], limit: int
) -> list[int]:
    """Ids of what is due and in no sender's hands, in the order of `first`.

    They are this transaction's until it ends: of two who ask at once, each gets others.
    """
    waiting = (
        select(table.id)
        .where(
            table.state == OutboxState.WAITING,
            table.due_at <= now,
            or_(table.leased_until.is_(None), table.leased_until <= now),
        )
        .order_by(*first)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(waiting))
