"""The table with the one row that says what this database is."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Installation(Base):
    """Always row 1. A demo estate says from which seed and day it was made."""

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True)
    demo: Mapped[bool]
    seed: Mapped[int | None]
    today: Mapped[date | None]
    made_at: Mapped[datetime]
