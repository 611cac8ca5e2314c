"""The table of mails."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class MailState(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Mail(Base):
    """One mail on its way. `subject` and `lines` are packed messages, translated when sent.

    `to_server`: a mail server has taken it, not a folder.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    language: Mapped[str]
    subject: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    to_server: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[str] = mapped_column(default="")
