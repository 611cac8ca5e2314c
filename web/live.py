"""Live pages: a socket hears only the *name* of a block that became stale, and fetches it itself.

Nothing private travels here. What a socket may hear about is decided once, at connecting, from its
reader's topics; what it then fetches is guarded like any other page.
"""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta

import psycopg
import redis.asyncio
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from estate import clock
from estate.database import CHANNEL, Database, Stale, StaleBlock
from estate.permissions import Reader
from estate.settings import Settings
from web.metrics import SOCKETS
from web.routing import SESSION_COOKIE, House
from web.same_origin import same_origin

log = structlog.get_logger("opgang.live")

SPREAD_FROM = 20
SPREAD_MOST = 2000
SIGNED_OUT = 4401


def spread(audience: int) -> int:
    """Milliseconds over which an audience fetches anew: 0 for a stairwell, 2,000 for a section."""
    return min(SPREAD_MOST, max(0, audience - SPREAD_FROM) * 4)


class Hub:
    """The open sockets of this process, by topic, and the wires to other processes."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._sockets: dict[str, set[WebSocket]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ears: dict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._sending: set[asyncio.Task[None]] = set()
        self._redis: redis.asyncio.Redis | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen to this process's commits and to other processes' while the server runs."""
        self._loop = asyncio.get_running_loop()
        self.database.publish = self.publish
        wire = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            wire.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await wire
            if self._redis is not None:
                await self._redis.aclose()

    def heed(self, topic: str, ear: Callable[[str], None]) -> None:
        """Have somebody in this process hear a topic's blocks too; called on the loop."""
        self._ears[topic].append(ear)

    def publish(self, pairs: Stale) -> None:
        """Hand stale names to the loop; called from any thread, right after a commit."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread_word, pairs)

    def _spread_word(self, pairs: Stale) -> None:
        self.deliver(pairs)
        if self._redis is not None:
            payload = json.dumps([self.database.origin, sorted(pairs)])
            self._keep(asyncio.create_task(self._tell_redis(self._redis, payload)))

    async def _tell_redis(self, wire: redis.asyncio.Redis, payload: str) -> None:
        await wire.publish(CHANNEL, payload)

    def deliver(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Send each name to every socket that may hear of its topic, each socket once."""
        heard: dict[WebSocket, set[str]] = defaultdict(set)
        for topic, block in pairs:
            for ear in self._ears.get(topic, ()):
                ear(block)
            for socket in self._sockets.get(topic, ()):
                heard[socket].add(block)
        pause = spread(len(heard))
        batches: dict[frozenset[str], list[WebSocket]] = defaultdict(list)
        for socket, blocks in heard.items():
            batches[frozenset(blocks)].append(socket)
        for names, sockets in batches.items():
            word = json.dumps({"stale": sorted(names), "spread": pause})
            self._keep(asyncio.create_task(self._send_all(sockets, word)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_all(self, sockets: Iterable[WebSocket], word: str) -> None:
        for socket in sockets:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_text(word)

    async def attend(self, socket: WebSocket, topics: Iterable[str]) -> None:
        """Keep a socket under its topics until it goes away."""
        names = list(topics)
        for topic in names:
            self._sockets[topic].add(socket)
        SOCKETS.inc()
        try:
            while True:
                await socket.receive_text()
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            SOCKETS.dec()
            for topic in names:
                self._sockets[topic].discard(socket)
                if not self._sockets[topic]:
                    del self._sockets[topic]

    async def _listen(self) -> None:
        if self.settings.live.startswith("redis://"):
            await self._listen_redis()
        elif self.settings.live == "postgres":
            await self._listen_postgres()
        elif self.database.sqlite:
            await self._watch_file()

    async def _watch_file(self) -> None:
        """Notice other processes' commits to the same file, once a second, by a cheap pragma."""
        connection = await run_in_threadpool(self.database.engine.raw_connection)
        try:
            cursor = connection.cursor()
            last = 0
            with self.database.read() as session:
                last = session.scalar(select(func.coalesce(func.max(StaleBlock.id), 0))) or 0
            version = -1
            while True:
                current = cursor.execute("PRAGMA data_version").fetchone()[0]
                if current != version:
                    version = current
                    last = self._others_since(last)
                await asyncio.sleep(1)
        finally:
            connection.close()

    def _others_since(self, last: int) -> int:
        with self.database.read() as session:
            rows = session.execute(
                select(StaleBlock.id, StaleBlock.origin, StaleBlock.topic, StaleBlock.block)
                .where(StaleBlock.id > last)
                .order_by(StaleBlock.id)
                .limit(2000)
            ).all()
        self.deliver((row.topic, row.block) for row in rows if row.origin != self.database.origin)
        return rows[-1].id if rows else last

    async def _listen_postgres(self) -> None:
        address = self.database.engine.url.set(drivername="postgresql")
        plain = address.render_as_string(hide_password=False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as wire:
                    await wire.execute(f"LISTEN {CHANNEL}")
                    async for notice in wire.notifies():
                        origin, topic, block = json.loads(notice.payload)
                        if origin != self.database.origin:
                            self.deliver([(topic, block)])
            except psycopg.OperationalError as trouble:
                log.warning("live wire lost, trying again", error=str(trouble))
                await asyncio.sleep(2)

    async def _listen_redis(self) -> None:
        while True:
            try:
                self._redis = redis.asyncio.Redis.from_url(self.settings.live)
                async with self._redis.pubsub() as wire:
                    await wire.subscribe(CHANNEL)
                    async for notice in wire.listen():
                        if notice["type"] != "message":
                            continue
                        origin, pairs = json.loads(notice["data"])
                        if origin != self.database.origin:
                            self.deliver((topic, block) for topic, block in pairs)
            except redis.exceptions.RedisError as trouble:
                log.warning("live wire lost, trying again", error=str(trouble))
                await asyncio.sleep(2)


async def live_socket(socket: WebSocket) -> None:
    """`/live`: from our own pages only, for somebody signed in."""
    house: House = socket.app.state.house
    hub: Hub = socket.app.state.hub
    headers = Headers(scope=socket.scope)
    own = same_origin(
        Headers({"origin": headers.get("origin", "")}), socket.url.hostname, socket.url.port
    )
    if not own:
        await socket.close()
        return
    reader = await run_in_threadpool(listener, house, socket)
    await socket.accept()
    if reader is None:
        await socket.close(SIGNED_OUT)  # after accepting, or browsers never learn the reason
        return
    await hub.attend(socket, reader.topics())


def listener(house: House, connection: HTTPConnection) -> Reader | None:
    """The person behind a socket."""
    token = connection.cookies.get(house.cookie_name(SESSION_COOKIE))
    if not token:
        return None
    with house.database.read() as session:
        return house.readers.reading(session, token)


def forget_stale_blocks(session: Session) -> None:
    """Take down notices that every process has long read."""
    session.execute(delete(StaleBlock).where(StaleBlock.at < clock.now() - timedelta(hours=1)))
