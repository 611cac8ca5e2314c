"""Two transactions at once on PostgreSQL, made to meet: nothing is left to luck."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import text
from sqlalchemy.orm import Session

from estate.database import Database

Deed = Callable[[Session], object]
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
GLANCE = threading.Event()


def meet(database: Database, first: Deed, second: Deed) -> Exception | None:
    """Do the second deed while the first is done but not committed; what the second raised.

    The first is committed once the second is at its end or waits for a lock of the first's.
    """
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            first(session)
            session.flush()
            rival = pool.submit(_do, database, second)
            while not rival.done() and not _somebody_waits(database):
                GLANCE.wait(0.005)
        return _trouble(rival)


def _do(database: Database, deed: Deed) -> None:
    with database.write() as session:
        deed(session)


def _somebody_waits(database: Database) -> bool:
    with database.read() as session:
        return bool(session.scalar(WAITING))


def _trouble(rival: Future[None]) -> Exception | None:
    trouble = rival.exception(timeout=30)
    assert trouble is None or isinstance(trouble, Exception)
    return trouble
