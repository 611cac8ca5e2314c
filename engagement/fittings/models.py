"""The tables of cards: what is fitted, where to shut off, and what a card said before."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from engagement.fittings.rules import Doing
from estate.database import Base


class Fitting(Base):
    """One thing fitted in a home, or in or on a common part: one of the two is set.

    `kind` is a code of `kinds.csv`; `language` is the one the words are written in. `version`
    counts the changes, so that two who change it at once do not undo each other.
    """

    __tablename__ = "fitting"
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    home_id: Mapped[int | None] = mapped_column(ForeignKey("home.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    kind: Mapped[str]
    make: Mapped[str] = mapped_column(default="")
    model: Mapped[str] = mapped_column(default="")
    year: Mapped[int | None]
    room: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    version: Mapped[int] = mapped_column(default=1)
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class ShutOff(Base):
    """Where water and power of a home or common part are shut off."""

    __tablename__ = "shut_off"
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    home_id: Mapped[int | None] = mapped_column(ForeignKey("home.id"), unique=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), unique=True)
    stopcock: Mapped[str] = mapped_column(default="")
    fuse: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")


class CardChange(Base):
    """Who did what to a card, and when; `before` holds the earlier values that changed."""

    __tablename__ = "card_change"
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    home_id: Mapped[int | None] = mapped_column(ForeignKey("home.id"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("part.id"), index=True)
    fitting_id: Mapped[int | None] = mapped_column(
        ForeignKey("fitting.id", ondelete="CASCADE"), index=True
    )
    doing: Mapped[Doing]
    before: Mapped[dict[str, Any]]
    language: Mapped[str] = mapped_column(default="da")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
