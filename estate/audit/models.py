"""The table of deeds."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Deed(Base):
    """One thing somebody did. Never changed; never holds what its subject calls private.

    `thing_kind` and `thing_id` name the thing; `organisation_id` is set where it was done within
    one organisation, `on_behalf_of_id` when somebody acted for another.
    """

    __tablename__ = "deed"
    __table_args__ = (
        Index("ix_deed_thing", "thing_kind", "thing_id"),
        Index("ix_deed_organisation_at", "organisation_id", "at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    on_behalf_of_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    verb: Mapped[str]
    thing_kind: Mapped[str]
    thing_id: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
