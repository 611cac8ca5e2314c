"""The table of one-time codes and links, kept as keyed hashes only."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.access.rules import Beginning
from estate.codes.rules import Purpose
from estate.database import Base


class SignInCode(Base):
    """A one-time way in: a code typed, or a link; whichever is used ends both.

    `sent_to` is the e-mail address or phone number it was sent to. A typed code lives until
    `code_expires_at`, a link until `expires_at`.
    """

    __tablename__ = "sign_in_code"
    __table_args__ = (Index("ix_sign_in_code_person", "person_id", "purpose"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(default=Purpose.SIGN_IN)
    began: Mapped[Beginning]
    sent_to: Mapped[str | None]
    code_hash: Mapped[str | None] = mapped_column(index=True)
    link_hash: Mapped[str | None] = mapped_column(unique=True)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    code_expires_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
