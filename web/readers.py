"""Who is behind a session cookie: looked up, or remembered while nothing at all was committed.

Finding a reader takes five queries, more than all the rest of a page. SQLite tells by
`PRAGMA data_version` whether *anything* was committed since one last asked, by this process or
another; while nothing was, nobody's roles, tenancy or session can have changed. PostgreSQL has no
such word, so there every request asks (docs/decisions/0004-remembered-readers.md).
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.queries import Presence, presence
from estate.database import Database
from estate.permissions import Reader
from estate.standings.queries import reader_of

log = structlog.get_logger("opgang")

MOST = 5000
TOGETHER = 500
A_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class _Remembered:
    version: int
    day: date
    expires_at: datetime
    reader: Reader


class Readers:
    """Finds the reader behind a token. A reader is remembered only between two commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, _Remembered] = OrderedDict()
        self._seen: set[int] = set()
        self._lock = threading.Lock()
        self._watch = _watching(database) if database.sqlite else None

    def reading(self, session: Session, token: str) -> Reader | None:
        """The reader for a request that only reads; None when the session is over or unknown."""
        return self.at(self.version(), session, token)

    def at(self, version: int | None, session: Session, token: str) -> Reader | None:
        """The same, when `version` was asked just before the session's first read."""
        now = clock.now()
        day = clock.local(now).date()
        known = self._known.get(token)
        if (
            known is not None
            and known.version == version
            and known.day == day
            and now < known.expires_at
        ):
            return known.reader
        found = presence(session, token, now)
        if found is not None and found.stale:
            with self._lock:
                self._seen.add(found.session)
        reader = _reader(session, found, day)
        if found is not None and reader is not None and version is not None:
            self._remember(token, _Remembered(version, day, found.expires_at, reader))
        return reader

    def writing(self, session: Session, token: str) -> Reader | None:
        """The reader inside a writing transaction, never remembered; notes that it was seen."""
        now = clock.now()
        found = presence(session, token, now)
        if found is not None and found.stale:
            access.note_seen(session, [found.session], now)
        return _reader(session, found, clock.local(now).date())

    @contextlib.asynccontextmanager
    async def noting(self) -> AsyncIterator[None]:
        """While the server runs, write down once a minute whom a page was read by, and at its end.

        A page that is only read does not write: each session is noted once a day, many together.
        """
        noting = asyncio.create_task(self._note_now_and_then())
        try:
            yield
        finally:
            noting.cancel()
            await asyncio.gather(noting, return_exceptions=True)
            await asyncio.to_thread(self.note_seen)

    async def _note_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(A_MINUTE)
            await asyncio.to_thread(self.note_seen)

    def note_seen(self) -> None:
        """Write down the sessions that were seen today for the first time."""
        with self._lock:
            seen, self._seen = sorted(self._seen), set()
        try:
            for start in range(0, len(seen), TOGETHER):
                with self._database.write() as session:
                    access.note_seen(session, seen[start : start + TOGETHER], clock.now())
        except SQLAlchemyError as trouble:  # they are seen again before long
            log.warning("last use not written down", error=str(trouble))

    def close(self) -> None:
        """Let go of the watching connection."""
        if self._watch is not None:
            self._watch.close()

    def version(self) -> int | None:
        """A number that changes with every commit to the database, by whomever; None if unknown."""
        if self._watch is None:
            return None
        with self._lock:
            (version,) = self._watch.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _remember(self, token: str, entry: _Remembered) -> None:
        with self._lock:
            self._known[token] = entry
            while len(self._known) > MOST:
                self._known.popitem(last=False)


def _watching(database: Database) -> sqlite3.Connection:
    """A connection of our own outside the pool, which never writes."""
    pooled = database.engine.raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("Only SQLite tells what was committed.")
    return connection


def _reader(session: Session, found: Presence | None, day: date) -> Reader | None:
    if found is None:
        return None
    reader = reader_of(session, found.person, day, session_id=found.session, trusted=found.trusted)
    return replace(reader, borrowed=found.borrowed) if reader else None
