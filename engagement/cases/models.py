"""The tables of cases: what residents write to the office, from a question to a burst pipe."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engagement.cases.rules import Kind, Origin, Outcome, Seen, State, Step
from engagement.categories.rules import Urgency
from estate.database import Base

_OPEN, _CLOSED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")


class Case(Base):
    """One matter between residents and the office: a message, a fault or a complaint.

    Where it is: a home, or a common place (part, stairwell, building; none of them: the section's
    grounds) with its `system`. `household_id` is whose it is, `filed_by_id` who of the staff
    entered it for them. `due_at` is what the inbox is ordered by and never empty (decision 0012):
    `answer_due_at` or `fix_due_at`, which were promised when it came, else a time by urgency.
    `holder_id` is who takes care of it; None is open for whoever has time. `affected` counts the
    followers. `project_id` and `stage_id` are what was built there when it came, by rule, or as
    the staff put it right. `topic` is what a message is about, of `engagement/topics`.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index(
            "ix_case_inbox",
            "urgency",
            "due_at",
            "last_at",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_case_household", "household_id", "last_at"),
        Index("ix_case_place", "section_id", "system", "received_at"),
        # Partial: else SQLite takes it to find the open ones, and sorts them all for one page.
        Index("ix_case_closed", "closed_at", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind]
    state: Mapped[State]
    category: Mapped[str] = mapped_column(default="")
    system: Mapped[str] = mapped_column(default="")
    topic: Mapped[str] = mapped_column(default="")
    urgency: Mapped[Urgency]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"))
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("home.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("household.id", ondelete="SET NULL")
    )
    reporter_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    filed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    origin: Mapped[Origin]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    language: Mapped[str]
    answers: Mapped[dict[str, Any]]
    holder_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    affected: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer_due_at: Mapped[datetime | None]
    fix_due_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    last_at: Mapped[datetime]
    staffs_turn: Mapped[bool] = mapped_column(default=True)
    done_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    reopened: Mapped[int] = mapped_column(default=0)
    visits: Mapped[str] = mapped_column(default="")
    why_more: Mapped[str] = mapped_column(default="")
    face: Mapped[int | None]
    face_text: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("case.id", ondelete="SET NULL"), index=True
    )
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    stage_id: Mapped[int | None] = mapped_column(ForeignKey("stage.id"))


class CaseEntry(Base):
    """One thing in a case's timeline: a line, a note, a step. Nothing is changed after.

    `phrase` is a code of the phrase book with its `values`: each reads it in their own language.
    `household_id` is whose an entry is that not everybody of the case reads.
    """

    __tablename__ = "case_entry"
    __table_args__ = (Index("ix_case_entry_listing", "case_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    step: Mapped[Step | None]
    seen: Mapped[Seen]
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("household.id", ondelete="SET NULL"), index=True
    )
    by_staff: Mapped[bool]
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    phrase: Mapped[str] = mapped_column(default="")
    values: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    at: Mapped[datetime]


class CasePrivate(Base):
    """What only staff see, and only until the case is over: then the row is erased."""

    __tablename__ = "case_private"
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    let_in: Mapped[bool] = mapped_column(default=False)
    times: Mapped[str] = mapped_column(default="")
    pets: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")


class CaseFollower(Base):
    """“Affects us too”: who follows a case at a common place, and hears every answer."""

    __tablename__ = "case_follower"
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]
