"""The tables of devices and of what is on its way to them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.outbox.models import Queued


class Device(Base):
    """A browser that agreed to be told (Push API subscription), with the session it belongs to.

    `heard_at` is when a push last reached it; `silent_since` when one first failed after that.
    """

    __tablename__ = "device"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("session.id", ondelete="CASCADE"), index=True
    )
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    silent_since: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")


class Delivery(Queued, Base):
    """One notification on its way to one device; a newer one of the same merge key replaces it.

    `carried` counts what earlier deliveries of the same merge key would have told.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("notification_id", "device_id"),
        Index("ix_delivery_due", "state", "due_at"),
    )
    notification_id: Mapped[int] = mapped_column(ForeignKey("notification.id", ondelete="CASCADE"))
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id", ondelete="CASCADE"), index=True)
    carried: Mapped[int] = mapped_column(default=0)
