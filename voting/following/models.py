"""The table of switches that somebody moved."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class PaperFollow(Base):
    """Whether somebody hears of a kind of paper in a section, where they said so themselves."""

    __tablename__ = "paper_follow"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    section_id: Mapped[int] = mapped_column(
        ForeignKey("section.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    follows: Mapped[bool]
