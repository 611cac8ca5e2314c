"""The table of what the nights erase, in numbers."""

from datetime import date

from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class NightCount(Base):
    """Of one kind in one night: how much was seen to be due the day before, how much went."""

    __tablename__ = "night_count"
    night: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[int] = mapped_column(default=0)
    erased: Mapped[int] = mapped_column(default=0)
