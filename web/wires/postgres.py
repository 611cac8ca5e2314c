"""PostgreSQL's own wire: NOTIFY goes out with the commit itself, so there is nothing to pass on."""

import json
from collections.abc import AsyncIterator, Callable

import psycopg

from estate.database import CHANNEL
from web.wires import WireLost, Word


class Wire:
    """Listens on a connection of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def words(self, connected: Callable[[], None]) -> AsyncIterator[Word]:
        """Every notice on our channel."""
        try:
            async with await psycopg.AsyncConnection.connect(
                self.address, autocommit=True
            ) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                connected()
                async for notice in connection.notifies():
                    origin, topic, block = json.loads(notice.payload)
                    yield origin, [(topic, block)]
        except psycopg.OperationalError as trouble:
            raise WireLost(str(trouble)) from trouble

    async def pass_on(self, word: Word) -> None:
        """The transaction has told it already."""

    async def close(self) -> None:
        """The connection ends with its listening."""
