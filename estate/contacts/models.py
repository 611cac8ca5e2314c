"""The table of whom to turn to outside the office, as it differs from place to place."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.contacts.rules import Who
from estate.database import Base


class Contact(Base):
    """Somebody to turn to, for a whole organisation, or for one section instead of that.

    `note` is what to have ready, in `language`.
    """

    __tablename__ = "contact"
    __table_args__ = (
        Index(
            "uq_contact_organisation",
            "organisation_id",
            "who",
            unique=True,
            sqlite_where=text("section_id IS NULL"),
            postgresql_where=text("section_id IS NULL"),
        ),
        Index("uq_contact_section", "section_id", "who", unique=True),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    who: Mapped[Who]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    web: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="da")
    changed_at: Mapped[datetime]
