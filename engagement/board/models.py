"""The tables of the noticeboard."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class PostKind(StrEnum):
    """What a post is about."""

    BORROW = "borrow"
    GIVE = "give"
    HELP = "help"
    EVENT = "event"
    LOST = "lost"
    OTHER = "other"


class Audience(StrEnum):
    """Who can read a post."""

    STAIRWELL = "stairwell"
    BUILDING = "building"
    SECTION = "section"


class Post(Base):
    """One post. It always knows its section; `building_id` and `stairwell_id` narrow the audience.

    `author_name` and `author_place` are how the author was shown when writing (first name and
    stairwell, or an alias). `settled_at` is "lent", "given" or "found"; `hidden_at` moderation's.
    `search_words` holds the stems the search looks in.
    """

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_section_listing", "section_id", "bumped_at", "id"),
        Index("ix_post_expires", "expires_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[str]
    author_place: Mapped[str] = mapped_column(default="")
    kind: Mapped[PostKind]
    audience: Mapped[Audience]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"))
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"))
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    photo_count: Mapped[int] = mapped_column(default=0)
    comment_count: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    posted_at: Mapped[datetime]
    bumped_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    pinned_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    search_words: Mapped[str]


class Wording(Base):
    """What a post said before it was edited."""

    __tablename__ = "wording"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    replaced_at: Mapped[datetime]


class Comment(Base):
    """A public answer under a post."""

    __tablename__ = "comment"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[str]
    author_place: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    language: Mapped[str]
    written_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]


class Thread(Base):
    """A private answer to a post's author: between these two, closed with the post."""

    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("post_id", "asker_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asker_name: Mapped[str]
    asker_place: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    asker_read_at: Mapped[datetime | None]
    author_read_at: Mapped[datetime | None]


class ThreadMessage(Base):
    """One line of a private thread."""

    __tablename__ = "thread_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    text: Mapped[str]
    language: Mapped[str]
    written_at: Mapped[datetime]


class Attendance(Base):
    """Somebody's yes or no to an event."""

    __tablename__ = "attendance"
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    coming: Mapped[bool]
    answered_at: Mapped[datetime]


class Seen(Base):
    """How far somebody has read a section's board, and (below) which posts they opened since."""

    __tablename__ = "seen"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]


class ReportedKind(StrEnum):
    """What can be reported to moderation."""

    POST = "post"
    COMMENT = "comment"
    THREAD = "thread"


class Decision(StrEnum):
    """What moderation decided."""

    KEPT = "kept"
    HIDDEN = "hidden"
    RESTORED = "restored"


class Report(Base):
    """Somebody thinks this should not stand here. A decision always carries a reason."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("thing_kind", "thing_id", "reporter_id"),
        Index("ix_report_open", "section_id", "decided_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    thing_kind: Mapped[ReportedKind]
    thing_id: Mapped[int]
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    why: Mapped[str]
    reported_at: Mapped[datetime]
    decision: Mapped[Decision | None]
    reason: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]


class PostingPause(Base):
    """One person may not post in one section for a while. Reading and everything else stays."""

    __tablename__ = "posting_pause"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    reason: Mapped[str]
    paused_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
