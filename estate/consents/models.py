"""The tables of consent texts (versioned) and consents."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class ConsentText(Base):
    """What one is asked, word for word, in one language and version."""

    __tablename__ = "consent_text"
    __table_args__ = (UniqueConstraint("purpose", "version", "language"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    version: Mapped[int]
    language: Mapped[str]
    text: Mapped[str]
    valid_from: Mapped[date]


class Consent(Base):
    """One yes, until it ends or is withdrawn. May refer to a thing (`fault`, 12)."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_reference", "purpose", "reference_kind", "reference_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("consent_text.id"))
    purpose: Mapped[str]
    reference_kind: Mapped[str | None]
    reference_id: Mapped[int | None]
    given_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
