"""One database, SQLite or PostgreSQL, and the unit of work that every door uses.

A writing transaction begins IMMEDIATE on SQLite, so it can never find out halfway that somebody
else was first. It also collects the names of the blocks of pages it made stale; they are published
with the commit, never before it.
"""

import contextlib
import enum
import hashlib
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from estate import clock

CHANNEL = "opgang_stale"
SQLITE_BESIDE = ("-wal", "-shm")
"""Endings of the files SQLite keeps beside a database that is open."""

PATIENCE = 10.0
"""Seconds that a writer on SQLite waits for the one before it, in this process and in another."""

LOCK_PATIENCE = 5
"""Seconds that writing a table anew waits for it on PostgreSQL; others wait behind it meanwhile."""

LOCK_NOT_AVAILABLE = "55P03"

ONE_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""PostgreSQL's default is a snapshot for each statement; SQLite's is one for the transaction."""

STALE = "stale"
WORKER, OUTBOX, JOBS, CHANGES = "worker", "outbox", "jobs", "changes"
"""The topic the worker hears, and its two blocks: something to tell, something to do."""


class HeldUp(Exception):
    """Something could not be written anew now; nothing is lost, and it is tried again later."""


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, always aware: timestamptz on PostgreSQL, ISO text in UTC on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone says nothing.")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Enums are stored by value; constraints have names that migrations find."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
        enum.Enum: sa.Enum(
            enum.Enum,
            native_enum=False,
            create_constraint=False,
            length=40,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }

    @override
    def __init_subclass__(cls, **options: Any) -> None:
        """No number is given twice, also on SQLite: cursors, logs and links go by numbers."""
        super().__init_subclass__(**options)
        table = cls.__table__
        keys = list(table.primary_key)
        counts = [key.name for key in keys] == ["id"] and isinstance(keys[0].type, sa.Integer)
        if counts and isinstance(table, sa.Table):
            table.kwargs["sqlite_autoincrement"] = True


class StaleBlock(Base):
    """SQLite's notice board between processes: blocks a commit made stale, kept for an hour."""

    __tablename__ = "stale_block"
    id: sa.orm.Mapped[int] = sa.orm.mapped_column(primary_key=True)
    at: sa.orm.Mapped[datetime]
    origin: sa.orm.Mapped[str]
    topic: sa.orm.Mapped[str]
    block: sa.orm.Mapped[str]


def insert_for(session: Session, table: type[Base]) -> Any:
    """The database's own INSERT, which knows ON CONFLICT."""
    postgres = session.get_bind().dialect.name == "postgresql"
    rows: Any = table.__table__  # without the mapper on top, many rows go in twice as fast
    return postgresql.insert(rows) if postgres else sqlite.insert(rows)


def one_at_a_time(session: Session, turn: str) -> None:
    """Wait until no other transaction has this turn (`pins section:3`); it is ours until the end.

    To be asked before reading what the decision rests on. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.blake2b(turn.encode(), digest_size=8).digest(), signed=True)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def count_on(session: Session, table: type[Base]) -> None:
    """Let a table's next number follow the highest there is, when rows brought theirs along.

    SQLite does so by itself.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = table.__table__.c.id
        sequence = sa.func.pg_get_serial_sequence(table.__tablename__, "id")
        session.execute(sa.select(sa.func.setval(sequence, sa.func.max(key))))


def stale(session: Session, topic: str, block: str) -> None:
    """Tell open pages of `topic` (`section:3`, `person:7`) that `block` is to be fetched anew.

    Only these two names travel, and only once the transaction is committed.
    """
    session.info.setdefault(STALE, set()).add((topic, block))


Stale = frozenset[tuple[str, str]]


