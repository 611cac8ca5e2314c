"""The tables of private threads."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Thread(Base):
    """A private answer to a post's author: between these two, closed with the post.

    Each side's `…_read_at` is how far that person has read.
    """

    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("post_id", "asker_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    asker_name: Mapped[str]
    asker_place: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    asker_read_at: Mapped[datetime | None]
    author_read_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]


class ThreadMessage(Base):
    """One line of a private thread. Never searched, never in a notification or a deed."""

    __tablename__ = "thread_message"
    __table_args__ = (Index("ix_thread_message_listing", "thread_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    text: Mapped[str]
    language: Mapped[str]
    written_at: Mapped[datetime]
