"""The tables of files and of those whose owner let go."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class File(Base):
    """A PDF of an owner (`paper_version`, 7), under the `name` it came by.

    `digest` (SHA-256, hex) names it on disk; `size` is in bytes.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index("ix_file_owner", "owner_kind", "owner_id"),
        Index("ix_file_digest", "digest"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_kind: Mapped[str]
    owner_id: Mapped[int]
    name: Mapped[str]
    digest: Mapped[str]
    size: Mapped[int]
    added_at: Mapped[datetime]


class LeftFile(Base):
    """A file that an owner let go, until the worker has looked whether it was the last one."""

    __tablename__ = "left_file"
    digest: Mapped[str] = mapped_column(primary_key=True)
    left_at: Mapped[datetime]
