"""The tables of letters: what each says, and to whom it goes."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.letters.rules import PlaceKind


class Letter(Base):
    """A letter of a section to households: a draft until `given_at`, then never changed.

    `kind` is a code of `kinds.csv`; `version` counts the draft's savings; `digest` (SHA-256, hex)
    is over everything it says. `given_on` is the day of `given_at` where the house stands: that of
    who was a member then. `pages` are those of an uploaded PDF, 0 for a letter written here.
    `households` is how many it was given to: fewer copies than that are a giving cut short.
    """

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    kind: Mapped[str]
    title: Mapped[str]
    effective_on: Mapped[date | None]
    deliver_by: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    digest: Mapped[str] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    given_at: Mapped[datetime | None] = mapped_column(index=True)
    given_on: Mapped[date | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    households: Mapped[int] = mapped_column(default=0)
    giving_job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    printing_job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))


class LetterText(Base):
    """What a letter says in one language. Danish is authoritative, any other a help."""

    __tablename__ = "letter_text"
    letter_id: Mapped[int] = mapped_column(
        ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str]


class LetterPage(Base):
    """The text layer of one page of a brought PDF, from 1; empty where it holds a picture only."""

    __tablename__ = "letter_page"
    letter_id: Mapped[int] = mapped_column(
        ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True
    )
    n: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


class LetterPlace(Base):
    """A place whose households a letter goes to; `place_id` is of the kind's own table."""

    __tablename__ = "letter_place"
    letter_id: Mapped[int] = mapped_column(
        ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[PlaceKind] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(primary_key=True)
