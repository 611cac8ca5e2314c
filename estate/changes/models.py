"""The tables of what goes back to the administration's system."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Change(Base):
    """One change of something Opgang owns, in the order it was made."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_administration_id", "administration_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    thing_id: Mapped[int]
    data: Mapped[dict[str, Any]]


class ApiKey(Base):
    """A machine of one administration. Only the hash is kept."""

    __tablename__ = "api_key"
    id: Mapped[int] = mapped_column(primary_key=True)
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"))
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Webhook(Base):
    """An address that is told of changes in order, signed with `secret` (HMAC-SHA256).

    `told_change_id` is the last change it took; `stopped_at` is set when it was given up.
    """

    __tablename__ = "webhook"
    id: Mapped[int] = mapped_column(primary_key=True)
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"))
    address: Mapped[str]
    secret: Mapped[str]
    told_change_id: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