class Database:
    """The engine and the two kinds of session: `read()` and `write()`.

    `publish` is called after each commit with the stale (topic, block) pairs; `origin` tells this
    process's commits from another's.
    """

    def __init__(self, url: str, *, origin: str = "", pool_size: int = 8) -> None:
        self.url = url
        self.origin = origin or secrets.token_hex(8)
        self.publish: Callable[[Stale], None] = lambda pairs: None
        self.engine = sa.create_engine(
            url,
            pool_size=pool_size,
            max_overflow=8,
            # A PostgreSQL that was restarted meanwhile costs no page an error.
            pool_pre_ping=not url.startswith("sqlite"),
            hide_parameters=True,  # an error's text goes to the log; what people wrote does not
        )
        self.sqlite = self.engine.dialect.name == "sqlite"
        if self.sqlite:
            _keep_private(Path(self.engine.url.database or ""))
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        writing = self.engine.execution_options(opgang_writes=True)
        reading = self.engine if self.sqlite else self.engine.execution_options(**ONE_SNAPSHOT)
        self._turn = threading.Lock()
        self._reader = sessionmaker(reading, expire_on_commit=False, autoflush=False)
        self._writer = sessionmaker(writing, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads: one snapshot, never committed."""
        with self._reader() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._turn_to_write(), self._writer() as session:
            yield session
            self.commit(session)

    @contextmanager
    def _turn_to_write(self) -> Iterator[None]:
        """SQLite has one writer: the others of this process wait here, each without a connection.

        Those that read find one free then. Raises sqlalchemy's TimeoutError after `PATIENCE`.
        """
        if not self.sqlite:
            yield
            return
        if not self._turn.acquire(timeout=PATIENCE):
            raise sa.exc.TimeoutError("Other writers took too long.")
        try:
            yield
        finally:
            self._turn.release()

    def commit(self, session: Session) -> None:
        """Commit, then let open pages know what became stale."""
        pairs: frozenset[tuple[str, str]] = frozenset(session.info.pop(STALE, ()))
        if pairs:
            self._announce(session, pairs)
        session.commit()
        if pairs:
            self.publish(pairs)

    def _announce(self, session: Session, pairs: Stale) -> None:
        if self.sqlite:
            rows = [
                {"at": clock.now(), "origin": self.origin, "topic": topic, "block": block}
                for topic, block in sorted(pairs)
            ]
            session.execute(sa.insert(StaleBlock), rows)
            return
        notify = sa.func.pg_notify(CHANNEL, sa.bindparam("payload"))
        for topic, block in sorted(pairs):
            payload = json.dumps([self.origin, topic, block])
            session.execute(sa.select(notify), {"payload": payload})

    def wipe(self, tables: Sequence[str]) -> None:
        """After an erasure: write anew what held the erased rows, so that no file has them.

        To be called outside any transaction, when few are about: writers wait meanwhile. Raises
        HeldUp where somebody who still reads, or holds a lock, was in the way to the end.
        """
        if self.sqlite:
            self._wipe_file()
        else:
            self._wipe_tables(tables)

    def _wipe_file(self) -> None:
        """SQLite: `secure_delete` overwrites a row where it stood, not its copies from before.

        A page that was split keeps in its gap what moved to the next one; so the whole file is
        written anew, and the log beside it emptied.
        """
        with self._turn_to_write(), self.engine.connect() as connection:
            raw = connection.connection.cursor()
            try:
                raw.execute("VACUUM")
                (busy, *_) = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.close()
        if busy:
            raise HeldUp("The log beside the database was being read and could not be emptied.")

    def _wipe_tables(self, tables: Sequence[str]) -> None:
        """PostgreSQL: a plain VACUUM frees the room of a row and leaves its bytes there.

        The planner's statistics hold words of the rows, too: they are gathered and written anew.
        Its write-ahead log is the server's (docs/deploy.md).
        """
        held = []
        with self.engine.connect() as connection:
            free = connection.execution_options(isolation_level="AUTOCOMMIT")
            _wait_for_older_ones(free)
            free.exec_driver_sql(f"SET lock_timeout = '{LOCK_PATIENCE}s'")
            try:
                for table in tables:
                    held += _held_up(free, f'VACUUM (FULL, ANALYZE) "{table}"', table)
                    _forget_words_of_empty(free, table)
                held += _held_up(free, "VACUUM (FULL) pg_catalog.pg_statistic", "statistics")
            finally:
                free.exec_driver_sql("RESET lock_timeout")
        if held:
            raise HeldUp(f"Not written anew, because others held them: {', '.join(held)}.")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


WORDS_OF = sa.text(
    "SELECT s.attname, format_type(a.atttypid, a.atttypmod) FROM pg_stats s"
    " JOIN pg_attribute a ON a.attrelid = to_regclass(:named) AND a.attname = s.attname"
    " WHERE s.schemaname = current_schema() AND s.tablename = :table"
    " AND format_type(a.atttypid, NULL) IN ('character varying', 'text', 'json', 'tsvector')"
)
"""The columns of a table of which PostgreSQL's planner remembers words."""


def _forget_words_of_empty(connection: sa.Connection, table: str) -> None:
    """ANALYZE passes an empty table over and leaves what it knew of it; a column's type does not.

    Given anew, the same type changes nothing else.
    """
    if connection.exec_driver_sql(f'SELECT EXISTS (SELECT FROM "{table}")').scalar_one():  # noqa: S608 - a table of ours
        return
    named = {"table": table, "named": f'"{table}"'}
    for column, kind in connection.execute(WORDS_OF, named).all():
        # A column from which another is computed has to keep its type.
        with contextlib.suppress(sa.exc.NotSupportedError):
            connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE {kind}')


OLDER_ONES = sa.text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot()) <= CAST(:mark AS xid8) OR EXISTS ("
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND age(backend_xmin) >= age(CAST(CAST(:mark AS xid8) AS xid)))"
)
"""Whether a transaction from before the mark is open anywhere, or somebody here still sees it."""


def _wait_for_older_ones(connection: sa.Connection) -> None:
    """PostgreSQL writes a dead row over into the new file while an open transaction may see it.

    A transaction that writes counts in every database of the server. Raises HeldUp.
    """
    mark = connection.exec_driver_sql("SELECT CAST(pg_current_xact_id() AS text)").scalar_one()
    given_up = time.monotonic() + LOCK_PATIENCE
    while connection.execute(OLDER_ONES, {"mark": mark}).scalar_one():
        if time.monotonic() > given_up:
            raise HeldUp("A transaction on the server that began before is still open.")
        time.sleep(0.05)


def _held_up(connection: sa.Connection, command: str, what: str) -> list[str]:
    """Do one thing that needs a table for itself; returns what could not be had in time."""
    try:
        connection.exec_driver_sql(command)
    except sa.exc.OperationalError as trouble:
        if getattr(trouble.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
            raise
        return [what]
    return []


def _keep_private(file: Path) -> None:
    """Let only its owner read the database; SQLite makes its -wal and -shm as open as the file."""
    if not file.name or not file.parent.is_dir():
        return
    with contextlib.suppress(OSError):  # another's file, or one we may only read: doctor tells
        os.close(os.open(file, os.O_RDONLY | os.O_CREAT, 0o600))
        for beside in (file, *(file.with_name(file.name + ending) for ending in SQLITE_BESIDE)):
            if beside.exists() and beside.stat().st_mode & 0o077:
                beside.chmod(0o600)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event sends BEGIN, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # what was acknowledged survives a pulled plug
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE * 1000:.0f}",
        "secure_delete=ON",  # erased means gone from the file, not only from the tables
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("opgang_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
