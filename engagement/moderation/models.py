"""The tables of reports and rulings."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engagement.moderation.rules import Decision, ReportedKind
from estate.database import Base


class Ruling(Base):
    """What moderation decided about one thing, with the reason its author was given.

    `author_id` is whose thing it was; that person may answer once.
    """

    __tablename__ = "ruling"
    __table_args__ = (
        Index("ix_ruling_thing", "thing_kind", "thing_id", "id"),
        Index("ix_ruling_lately", "section_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    thing_kind: Mapped[ReportedKind]
    thing_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    decision: Mapped[Decision]
    reason: Mapped[str]
    language: Mapped[str]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answer_language: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class Report(Base):
    """Somebody thinks this should not stand here; open until a ruling answers it.

    `ruling_id` is the last one about what was reported: a later one changes what its reporter sees.
    """

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_thing", "thing_kind", "thing_id", "reporter_id"),
        Index("ix_report_open", "section_id", "ruling_id", "reported_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    thing_kind: Mapped[ReportedKind]
    thing_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    reporter_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    why: Mapped[str]
    language: Mapped[str]
    reported_at: Mapped[datetime]
    ruling_id: Mapped[int | None] = mapped_column(ForeignKey("ruling.id", ondelete="CASCADE"))
