"""The table of photos."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Photo(Base):
    """The `n`th photo of an owner (`post`, 7). `digest` (SHA-256, hex) names the file."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("owner_kind", "owner_id", "n"),
        Index("ix_photo_digest", "digest"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    n: Mapped[int]
    digest: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    added_at: Mapped[datetime]
