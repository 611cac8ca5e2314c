"""The tables of the noticeboard."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engagement.board.rules import Audience, PostKind
from estate.database import Base


class Post(Base):
    """One post. It always knows its section; `building_id` and `stairwell_id` narrow the audience.

    `topic` names the audience (`stairwell:12`): whoever may read the post listens to it, and every
    list walks an index that begins with it. `listed` is true while the post hangs on the board:
    neither withdrawn, hidden nor taken down after `expires_at`. `author_name`, `author_place` and
    `author_role` are how the author was shown when writing. `bumped_at` is when it was put up, or
    put up again. `cover` is the number of its first photo, or 0. `search_words` holds the stems
    the search looks in.
    """

    __tablename__ = "post"
    __table_args__ = (
        Index("ix_post_listing", "topic", "listed", "bumped_at", "id", "expires_at"),
        Index("ix_post_kinds", "topic", "listed", "kind", "bumped_at", "id", "expires_at"),
        Index("ix_post_pinned", "topic", "pinned_at"),
        Index("ix_post_own", "author_id", "bumped_at", "id"),
        Index("ix_post_expiry", "listed", "expires_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    author_name: Mapped[str]
    author_place: Mapped[str] = mapped_column(default="")
    author_role: Mapped[str] = mapped_column(default="")
    kind: Mapped[PostKind]
    audience: Mapped[Audience]
    topic: Mapped[str]
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"), index=True)
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"))
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"))
    title: Mapped[str]
    text: Mapped[str]
    language: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    photo_count: Mapped[int] = mapped_column(default=0)
    cover: Mapped[int] = mapped_column(default=0)
    comment_count: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    venue: Mapped[str] = mapped_column(default="")
    posted_at: Mapped[datetime]
    bumped_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    listed: Mapped[bool] = mapped_column(default=True)
    pinned_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
    search_words: Mapped[str]


class Wording(Base):
    """What a post said before it was edited. The author may erase one; the line stays, empty."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("post_id", "version"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    version: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    replaced_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Attendance(Base):
    """Somebody's yes or no to an event."""

    __tablename__ = "attendance"
    post_id: Mapped[int] = mapped_column(
        ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    coming: Mapped[bool]
    answered_at: Mapped[datetime]


class BoardVisit(Base):
    """How far somebody has read the board: until `read_until`, and the posts opened since."""

    __tablename__ = "board_visit"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    read_until: Mapped[datetime]
    opened: Mapped[list[Any]] = mapped_column(default=list)
