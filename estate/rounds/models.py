"""The table of print files."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class PrintFile(Base):
    """The letters of one stairwell as one PDF to print, made by a job; the file is its own."""

    __tablename__ = "print_file"
    __table_args__ = (UniqueConstraint("letter_id", "stairwell_id", "batch"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"))
    stairwell_id: Mapped[int] = mapped_column(
        ForeignKey("stairwell.id", ondelete="CASCADE"), index=True
    )
    batch: Mapped[int]
    letters: Mapped[int]
    pages: Mapped[int]
    tagged: Mapped[bool]
    made_at: Mapped[datetime]
