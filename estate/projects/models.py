"""The tables of partnerships, which span organisations, and their parties."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class PartyKind(StrEnum):
    """What a party does in the partnership."""

    CLIENT = "client"
    ADVISER = "adviser"
    CONTRACTOR = "contractor"


class Partnership(Base):
    """Strategisk partnerskab: several projects together over years."""

    __tablename__ = "partnership"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class PartnershipOrganisation(Base):
    """An organisation that takes part."""

    __tablename__ = "partnership_organisation"
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class Party(Base):
    """One firm or organisation in a partnership."""

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("partnership_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    partnership_id: Mapped[int] = mapped_column(ForeignKey("partnership.id"))
    name: Mapped[str]
    kind: Mapped[PartyKind]
