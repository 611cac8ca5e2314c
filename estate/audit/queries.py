"""Reading deeds back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from estate.audit.models import Deed


class DeedLine(NamedTuple):
    """One deed as a page shows it."""

    at: datetime
    actor_id: int | None
    verb: str
    thing_kind: str
    thing_id: int | None
    details: dict[str, Any]


def deeds_about(session: Session, person: int, limit: int = 50) -> Sequence[DeedLine]:
    """What others did for or to this person, newest first: counter links, pauses, corrections."""
    rows = session.execute(
        select(Deed.at, Deed.actor_id, Deed.verb, Deed.thing_kind, Deed.thing_id, Deed.details)
        .where(
            or_(
                Deed.on_behalf_of_id == person,
                (Deed.thing_kind == "person") & (Deed.thing_id == person),
            )
        )
        .order_by(Deed.id.desc())
        .limit(limit)
    )
    return [DeedLine(*row) for row in rows]
