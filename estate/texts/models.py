"""The table of SMS."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.outbox.models import Queued


class TextMessage(Queued, Base):
    """One SMS on its way. `text` is a packed message, translated when sent.

    A notification's own words are read when it is claimed. `ending` stands last and is never cut:
    a path of this house, made whole when sent, or the line by which a phone knows a code. Of those
    with the same `about` only the newest goes out; after `until` none does.
    """

    __tablename__ = "text_message"
    __table_args__ = (
        Index("ix_text_message_due", "state", "due_at"),
        Index("ix_text_message_about", "about"),
    )
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    notification_id: Mapped[int | None] = mapped_column(
        ForeignKey("notification.id", ondelete="CASCADE"), unique=True
    )
    about: Mapped[str] = mapped_column(default="")
    to: Mapped[str]
    language: Mapped[str]
    text: Mapped[dict[str, Any]]
    ending: Mapped[str] = mapped_column(default="")
    secret: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    until: Mapped[datetime]
