"""The table of pauses."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class PostingPause(Base):
    """One person may not post in one section for a while. Reading and everything else stays."""

    __tablename__ = "posting_pause"
    __table_args__ = (Index("ix_posting_pause_section", "section_id", "ends_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    shown_name: Mapped[str]
    reason: Mapped[str]
    language: Mapped[str]
    paused_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
