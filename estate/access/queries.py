"""Who is behind a session, and what ways in there are."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.access.models import Beginning, SignInSession
from estate.access.rules import token_hash

UNTRUSTED = frozenset({Beginning.OFFICE, Beginning.COMMAND})


class Presence(NamedTuple):
    """A live session: whose, and how far it is trusted."""

    session: int
    person: int
    trusted: bool
    stale: bool


def presence(session: Session, token: str, now: datetime) -> Presence | None:
    """The live session behind a cookie, or None. `stale`: last-seen is more than an hour old."""
    row = session.execute(
        select(
            SignInSession.id,
            SignInSession.person_id,
            SignInSession.began,
            SignInSession.confirmed_at,
            SignInSession.seen_at,
        ).where(SignInSession.token_hash == token_hash(token), SignInSession.expires_at > now)
    ).one_or_none()
    if row is None:
        return None
    return Presence(
        session=row.id,
        person=row.person_id,
        trusted=row.began not in UNTRUSTED or row.confirmed_at is not None,
        stale=now - row.seen_at > timedelta(hours=1),
    )
