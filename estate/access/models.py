"""The table of sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.access.rules import Beginning as Beginning
from estate.database import Base


class SignInSession(Base):
    """One person signed in on one device. `token_hash` is SHA-256 of the cookie.

    `begun_by_id` is who made the way in at the counter; `confirmed_at` is when a session begun by
    somebody else was confirmed by an own channel.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index(
            "ix_session_begun_by",
            "begun_by_id",
            sqlite_where=text("begun_by_id IS NOT NULL"),
            postgresql_where=text("begun_by_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    began: Mapped[Beginning]
    began_at: Mapped[datetime]
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    browser: Mapped[str] = mapped_column(default="")
    device: Mapped[str] = mapped_column(default="")
