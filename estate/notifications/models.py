"""The tables of notifications, devices and preferences."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.notifications.rules import Channel


class Notification(Base):
    """One thing one person is to hear, written in the deed's own transaction.

    `title`, `body` and `repeated` are msgids over `values`, translated at delivery into the
    reader's language; `named_id` is whose name is in the values. While `waiting`, a later one of
    the same `merge_key` takes its place and is counted. `address` is the page it opens;
    `planned_at` when the worker gave it to the devices.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "uq_notification_waiting",
            "person_id",
            "merge_key",
            unique=True,
            sqlite_where=text("waiting"),
            postgresql_where=text("waiting"),
        ),
        Index("ix_notification_merge", "person_id", "merge_key"),
        Index(
            "ix_notification_named",
            "named_id",
            sqlite_where=text("named_id IS NOT NULL"),
            postgresql_where=text("named_id IS NOT NULL"),
        ),
        Index(
            "ix_notification_undigested",
            "person_id",
            sqlite_where=text("digested_at IS NULL"),
            postgresql_where=text("digested_at IS NULL"),
        ),
        Index(
            "ix_notification_unplanned",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    repeated: Mapped[str] = mapped_column(default="")
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    named_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    address: Mapped[str]
    merge_key: Mapped[str]
    count: Mapped[int] = mapped_column(default=1)
    urgent: Mapped[bool] = mapped_column(default=False)
    waiting: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    planned_at: Mapped[datetime | None]
    digested_at: Mapped[datetime | None]


class Preference(Base):
    """A switch somebody moved away from where it stands by itself."""

    __tablename__ = "preference"
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
