"""The tables of tasks: what is to be done, each stretch of work at it, and every step."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engagement.tasks.rules import Kind, State, Step
from estate.database import Base

_RUNS = text("ended_at IS NULL")
_TO_DO, _OVER = text("finished_at IS NULL"), text("finished_at IS NOT NULL")


class Task(Base):
    """One piece of work of the staff.

    `type` is a code of `types.csv`. `origin` names what it was opened from, so that the same is
    not opened twice: “case:12”, or an occurrence of the maintenance plan. `assignee_id` is who
    does it; None is open for whoever has time. `estimate_minutes` is what was thought before.
    `step_at` is the last step that is known, before which nothing is dated. `finished_at` says
    when it was done or dropped.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_to_do",
            "section_id",
            "assignee_id",
            "due_on",
            sqlite_where=_TO_DO,
            postgresql_where=_TO_DO,
        ),
        Index("ix_task_finished", "finished_at", sqlite_where=_OVER, postgresql_where=_OVER),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind]
    type: Mapped[str]
    state: Mapped[State]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"))
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("home.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(
        ForeignKey("case.id", ondelete="SET NULL"), index=True
    )
    origin: Mapped[str | None] = mapped_column(unique=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    estimate_minutes: Mapped[int | None]
    assignee_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    due_on: Mapped[date | None]
    latest_on: Mapped[date | None]
    opened_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    opened_at: Mapped[datetime]
    step_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    finished_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )


class Spell(Base):
    """One stretch of work of one person at one task; no end: it runs. Of each person at most one.

    `pause` is a code of `pauses.csv`: why it stopped; empty where the task ended.
    """

    __tablename__ = "task_spell"
    __table_args__ = (
        Index(
            "ix_task_spell_running",
            "person_id",
            unique=True,
            sqlite_where=_RUNS,
            postgresql_where=_RUNS,
        ),
        Index("ix_task_spell_task", "task_id", "id"),
        Index("ix_task_spell_person", "person_id", "started_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    pause: Mapped[str] = mapped_column(default="")


class TaskEntry(Base):
    """One thing that happened to a task: a step, or a note (no step). Nothing is changed after.

    `at` is when it counts; `said_at` what the phone's own clock showed, `offset_seconds` how far
    the house's was ahead of it as the phone had measured;
    `clamped` where `at` is not their sum.
    """

    __tablename__ = "task_entry"
    __table_args__ = (Index("ix_task_entry_listing", "task_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    step: Mapped[Step | None]
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    pause: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    said_at: Mapped[datetime | None]
    offset_seconds: Mapped[int | None]
    clamped: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
