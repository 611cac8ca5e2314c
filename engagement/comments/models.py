"""The table of comments."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Comment(Base):
    """A public answer under a post."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_listing", "post_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    author_name: Mapped[str]
    author_place: Mapped[str] = mapped_column(default="")
    author_role: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    language: Mapped[str]
    written_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]
