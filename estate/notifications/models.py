"""The tables of notifications, devices and preferences."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Channel(StrEnum):
    """How a notification reaches somebody."""

    PUSH = "push"
    EMAIL = "email"


class Notification(Base):
    """One thing one person is to hear, written in the deed's own transaction.

    `title` and `body` are msgids with `values`, translated at delivery into the reader's language.
    `merge_key` lets a later one replace an earlier one that has not gone out. `address` is the page
    it opens.
    """

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_merge", "person_id", "merge_key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str]
    merge_key: Mapped[str]
    count: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    digested_at: Mapped[datetime | None]


class Device(Base):
    """A browser that agreed to be told (Push API subscription), with the session it belongs to."""

    __tablename__ = "device"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    added_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class Delivery(Base):
    """One notification on its way to one device."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "device_id"),
        Index("ix_delivery_due", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), index=True)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class Preference(Base):
    """A switch somebody moved away from where it stands by itself."""

    __tablename__ = "preference"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
