"""The tables of persons, households, members and role holdings."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base
from estate.people.rules import LetterChannel
from estate.permissions import Role, ScopeKind


class Person(Base):
    """Somebody with an own account. `number` is the administration's, within `administration_id`.

    `key` is the opaque id that phones and pages use. `email` and `phone` sign in;
    `contact_email` and `contact_phone` are what the administration has, `contact_number` is that
    phone in E.164, to be found by, and empty while that is one they let go of: the last of these
    is known again by its `removed_number_hash`. After a restore `contact_email` may be one they let
    go of: with `contact_email_let_go` it is not used until the administration says another. A
    protected person is only ever an alias.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("administration_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    administration_id: Mapped[int | None] = mapped_column(ForeignKey("administration.id"))
    number: Mapped[str | None]
    given_name: Mapped[str]
    family_name: Mapped[str] = mapped_column(default="")
    alias: Mapped[str | None]
    protected: Mapped[bool] = mapped_column(default=False)
    email: Mapped[str | None] = mapped_column(index=True)
    email_confirmed_at: Mapped[datetime | None]
    phone: Mapped[str | None] = mapped_column(index=True)
    phone_confirmed_at: Mapped[datetime | None]
    contact_email: Mapped[str | None] = mapped_column(index=True)
    contact_email_let_go: Mapped[bool] = mapped_column(default=False)
    contact_phone: Mapped[str | None]
    contact_number: Mapped[str | None] = mapped_column(index=True)
    removed_number_hash: Mapped[str | None]
    language: Mapped[str | None]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    digest: Mapped[str] = mapped_column(default="daily")
    digest_sent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Household(Base):
    """Husstand: a tenancy of a home over a period; `ends_on` is its last day."""

    __tablename__ = "household"
    __table_args__ = (
        UniqueConstraint("home_id", "number"),
        Index("ix_household_period", "home_id", "starts_on", "ends_on"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    home_id: Mapped[int] = mapped_column(ForeignKey("home.id"))
    number: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    exempt: Mapped[bool] = mapped_column(default=False)  # fritaget for Digital Post
    channel: Mapped[LetterChannel] = mapped_column(default=LetterChannel.DIGITAL)


class Origin(StrEnum):
    """Who says that somebody lives here: the register, or the household itself in Opgang."""

    IMPORT = "import"
    TENANT = "tenant"


class Member(Base):
    """A person in a household for a period. One a tenant added counts once the office confirmed.

    With the household's own `origin`, a last day says that they left by themself: no file of the
    administration takes that away.
    `let_in_by_id` is who let the one who added them in at the counter: somebody else confirms.
    """

    __tablename__ = "member"
    __table_args__ = (
        UniqueConstraint("household_id", "person_id", "starts_on"),
        # The few who wait for the office, found without a look at everybody.
        Index(
            "ix_member_waiting",
            "household_id",
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
        Index(
            "ix_member_confirmed_by",
            "confirmed_by_id",
            sqlite_where=text("confirmed_by_id IS NOT NULL"),
            postgresql_where=text("confirmed_by_id IS NOT NULL"),
        ),
        Index(
            "ix_member_let_in_by",
            "let_in_by_id",
            sqlite_where=text("let_in_by_id IS NOT NULL"),
            postgresql_where=text("let_in_by_id IS NOT NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    tenant: Mapped[bool] = mapped_column(default=False)
    adult: Mapped[bool] = mapped_column(default=True)
    origin: Mapped[Origin] = mapped_column(default=Origin.IMPORT)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL")
    )
    let_in_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Helper(Base):
    """Somebody a resident lets read and report on their behalf, dated. Never votes.

    `name` is how the resident calls them: an account behind their address is not looked up for it.
    """

    __tablename__ = "helper"
    __table_args__ = (UniqueConstraint("resident_id", "helper_id", "starts_on"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    resident_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    helper_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]


class RoleOrigin(StrEnum):
    """Who gave a role: the administration's file, or an office in Opgang."""

    IMPORT = "import"
    OFFICE = "office"


class RoleHolding(Base):
    """A role over a scope for a period, as the administration or the residents gave it.

    One of the office's origin is a substitute's, which the office ends; no other can be ended here.
    """

    __tablename__ = "role_holding"
    __table_args__ = (Index("ix_role_holding_scope", "scope_kind", "scope_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role]
    scope_kind: Mapped[ScopeKind]
    scope_id: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    origin: Mapped[RoleOrigin] = mapped_column(
        default=RoleOrigin.IMPORT, server_default=RoleOrigin.IMPORT.value
    )
