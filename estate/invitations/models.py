"""The tables of invitation letters and their uses. A code is kept as a keyed hash only."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Invitation(Base):
    """One letter to one household; its code admits each named adult once."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(
        ForeignKey("household.id", ondelete="CASCADE"), index=True
    )
    code_hash: Mapped[str] = mapped_column(unique=True)
    printed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class InvitationUse(Base):
    """An adult who came in by a letter: once."""

    __tablename__ = "invitation_use"
    invitation_id: Mapped[int] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    used_at: Mapped[datetime]
