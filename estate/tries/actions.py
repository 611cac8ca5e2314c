"""Counting tries."""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import insert_for
from estate.refusals import TooMany
from estate.retention.actions import erase_some
from estate.tries.models import Tries
from estate.tries.queries import limit


def _bucket(key: bytes, kind: str, what: str) -> str:
    return hmac.new(key, f"{kind}\n{what}".encode(), hashlib.sha256).hexdigest()


def count_try(session: Session, key: bytes, kind: str, what: str, now: datetime) -> None:
    """Count one try of a `kind` (as `tries.queries.limit`) on `what`.

    Raises TooMany once the window is full. Counted before anything is looked at, so that many
    tries at the same moment wait for each other.
    """
    allowed = limit(kind, clock.local(now).date())
    window = timedelta(seconds=allowed.seconds)
    over = Tries.since <= now - window
    bucket = _bucket(key, kind, what)
    row = session.execute(
        insert_for(session, Tries)
        .values(bucket=bucket, count=1, since=now)
        .on_conflict_do_update(
            index_elements=["bucket"],
            set_={
                "count": case((over, 1), else_=Tries.count + 1),
                "since": case((over, now), else_=Tries.since),
            },
        )
        .returning(Tries.count, Tries.since)
    ).one()
    count, since = row
    if count > allowed.tries:
        raise TooMany(max(1, int((since + window - now).total_seconds()) + 1))


def forgive_try(session: Session, key: bytes, kind: str, what: str) -> None:
    """Take back a try that turned out right."""
    bucket = _bucket(key, kind, what)
    session.execute(
        update(Tries).where(Tries.bucket == bucket, Tries.count > 0).values(count=Tries.count - 1)
    )


def forget(session: Session, before: datetime) -> int:
    """Erase some of the counts that began before a moment; returns how many."""
    return len(erase_some(session, Tries, Tries.since < before))
