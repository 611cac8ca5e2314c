"""A person's passkeys."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.passkeys.models import Passkey


class PasskeyLine(NamedTuple):
    """One passkey as `/me/devices` lists it; `credential` is what a browser knows it by."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None
    credential: bytes


def passkeys_of(session: Session, person: int) -> Sequence[PasskeyLine]:
    """A person's passkeys, oldest first."""
    rows = session.execute(
        select(Passkey.id, Passkey.name, Passkey.added_at, Passkey.used_at, Passkey.credential_id)
        .where(Passkey.person_id == person)
        .order_by(Passkey.id)
    )
    return [PasskeyLine(*row) for row in rows]


class Credential(NamedTuple):
    """What is needed to check a passkey's signature."""

    passkey: int
    person: int
    public_key: bytes
    sign_count: int


def credential(session: Session, credential_id: bytes) -> Credential | None:
    """The passkey with this credential id, or None."""
    row = session.execute(
        select(Passkey.id, Passkey.person_id, Passkey.public_key, Passkey.sign_count)
        .where(Passkey.credential_id == credential_id)
        .with_for_update()
    ).one_or_none()
    return Credential(*row) if row else None
