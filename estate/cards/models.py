"""The table of household cards."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Card(Base):
    """One person's card for as long as they live in this household; at most one is not ended.

    Code and PIN are kept as keyed hashes. `wrong` counts wrong PINs since the last right one;
    `confirmed_at` is when the person showed by an own channel that the card is theirs.
    """

    __tablename__ = "card"
    __table_args__ = (
        Index(
            "uq_card_living",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    household_id: Mapped[int] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(unique=True)
    pin_hash: Mapped[str | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    issued_at: Mapped[datetime]
    chosen_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    wrong: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
