"""The tables of notifications, devices and preferences."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Channel(StrEnum):
    """How a notification reaches somebody."""

    PUSH = "push"
    EMAIL = "email"


class Notification(Base):
    """One thing one person is to hear, written in the deed's own transaction.

    `title`, `body` and `repeated` are msgids over `values`, translated at delivery into the
    reader's language. While `waiting`, a later one of the same `merge_key` takes its place and is
    counted. `address` is the page it opens; `planned_at` when the worker gave it to the devices.
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
        Index("ix_notification_person", "person_id", "changed_at"),
        Index(
            "ix_notification_unplanned",
            "id",
            sqlite_where=text("planned_at IS NULL"),
            postgresql_where=text("planned_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    repeated: Mapped[str] = mapped_column(default="")
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str]
    merge_key: Mapped[str]
    count: Mapped[int] = mapped_column(default=1)
    urgent: Mapped[bool] = mapped_column(default=False)
    waiting: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    planned_at: Mapped[datetime | None]
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
    """Where a delivery or a mail stands. A newer one of the same merge key replaces a delivery."""

    WAITING = "waiting"
    SENT = "sent"
    REPLACED = "replaced"
    GIVEN_UP = "given_up"


class Delivery(Base):
    """One notification on its way to one device.

    `carried` counts what earlier deliveries of the same merge key would have told; a sender holds
    the row until `leased_until`.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "device_id"),
        Index("ix_delivery_due", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), index=True)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    carried: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class Mail(Base):
    """One mail on its way. `subject` and `lines` are packed messages, translated when sent."""

    __tablename__ = "mail"
    __table_args__ = (Index("ix_mail_due", "state", "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    language: Mapped[str]
    subject: Mapped[dict[str, Any]]
    lines: Mapped[list[Any]]
    secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class Preference(Base):
    """A switch somebody moved away from where it stands by itself."""

    __tablename__ = "preference"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    wanted: Mapped[bool]
