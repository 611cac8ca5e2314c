"""The columns that all have who wait to be sent."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from estate.outbox.rules import OutboxState


class Queued:
    """A row on its way out: tried from `due_at` on, by whoever it is leased to until then.

    `trouble` is what was said when it last failed; `done_at` when it was sent, replaced or given
    up.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[OutboxState] = mapped_column(default=OutboxState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
