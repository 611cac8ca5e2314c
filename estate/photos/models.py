"""The tables of photos and of files whose owner let go."""

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


class LeftFile(Base):
    """A file that an owner let go, until the worker has looked whether it was the last one."""

    __tablename__ = "left_file"
    digest: Mapped[str] = mapped_column(primary_key=True)
    left_at: Mapped[datetime]
