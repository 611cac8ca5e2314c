"""Writing down what was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.retention.actions import erase_some


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
