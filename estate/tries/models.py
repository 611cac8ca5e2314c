"""The table of tries."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Tries(Base):
    """How often something was tried in its window; `bucket` is a keyed hash of what is counted."""

    __tablename__ = "tries"
    bucket: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime] = mapped_column(index=True)
