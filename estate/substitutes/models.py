"""The table of local notes. A substitute's role is a `RoleHolding` of the office's origin."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class SectionNote(Base):
    """What whoever works in a section must know of it, or of one stairwell: where keys hang."""

    __tablename__ = "section_note"
    __table_args__ = (
        Index(
            "uq_section_note_section",
            "section_id",
            unique=True,
            sqlite_where=text("stairwell_id IS NULL"),
            postgresql_where=text("stairwell_id IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"), unique=True)
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
