"""The one database: who waits for whom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from estate import database as module
from estate.database import Database
from estate.places.models import Administration

WRITERS = 20
"""More than a pool has connections."""


def add(database: Database, number: int, begun: threading.Barrier) -> None:
    begun.wait()
    with database.write() as session:
        session.add(Administration(name=f"Administration {number}"))


def test_writers_that_wait_on_sqlite_keep_no_connection_from_readers(
    sqlite_database: Database,
) -> None:
    taken: list[int] = []
    pool = sqlite_database.engine.pool
    assert isinstance(pool, sa.QueuePool)
    sa.event.listen(pool, "checkout", lambda *_: taken.append(pool.checkedout()))
    begun = threading.Barrier(WRITERS + 1)
    with ThreadPoolExecutor(WRITERS) as hands:
        with sqlite_database.write() as session:
            session.add(Administration(name="First"))
            writing = [hands.submit(add, sqlite_database, n, begun) for n in range(WRITERS)]
            begun.wait()
            with sqlite_database.read() as reading:
                assert reading.scalar(sa.select(sa.func.count(Administration.id))) == 0
        for one in writing:
            one.result()
    assert max(taken) <= 2
    with sqlite_database.read() as reading:
        assert reading.scalar(sa.select(sa.func.count(Administration.id))) == WRITERS + 1


def test_a_writer_that_waits_too_long_says_so_and_lets_the_next_try(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    with sqlite_database.write(), ThreadPoolExecutor(1) as hands:
        late = hands.submit(add, sqlite_database, 1, threading.Barrier(1))
        with pytest.raises(sa.exc.TimeoutError):
            late.result()
    add(sqlite_database, 1, threading.Barrier(1))
