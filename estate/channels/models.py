"""The table of demands for other than digital communication."""

from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.channels.rules import Party
from estate.database import Base


class DigitalDemand(Base):
    """A tenant, or the landlord, demanded other than digital communication on a day.

    It takes effect with the law's notice; `ended_on` is when it was taken back.
    """

    __tablename__ = "digital_demand"
    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), index=True
    )
    party: Mapped[Party]
    demanded_on: Mapped[date]
    ended_on: Mapped[date | None]
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    noted_at: Mapped[datetime]
