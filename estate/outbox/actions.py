"""Handing out what is to be sent, and keeping names out of what waits."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from estate.language import renamed
from estate.outbox.models import Queued
from estate.outbox.rules import LEASE, OutboxState


def lease(session: Session, table: type[Queued], ids: Collection[int], now: datetime) -> None:
    """Let those of these that wait be one sender's for a while, and count that as a try."""
    session.execute(
        update(table)
        .where(table.id.in_(ids), table.state == OutboxState.WAITING)
        .values(leased_until=now + LEASE, attempts=table.attempts + 1)
    )


def rename(
    session: Session,
    table: type[Queued],
    words: InstrumentedAttribute[Any],
    names: Mapping[int, str],
) -> None:
    """Call these persons by these names in packed words of the table, sent or not."""
    rows = session.execute(select(table.id, words)).all()
    changed = [
        {"id": row[0], words.key: told}
        for row in rows
        if (told := renamed(row[1], names)) != row[1]
    ]
    if changed:
        session.execute(update(table), changed)
