"""How the noticeboard slows down as its history grows."""

import time

import httpx2
import sqlalchemy as sa

from estate import clock
from estate.access.models import SignInSession
from estate.database import Database
from tests.bench.house import Measured, house_with
from tests.bench.rows import Row, median

TAKES = 5
ANEW = 200
FEW, MANY = 1_000, 100_000


def measure() -> list[Row]:
    """The middle latency of `/board` with 100,000 posts behind it beside that with 1,000.

    Once as the page is mostly asked for, and once right after a commit, when nothing that was
    remembered counts. Both houses stand at once and are asked in turns, so that a busy moment
    meets both; of several takes the least disturbed counts.
    """
    few, many = [], []
    with house_with(FEW) as small, house_with(MANY) as large:
        for house in (small, large):
            house.load("/board", seconds=1, connections=1)
        for _ in range(TAKES):
            few.append(small.load("/board", seconds=2, connections=1).p50)
            many.append(large.load("/board", seconds=2, connections=1).p50)
        few_anew, many_anew = after_commits(small, large)
    note = f"p50 at one connection, {MANY} posts beside {FEW}"
    return [
        Row("growth", "ms", min(many), min(few), 1.2, at_most=True, note=note),
        Row(
            "growth anew",
            "ms",
            many_anew,
            few_anew,
            1.2,
            at_most=True,
            note=f"{note}, nothing kept",
        ),
    ]


def after_commits(*houses: Measured) -> list[float]:
    """Middle milliseconds of `/board` when something was committed just before, for each house."""
    databases = [Database(house.database_url) for house in houses]
    clients = [
        httpx2.Client(base_url=house.url, headers={"Cookie": house.cookie}) for house in houses
    ]
    taken: list[list[float]] = [[] for _ in houses]
    for _ in range(ANEW):
        for client, database, times in zip(clients, databases, taken, strict=True):
            with database.write() as session:
                session.execute(sa.update(SignInSession).values(seen_at=clock.now()))
            begun = time.perf_counter()
            client.get("/board").raise_for_status()
            times.append((time.perf_counter() - begun) * 1000)
    for client, database in zip(clients, databases, strict=True):
        client.close()
        database.close()
    return [median(times) for times in taken]
