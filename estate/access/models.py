"""The tables of sessions, invitations, codes and passkeys. Codes are kept as keyed hashes only."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class Beginning(StrEnum):
    """How a session began. The last two were begun by somebody else and are trusted less."""

    INVITATION = "invitation"
    EMAIL = "email"
    PASSKEY = "passkey"
    OIDC = "oidc"
    DEMO = "demo"
    OFFICE = "office"
    COMMAND = "command"


class SignInSession(Base):
    """One person signed in on one device. `token_hash` is SHA-256 of the cookie."""

    __tablename__ = "session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    began: Mapped[Beginning]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    device_name: Mapped[str] = mapped_column(default="")


class Invitation(Base):
    """One letter to one household; its code admits each named adult once."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    printed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class InvitationUse(Base):
    """An adult who came in by a letter: once."""

    __tablename__ = "invitation_use"
    invitation_id: Mapped[int] = mapped_column(ForeignKey("invitation.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    used_at: Mapped[datetime]


class SignInCode(Base):
    """A one-time way in: six digits typed, or a link; whichever is used ends both."""

    __tablename__ = "sign_in_code"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    began: Mapped[Beginning]
    code_hash: Mapped[str | None] = mapped_column(index=True)
    link_hash: Mapped[str] = mapped_column(unique=True)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A WebAuthn credential of one person."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str]
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OidcIdentity(Base):
    """A person's subject at the OIDC provider."""

    __tablename__ = "oidc_identity"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    linked_at: Mapped[datetime]


class Tries(Base):
    """How often something was tried in its window: a code, an address, a network."""

    __tablename__ = "tries"
    bucket: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    since: Mapped[datetime]
