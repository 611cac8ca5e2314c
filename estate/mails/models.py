"""The table of mails."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.outbox.models import Queued


class Mail(Queued, Base):
    """One mail on its way. `subject` and `lines` are packed messages, translated when sent.

    `to_server`: a mail server has taken it, not a folder.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "due_at"),)
    to: Mapped[str]
    language: Mapped[str]
    subject: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    to_server: Mapped[bool] = mapped_column(default=False)
