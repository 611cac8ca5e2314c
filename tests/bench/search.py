"""How long a search of the noticeboard takes with 100,000 posts hanging, on either database."""

import contextlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from engagement.board import queries
from estate import clock, schema
from estate.database import Database
from estate.permissions import Permission, Scope, scope
from tests import postgres
from tests.bench.posts import hang_posts
from tests.bench.rows import Row, median
from tests.builders import build_estate, reader

POSTS = 100_000
TAKES = 15
MOST_MS = 40.0
QUESTIONS = ("stige", "dæk", "symaskine lampe", "st", "31337", "elefant")
"""Common and rare, a word, the end of one, two words, two letters, a number, and nothing."""


def measure() -> list[Row]:
    """The first page of the slowest of several questions, as one resident asks it."""
    rows = []
    for name, databases in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with databases() as url:
            took, slowest = slowest_question(url)
            note = f"“{slowest}”, the slowest of {len(QUESTIONS)}, {POSTS} posts"
            rows.append(Row(f"search {name}", "ms", took, None, MOST_MS, at_most=True, note=note))
    return rows


@contextlib.contextmanager
def sqlite() -> Iterator[str]:
    """A file of its own."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/opgang.db"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A cluster of its own."""
    folder = Path(f"/tmp/opgang-pg-bench-{os.getpid()}-{secrets.token_hex(3)}")  # noqa: S108
    postgres.start(folder)
    try:
        postgres.run_sql(postgres.address(folder), 'CREATE DATABASE "opgang"')
        yield postgres.address(folder).format(name="opgang")
    finally:
        postgres.stop(folder)


def slowest_question(url: str) -> tuple[float, str]:
    """Milliseconds of the slowest question, and which it is."""
    schema.upgrade(url)
    database = Database(url)
    with database.write() as session:
        estate = build_estate(session)
        hang_posts(session, estate, POSTS)
        own = scope(reader(session, estate.people["amina"]), Permission.READ_BOARD)
    with database.write() as session:
        session.execute(text("ANALYZE"))
    taken = max((asking(database, own, question), question) for question in QUESTIONS)
    database.close()
    return taken


def asking(database: Database, own: Scope, question: str) -> float:
    """The middle of several takes, in milliseconds."""
    taken = []
    for _ in range(TAKES):
        with database.read() as session:
            begun = time.perf_counter()
            queries.found_posts(session, own, clock.now(), question)
            taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)
