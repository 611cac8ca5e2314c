"""Writing down what was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.retention.actions import erase_some
from estate.retention.queries import kept_since
from estate.retention.rules import Retention


def record(
    session: Session,
    verb: str,
    thing: tuple[str, int | None],
    *,
    actor: int | None,
    on_behalf_of: int | None = None,
    organisation: int | None = None,
    **details: Any,
) -> None:
    """Add one deed to this transaction: `record(s, "withdrawn", ("post", 7), actor=3)`.

    `details` must be plain and public enough for whoever may see the thing.
    """
    kind, number = thing
    session.add(
        Deed(
            at=clock.now(),
            actor_id=actor,
            on_behalf_of_id=on_behalf_of,
            organisation_id=organisation,
            verb=verb,
            thing_kind=kind,
            thing_id=number,
            details=details,
        )
    )


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 deeds older than `before`; returns their ids."""
    return erase_some(session, Deed, Deed.at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these deeds."""
    session.execute(delete(Deed).where(Deed.id.in_(ids)))


def record_night(session: Session, retention: Retention, count: int, now: datetime) -> None:
    """Record how many of a kind the night erased, and up to when."""
    before = kept_since(retention, now).isoformat()
    record(session, "erased", (retention.kind, None), actor=None, count=count, before=before)
