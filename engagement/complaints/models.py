"""The tables of complaints; each row goes with its case."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engagement.complaints.rules import MayTell
from estate.database import Base


class Complaint(Base):
    """What was tried (codes of `tried.csv`), and what the office may say to the other side."""

    __tablename__ = "complaint"
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )
    tried: Mapped[dict[str, Any]]
    may_tell: Mapped[MayTell] = mapped_column(default=MayTell.NOBODY)


class ComplaintDate(Base):
    """One dated line of the log: what the household wrote down of one day. Never changed after."""

    __tablename__ = "complaint_date"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    happened_on: Mapped[date]
    begun: Mapped[str] = mapped_column(default="")
    lasted: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    language: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    at: Mapped[datetime]


class ComplaintStep(Base):
    """One step of the office (a code of `steps.csv`) on a day, with what it wants to remember."""

    __tablename__ = "complaint_step"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    step: Mapped[str]
    taken_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    at: Mapped[datetime]
