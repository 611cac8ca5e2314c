"""The tables of papers brought in together."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from voting.imports.rules import Outcome


class PaperImport(Base):
    """Files that somebody brought in together for a section, or for its whole organisation."""

    __tablename__ = "paper_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    begun_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    section_id: Mapped[int | None] = mapped_column(ForeignKey("section.id"))
    role: Mapped[str]
    begun_at: Mapped[datetime]


class ImportedFile(Base):
    """One of these files under its name, what came of it, and if nothing, why (packed)."""

    __tablename__ = "imported_file"
    __table_args__ = (UniqueConstraint("import_id", "n"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("paper_import.id", ondelete="CASCADE"))
    n: Mapped[int]
    name: Mapped[str]
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.WAITING)
    reason: Mapped[dict[str, Any]] = mapped_column(default=dict)
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id", ondelete="SET NULL"))
