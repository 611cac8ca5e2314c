"""The table of how long cases really took: medians, of nobody in particular."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Pace(Base):
    """The medians of one section's latest cases of one urgency, or of its messages (`of`)."""

    __tablename__ = "pace"
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), primary_key=True)
    of: Mapped[str] = mapped_column(primary_key=True)
    first_answer_minutes: Mapped[int | None]
    fixed_minutes: Mapped[int | None]
    counted_at: Mapped[datetime]
