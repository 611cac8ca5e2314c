"""The table of visits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engagement.visits.rules import VisitState
from estate.database import Base


class CaseVisit(Base):
    """One visit of the staff to a case's home, from the first times offered until it is over.

    `slots` are the times offered, from → until in UTC. `starts_at` and `ends_at` are what was
    agreed last, and stay when that falls away, so that a calendar can be told: `sequence` goes up
    with each such change. `proposed_by_id` is who comes. `nudged` counts what was said about an
    unanswered proposal: first to the household, then to whoever has the case.
    """

    __tablename__ = "case_visit"
    __table_args__ = (
        Index("ix_case_visit_case", "case_id", "id"),
        Index("ix_case_visit_state", "state", "starts_at"),
        Index("ix_case_visit_proposed_by", "proposed_by_id", "starts_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    state: Mapped[VisitState]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    slots: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    nudged: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    agreed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    changed_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]
    slipped_at: Mapped[datetime | None]
