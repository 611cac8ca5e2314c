"""The tables of guides and of how they read before."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Guide(Base):
    """How a sort of work (`type`) is done in an organisation: a step a line.

    `version` counts the changes, so that two who change it at once do not undo each other.
    """

    __tablename__ = "guide"
    __table_args__ = (Index("ix_guide_type", "organisation_id", "type"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    type: Mapped[str]
    title: Mapped[str]
    steps: Mapped[str]
    language: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class GuideWording(Base):
    """How a guide read until somebody changed it."""

    __tablename__ = "guide_wording"
    id: Mapped[int] = mapped_column(primary_key=True)
    guide_id: Mapped[int] = mapped_column(ForeignKey("guide.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    title: Mapped[str]
    steps: Mapped[str]
    until: Mapped[datetime]
