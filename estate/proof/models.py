"""The tables of each household's copy of a letter, and of what shows that it arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.people.rules import LetterChannel
from estate.proof.rules import Manner, Outcome, Receiver


class LetterCopy(Base):
    """One household's copy of a letter: how it was sent, and how it is proven to have arrived.

    `grounds` are the codes of what stood against a digital notice. `sent_at` is when a mail or an
    SMS was on its way, None where neither was. `paper_at` is when it was to be printed, for the
    reason `paper_why`; `printed_at` when a print file held it. `accepted_at`: a mail server took a
    mail that counts; `opened_at`: a tenant opened the page. `delivered_*` is the first thing that
    counts as proof (rules.proof), visits at the door included; `delivered_to` says into whose
    hands, where somebody took it at the door and that was noted.
    """

    __tablename__ = "letter_copy"
    __table_args__ = (
        UniqueConstraint("letter_id", "household_id"),
        Index(
            "ix_letter_copy_open",
            "letter_id",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
        Index(
            "ix_letter_copy_delivered_by",
            "delivered_by_id",
            sqlite_where=text("delivered_by_id IS NOT NULL"),
            postgresql_where=text("delivered_by_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"))
    household_id: Mapped[int] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), index=True
    )
    version: Mapped[int]
    channel: Mapped[LetterChannel]
    lawful: Mapped[bool]
    grounds: Mapped[list[Any]] = mapped_column(default=list)
    sent_at: Mapped[datetime | None]
    paper_at: Mapped[datetime | None]
    paper_why: Mapped[str] = mapped_column(default="")
    printed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    delivered_how: Mapped[Manner | None]
    delivered_to: Mapped[Receiver | None]
    delivered_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )


class LetterOpening(Base):
    """A member opened a household's copy while signed in; the first time.

    `trusted`: they were a tenant when it was given, and began the session themselves; only then it
    shows that it arrived.
    """

    __tablename__ = "letter_opening"
    copy_id: Mapped[int] = mapped_column(
        ForeignKey("letter_copy.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    opened_at: Mapped[datetime]
    trusted: Mapped[bool] = mapped_column(default=True)


class LetterMail(Base):
    """The mail by which a copy went to one member, for as long as the mail's row is kept.

    `counts`: it went to a tenant's own confirmed address; only then it proves anything. `taken_at`:
    a mail server had it; `returned_at`: it said later that it could not deliver it, or none took it
    at all.
    """

    __tablename__ = "letter_mail"
    mail_id: Mapped[int] = mapped_column(
        ForeignKey("mail.id", ondelete="CASCADE"), primary_key=True
    )
    copy_id: Mapped[int] = mapped_column(
        ForeignKey("letter_copy.id", ondelete="CASCADE"), index=True
    )
    counts: Mapped[bool] = mapped_column(default=False)
    taken_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]


class LetterSms(Base):
    """The SMS that told one member of a copy, for as long as its row is kept.

    `refused_at`: nobody took it, and it was given up.
    """

    __tablename__ = "letter_sms"
    text_id: Mapped[int] = mapped_column(
        ForeignKey("text_message.id", ondelete="CASCADE"), primary_key=True
    )
    copy_id: Mapped[int] = mapped_column(
        ForeignKey("letter_copy.id", ondelete="CASCADE"), index=True
    )
    refused_at: Mapped[datetime | None]


class DoorVisit(Base):
    """One try to hand a copy over at its door; `undone_at` when it was ticked off by mistake.

    `at` is when somebody stood there, `noted_at` when we heard of it: a cellar has no network.
    `reason` is a code of `rounds.rules.REASONS`; `handed_to` may be said of what was handed over.
    """

    __tablename__ = "door_visit"
    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(
        ForeignKey("letter_copy.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    noted_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    outcome: Mapped[Outcome]
    reason: Mapped[str] = mapped_column(default="")
    handed_to: Mapped[Receiver | None]
    undone_at: Mapped[datetime | None]
