"""The tables of partnerships, which span organisations, their parties, and building projects."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.projects.rules import SetbackKind, StageKind


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


class Project(Base):
    """A building project of an organisation; `partnership_id` where it is one of a partnership's.

    Without a partnership it is an ordinary tender. It covers sections of its organisation only, who
    takes it along when it leaves. `ends_on` is its last day.
    """

    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    partnership_id: Mapped[int | None] = mapped_column(ForeignKey("partnership.id"), index=True)
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class ProjectPlace(Base):
    """What a project covers: a whole section, or one building or stairwell of it."""

    __tablename__ = "project_place"
    __table_args__ = (Index("ix_project_place_section", "section_id", "project_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), index=True
    )
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    building_id: Mapped[int | None] = mapped_column(ForeignKey("building.id"), index=True)
    stairwell_id: Mapped[int | None] = mapped_column(ForeignKey("stairwell.id"), index=True)


class Stage(Base):
    """A dated agreement of a project, as it came to be; `name` is what it is called there, if so.

    What is planned and what is expected of it stand beside these days once somebody keeps them.
    """

    __tablename__ = "stage"
    __table_args__ = (Index("ix_stage_project", "project_id", "starts_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"))
    kind: Mapped[StageKind]
    name: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class Setback(Base):
    """A standstill, a step back or a stop of a stage, with its reason in plain words."""

    __tablename__ = "setback"
    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(ForeignKey("stage.id", ondelete="CASCADE"), index=True)
    kind: Mapped[SetbackKind]
    reason: Mapped[str]
    language: Mapped[str] = mapped_column(default="da")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
