"""Adding, using and removing passkeys."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.actions import tell
from estate.access.rules import token_hash
from estate.audit.actions import record
from estate.database import insert_for, stale
from estate.language import N_
from estate.passkeys.models import Challenge, Passkey
from estate.passkeys.rules import PASSKEY
from estate.permissions import Scope
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.values.queries import default_number


def make_challenge(session: Session, person: int | None, now: datetime) -> bytes:
    """Something new for a passkey to sign, good once and for a few minutes."""
    session.execute(delete(Challenge).where(Challenge.expires_at <= now))
    challenge = secrets.token_bytes(32)
    minutes = default_number("challenge_minutes", clock.local(now).date())
    session.add(
        Challenge(
            challenge_hash=token_hash(challenge.hex()),
            person_id=person,
            expires_at=now + timedelta(minutes=minutes),
        )
    )
    return challenge


def spend_challenge(session: Session, challenge: bytes, person: int | None, now: datetime) -> bool:
    """Use up a challenge; False when it was never asked, asked of another person, or too old."""
    whose = Challenge.person_id.is_(None) if person is None else Challenge.person_id == person
    gone = session.execute(
        delete(Challenge)
        .where(
            Challenge.challenge_hash == token_hash(challenge.hex()),
            whose,
            Challenge.expires_at > now,
        )
        .returning(Challenge.challenge_hash)
    ).all()
    return bool(gone)


def add_passkey(
    session: Session,
    scope: Scope,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> None:
    """Keep a new passkey of the reader's; their devices are told. Refused if already known."""
    added = session.execute(
        insert_for(session, Passkey)
        .values(
            person_id=scope.person,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            name=name[:60],
            added_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Passkey.id)
    ).all()
    if not added:
        raise Refused(N_("This passkey is already here."))
    record(session, "added_passkey", ("person", scope.person), actor=scope.person)
    stale(session, f"person:{scope.person}", "today")
    tell(
        session,
        scope.person,
        N_("A passkey was added"),
        N_("You can sign in with a new passkey. Was it not you? Remove it under Devices."),
    )


def note_passkey_used(session: Session, passkey: int, sign_count: int, now: datetime) -> None:
    """Remember a passkey's counter, which tells a copy from the original."""
    session.execute(
        update(Passkey).where(Passkey.id == passkey).values(sign_count=sign_count, used_at=now)
    )


def rename_passkey(session: Session, scope: Scope, number: int, name: str) -> None:
    """Call one of the reader's passkeys something they will recognise."""
    changed = session.execute(
        update(Passkey)
        .where(Passkey.id == number, Passkey.person_id == scope.person)
        .values(name=name[:60])
        .returning(Passkey.id)
    ).all()
    if not changed:
        raise Missing


def remove_passkey(session: Session, scope: Scope, number: int, log: ErasureLog) -> None:
    """Forget one of the reader's passkeys; it opens nothing any more, nor after a restore."""
    gone = session.execute(
        delete(Passkey)
        .where(Passkey.id == number, Passkey.person_id == scope.person)
        .returning(Passkey.id)
    ).all()
    if not gone:
        raise Missing
    log.append(Erasure(PASSKEY, [number], clock.now()))
    record(session, "removed_passkey", ("person", scope.person), actor=scope.person)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these passkeys."""
    session.execute(delete(Passkey).where(Passkey.id.in_(ids)))


def forget(session: Session, before: datetime) -> int:
    """Erase some of what passkeys were asked to sign and ran out before a moment; how many."""
    return len(erase_some(session, Challenge, Challenge.expires_at < before))
