"""Beginning and ending sessions; issuing and spending ways in."""

import secrets
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import Beginning, SignInSession
from estate.access.rules import SESSION_LASTS, token_hash


def begin_session(session: Session, person: int, began: Beginning, device_name: str = "") -> str:
    """Sign a person in on a device; returns the cookie's token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        SignInSession(
            token_hash=token_hash(token),
            person_id=person,
            began=began,
            began_at=now,
            seen_at=now,
            expires_at=now + SESSION_LASTS,
            device_name=device_name[:120],
        )
    )
    return token


def end_session(session: Session, number: int, person: int) -> None:
    """Sign a device out; its push subscription goes with it."""
    session.execute(
        delete(SignInSession).where(SignInSession.id == number, SignInSession.person_id == person)
    )


def note_seen(session: Session, number: int, now: datetime) -> None:
    """Remember that a session was used."""
    session.execute(update(SignInSession).where(SignInSession.id == number).values(seen_at=now))
