"""The table of received submissions."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Submission(Base):
    """One form somebody sent, by the id their phone gave it, and the address of what it became."""

    __tablename__ = "submission"
    author_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    address: Mapped[str]
    received_at: Mapped[datetime]
