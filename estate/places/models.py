"""The tables of places. The administration owns them; Opgang never edits what was imported."""

from datetime import date, time

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from estate.database import Base
from estate.search.rules import natural


class Administration(Base):
    """Forretningsfører: runs one or many organisations on contract, and sends the CSV."""

    __tablename__ = "administration"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Organisation(Base):
    """Boligorganisation: owns its sections, legal landlord and data controller."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("administration_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"))
    number: Mapped[str]
    name: Mapped[str]


class Office(Base):
    """Ejendomskontor: serves sections, of several organisations if need be."""

    __tablename__ = "office"
    __table_args__ = (UniqueConstraint("administration_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    administration_id: Mapped[int] = mapped_column(ForeignKey("administration.id"))
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    duty_phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")


class OfficeHours(Base):
    """One opening on one weekday (0 is Monday), local time."""

    __tablename__ = "office_hours"
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    opens: Mapped[time]
    closes: Mapped[time]


class OfficeClosedDay(Base):
    """A day this office is closed beside the public holidays."""

    __tablename__ = "office_closed_day"
    __table_args__ = (UniqueConstraint("office_id", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id", ondelete="CASCADE"))
    day: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")


class Section(Base):
    """Afdeling: the economic and democratic unit, with its own budget, rent and board."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    number: Mapped[str]
    name: Mapped[str]


class Building(Base):
    """One building of a section (`number` is the administration's)."""

    __tablename__ = "building"
    __table_args__ = (UniqueConstraint("section_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    number: Mapped[str]


class Stairwell(Base):
    """Opgang: one front door, `Lærkevej 8`."""

    __tablename__ = "stairwell"
    __table_args__ = (UniqueConstraint("building_id", "street", "house_number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    building_id: Mapped[int] = mapped_column(ForeignKey("building.id"))
    street: Mapped[str]
    house_number: Mapped[str]
    postcode: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")


class Home(Base):
    """Bolig: floor (`st`, `1`, `kl`), side (`tv`, `mf`, `th`, `12`), rent in øre a month."""

    __tablename__ = "home"
    __table_args__ = (UniqueConstraint("stairwell_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    stairwell_id: Mapped[int] = mapped_column(ForeignKey("stairwell.id"))
    number: Mapped[str]
    floor: Mapped[str] = mapped_column(default="")
    side: Mapped[str] = mapped_column(default="")
    area_m2: Mapped[int] = mapped_column(default=0)
    rooms: Mapped[int] = mapped_column(default=0)
    rent_ore: Mapped[int] = mapped_column(default=0)
    closed_on: Mapped[date | None]


class Part(Base):
    """Common rooms and building parts: lift B, a riser, the laundry, lamp 14.

    `system` and `classification` are codes of `estate/places/systems.csv`; `code` is in the QR
    label that opens a page with the place filled in. `sorting` is the name as lists order it
    (`search.rules.natural`).
    """

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("section_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"), index=True)
    number: Mapped[str]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    sorting: Mapped[str] = mapped_column(server_default="")
    system: Mapped[str]
    classification: Mapped[str] = mapped_column(default="")
    supplier: Mapped[str] = mapped_column(default="")
    installed_on: Mapped[date | None]
    warranty_until: Mapped[date | None]
    closed_on: Mapped[date | None]

    @validates("name")
    def _order(self, _: str, name: str) -> str:
        self.sorting = natural(name)
        return name
