"""The table of links to firms."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class ContractorLink(Base):
    """One case in one firm's hands. Of the link only its hash is kept; `shared` are the ticks."""

    __tablename__ = "contractor_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"), index=True)
    link_hash: Mapped[str] = mapped_column(unique=True)
    firm: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    shared: Mapped[str] = mapped_column(default="")
    issued_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
