"""The tables of service messages."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engagement.notices.rules import Phase, Urgency
from estate.database import Base


class Notice(Base):
    """One service message. `place` is what its stairwells are called, a packed message.

    `over_at` is when the office said it ended, sooner or later than `ends_at`; `phase` is where it
    stood when the worker last looked. `version` counts what was told: the message, each change of
    it, its end.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_phase", "phase", "starts_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    template: Mapped[str] = mapped_column(default="")
    urgency: Mapped[Urgency]
    phase: Mapped[Phase]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]
    place: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]


class NoticePlace(Base):
    """A stairwell that a message is for, with its section."""

    __tablename__ = "notice_place"
    __table_args__ = (
        Index("ix_notice_place_stairwell", "stairwell_id", "notice_id"),
        Index("ix_notice_place_section", "section_id", "notice_id"),
    )
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True
    )
    stairwell_id: Mapped[int] = mapped_column(ForeignKey("stairwell.id"), primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))


class NoticeText(Base):
    """What a message says in one language; `lags` when the Danish was changed after it."""

    __tablename__ = "notice_text"
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str]
    afterword: Mapped[str] = mapped_column(default="")
    lags: Mapped[bool] = mapped_column(default=False)


class NoticeWording(Base):
    """What a message said before it was changed: its times, and title and text by language."""

    __tablename__ = "notice_wording"
    __table_args__ = (UniqueConstraint("notice_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    version: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    texts: Mapped[dict[str, Any]]
    replaced_at: Mapped[datetime]
