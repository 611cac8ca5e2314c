"""The tables of the maintenance plan: its items, and what was done."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engagement.plans.rules import Follows
from estate.database import Base


class PlanItem(Base):
    """One thing that is looked after again and again in a section, at a part or a told place.

    `rule` is iCalendar's (RFC 5545) from `starts_on` on; the season's ends are `MM-DD`, or both
    empty. `due_on` and `latest_on` are what is to be done next, None once it has ended. An item
    is never deleted while something that was done stands against it. `type` is the sort of work
    its tasks are (`engagement/tasks/types.csv`); `opened_for` the due date whose task was opened.
    """

    __tablename__ = "plan_item"
    __table_args__ = (Index("ix_plan_item_due", "section_id", "due_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    type: Mapped[str] = mapped_column(default="service")
    title: Mapped[str]
    place: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    rule: Mapped[str]
    starts_on: Mapped[date]
    season_begins: Mapped[str] = mapped_column(default="")
    season_ends: Mapped[str] = mapped_column(default="")
    spare_days: Mapped[int] = mapped_column(default=0)
    follows: Mapped[Follows]
    minutes: Mapped[int | None]
    due_on: Mapped[date | None]
    latest_on: Mapped[date | None]
    opened_for: Mapped[date | None]
    valid_until: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class PlanDone(Base):
    """That an item was done: for which due date, on which day, by whom and how long it took.

    `task_id` is the task it was done by, with its notes and photos; None where it was written down.
    """

    __tablename__ = "plan_done"
    __table_args__ = (Index("ix_plan_done_once", "item_id", "due_on", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("plan_item.id", ondelete="CASCADE"))
    due_on: Mapped[date]
    done_on: Mapped[date] = mapped_column(index=True)
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    minutes: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    task_id: Mapped[int | None] = mapped_column(
        ForeignKey("task.id", ondelete="SET NULL"), index=True
    )
    at: Mapped[datetime]
