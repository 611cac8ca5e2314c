"""A Redis server between processes: told after the commit, heard by all."""

import json
from collections.abc import AsyncIterator, Callable

import redis.asyncio

from estate.database import CHANNEL
from web.wires import WireLost, Word


class Wire:
    """Publishes and subscribes on one channel."""

    def __init__(self, address: str) -> None:
        self.server = redis.asyncio.Redis.from_url(address)
        self.up = False

    async def words(self, connected: Callable[[], None]) -> AsyncIterator[Word]:
        """Every message on our channel."""
        try:
            async with self.server.pubsub() as line:
                await line.subscribe(CHANNEL)
                self.up = True
                connected()
                async for notice in line.listen():
                    if notice["type"] == "message":
                        origin, pairs = json.loads(notice["data"])
                        yield origin, [(topic, block) for topic, block in pairs]
        except redis.exceptions.RedisError as trouble:
            self.up = False
            raise WireLost(str(trouble)) from trouble

    async def pass_on(self, word: Word) -> None:
        """Publish a word; before the line is up nobody could hear it."""
        if not self.up:
            return
        try:
            await self.server.publish(CHANNEL, json.dumps(word))
        except redis.exceptions.RedisError as trouble:
            raise WireLost(str(trouble)) from trouble

    async def close(self) -> None:
        """Give the connections back."""
        await self.server.aclose()
