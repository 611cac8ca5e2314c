"""Live pages: a socket hears only the *name* of a block that became stale, and fetches it itself.

Nothing private travels here. What a socket may hear about is decided from its reader's topics, at
connecting and again within a minute of their changing; what it then fetches is guarded like any
other page.
"""

import asyncio
import contextlib
import importlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence, Set
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from estate import clock
from estate.access.queries import sessions_going_on
from estate.database import Database, Stale, StaleBlock
from estate.permissions import Reader
from estate.settings import Settings
from estate.standings.queries import Mark, marks_of, reader_of
from web.metrics import SOCKETS
from web.same_origin import Origin, same_origin
from web.visits import SESSION_COOKIE, House
from web.wires import Wire, WireLost

log = structlog.get_logger("opgang.live")

SPREAD_FROM = 20
SPREAD_MOST = 2000
SIGNED_OUT = 4401
TRY_LATER = 1013
LOOK_ROUND = 60.0
LOOK = '{"spread": 0}'
"""The word that makes a page ask for all its blocks: nobody knows what it missed."""

TOGETHER = 500
"""Persons whose reach is asked for at once."""

READ_MOST = 2000
"""Names read at once from what other processes wrote into the file."""

PAGES_MOST = 2000
"""Open pages one person is kept at: a program gone round in a circle ends there."""

STUCK = 0.1
"""Seconds after which one that does not take its word is left behind."""

SIGN_INS = "devices"
"""The block of a person's topic that is stale whenever one of their sign-ins begins or ends."""


def spread(audience: int) -> int:
    """Milliseconds over which an audience fetches anew: 0 for a stairwell, 2,000 for a section."""
    return min(SPREAD_MOST, max(0, audience - SPREAD_FROM) * 4)


class Listener:
    """One open page: its socket, the sign-in it came by, and what it hears of."""

    __slots__ = ("busy", "missed", "person", "session", "socket", "topics")

    def __init__(self, socket: WebSocket, reader: Reader) -> None:
        self.socket = socket
        self.session = reader.session
        self.person = reader.id
        self.topics: frozenset[str] = frozenset()
        self.busy = False
        self.missed = False

    async def hear(self, word: str) -> None:
        """Send a word. While an earlier one is stuck, only that something was missed is kept."""
        if self.busy:
            self.missed = True
            return
        self.busy = True
        try:
            await self.socket.send_text(word)
            while self.missed:
                self.missed = False
                await self.socket.send_text(LOOK)
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            self.busy = False


async def _speak(listeners: Iterator[Listener], word: str) -> None:
    for listener in listeners:
        await listener.hear(word)


class Hub:
    """The open sockets of this process, by topic, and the wires to other processes."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._marks: dict[int, Mark] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ears: dict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._sending: set[asyncio.Task[None]] = set()
        self._wire: Wire | None = None
        self._lost = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen to this process's commits and to other processes' while the server runs."""
        self._loop = asyncio.get_running_loop()
        self.database.publish = self.publish
        going_on = [asyncio.create_task(self._listen()), asyncio.create_task(self._look_round())]
        try:
            yield
        finally:
            for task in going_on:
                task.cancel()
            await asyncio.gather(*going_on, return_exceptions=True)
            if self._wire is not None:
                await self._wire.close()

    def heed(self, topic: str, ear: Callable[[str], None]) -> None:
        """Have somebody in this process hear a topic's blocks too; called on the loop."""
        self._ears[topic].append(ear)

    def publish(self, pairs: Stale) -> None:
        """Hand stale names to the loop; called from any thread, right after a commit."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._spread_word, pairs)

    def _spread_word(self, pairs: Stale) -> None:
        self.deliver(pairs)
        if self._wire is not None:
            self._keep(asyncio.create_task(self._pass_on(self._wire, pairs)))

    async def _pass_on(self, wire: Wire, pairs: Stale) -> None:
        with contextlib.suppress(WireLost):
            await wire.pass_on((self.database.origin, sorted(pairs)))

    def deliver(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Send each name to every page that may hear of its topic, each page once."""
        heard: dict[Listener, set[str]] = defaultdict(set)
        for topic, block in pairs:
            for ear in self._ears.get(topic, ()):
                ear(block)
            listeners = self._listeners.get(topic, ())
            for listener in listeners:
                heard[listener].add(block)
            if block == SIGN_INS and listeners:
                self._keep(asyncio.create_task(self.close_ended(listeners)))
        pause = spread(len(heard))
        batches: dict[frozenset[str], list[Listener]] = defaultdict(list)
        for listener, blocks in heard.items():
            batches[frozenset(blocks)].append(listener)
        for names, told in batches.items():
            word = json.dumps({"stale": sorted(names), "spread": pause})
            self._keep(asyncio.create_task(self._send_all(told, word)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_all(self, listeners: Iterable[Listener], word: str) -> None:
        """One after another, which is cheapest; from one that is stuck the rest is taken over."""
        rest = iter(list(listeners))
        while True:
            telling = asyncio.create_task(_speak(rest, word))
            done, _ = await asyncio.wait({telling}, timeout=STUCK)
            if done:
                return
            self._keep(telling)

    def ask_all_to_look(self) -> None:
        """After a lost wire nobody knows what was missed: every open page asks once for itself."""
        everybody = self._everybody()
        word = json.dumps({"spread": spread(len(everybody))})
        self._keep(asyncio.create_task(self._send_all(everybody, word)))

    async def attend(self, socket: WebSocket, reader: Reader) -> None:
        """Keep a socket under its reader's topics until it goes away."""
        listener = Listener(socket, reader)
        self._place(listener, reader.topics())
        SOCKETS.inc()
        try:
            # Pages only listen; what one says is read and let go, so that a goodbye is heard.
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            SOCKETS.dec()
            self._place(listener, frozenset())

    def open_pages(self, person: int) -> int:
        """How many pages of one person listen in this process."""
        return len(self._listeners.get(f"person:{person}", ()))

    def _everybody(self) -> set[Listener]:
        return {listener for group in self._listeners.values() for listener in group}

    def _place(self, listener: Listener, topics: frozenset[str]) -> None:
        for topic in listener.topics - topics:
            self._listeners[topic].discard(listener)
            if not self._listeners[topic]:
                del self._listeners[topic]
        for topic in topics - listener.topics:
            self._listeners[topic].add(listener)
        listener.topics = topics

    async def place_anew(self, listeners: Iterable[Listener]) -> None:
        """Let those whose tenancy or role began or ended hear of what they reach now, no more."""
        asked = list(listeners)
        persons = sorted({listener.person for listener in asked})
        for start in range(0, len(persons), TOGETHER):
            topics = await run_in_threadpool(self._moved, persons[start : start + TOGETHER])
            for listener in asked:
                if listener.person in topics and listener.topics:
                    self._place(listener, topics[listener.person])

    def _moved(self, persons: Sequence[int]) -> dict[int, frozenset[str]]:
        """The topics of those of these persons whose reach is another than when last asked."""
        day = clock.today()
        with self.database.read() as session:
            marks = marks_of(session, persons, day)
            moved = [person for person in persons if self._marks.get(person) != marks[person]]
            found = {person: reader_of(session, person, day) for person in moved}
        self._marks.update(marks)
        return {
            person: reader.topics() if reader else frozenset() for person, reader in found.items()
        }

    async def close_ended(self, listeners: Iterable[Listener]) -> None:
        """Close the sockets whose sign-in was revoked or has run out."""
        asked = list(listeners)
        numbers = {listener.session for listener in asked if listener.session is not None}
        going_on = await run_in_threadpool(self._going_on, numbers)
        for listener in asked:
            if listener.session not in going_on:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await listener.socket.close(SIGNED_OUT)

    def _going_on(self, numbers: Set[int]) -> Set[int]:
        with self.database.read() as session:
            return sessions_going_on(session, numbers, clock.now())

    async def _look_round(self) -> None:
        """Once a minute: sessions, tenancies and roles end by their time, or by another process."""
        while True:
            await asyncio.sleep(LOOK_ROUND)
            try:
                await self.close_ended(self._everybody())
                await self.place_anew(self._everybody())
            except sa.exc.SQLAlchemyError as trouble:
                log.warning("open pages not looked at", error=str(trouble))

    async def _listen(self) -> None:
        self._wire = self._wire_between()
        while True:
            try:
                if self._wire is not None:
                    await self._listen_to(self._wire)
                else:
                    await self._watch_file()
            except Exception as trouble:  # whatever it is, without an ear every page grows old
                self._lost = True
                log.error("live ear broken, listening anew", exc_info=trouble)
                await asyncio.sleep(2)

    def _wire_between(self) -> Wire | None:
        """What is set, else the database's own; a library is slow to load, and SQLite needs none.

        Commands and a worker apart commit too: also a server that is the only one must listen.
        """
        if self.settings.live.startswith("redis://"):
            name, address = "redis", self.settings.live
        elif self.database.sqlite:
            return None
        else:
            plain = self.database.engine.url.set(drivername="postgresql")
            name, address = "postgres", plain.render_as_string(hide_password=False)
        wire: Wire = importlib.import_module(f"web.wires.{name}").Wire(address)
        return wire

    async def _listen_to(self, wire: Wire) -> None:
        while True:
            try:
                async for origin, pairs in wire.words(self._heard_again):
                    if origin != self.database.origin:
                        self.deliver(pairs)
            except WireLost as trouble:
                self._lost = True
                log.warning("live wire lost, trying again", error=str(trouble))
                await asyncio.sleep(2)

    async def _watch_file(self) -> None:
        """Notice other processes' commits to the same file, once a second, by a cheap pragma."""
        connection = await run_in_threadpool(self.database.engine.raw_connection)
        try:
            cursor = connection.cursor()
            last = 0
            with self.database.read() as session:
                last = session.scalar(select(func.coalesce(func.max(StaleBlock.id), 0))) or 0
            if self._lost:
                self._heard_again()
            version = -1
            while True:
                try:
                    current = cursor.execute("PRAGMA data_version").fetchone()[0]
                    while current != version:
                        last, pairs, whole = await run_in_threadpool(self._others_since, last)
                        version = current if whole else version
                        self.deliver(pairs)
                except (sa.exc.SQLAlchemyError, sqlite3.Error) as trouble:
                    log.warning("the file could not be watched, trying again", error=str(trouble))
                await asyncio.sleep(1)
        finally:
            connection.close()

    def _others_since(self, last: int) -> tuple[int, list[tuple[str, str]], bool]:
        """The last number read, what other processes named, and whether that was all of it."""
        with self.database.read() as session:
            rows = session.execute(
                select(StaleBlock.id, StaleBlock.origin, StaleBlock.topic, StaleBlock.block)
                .where(StaleBlock.id > last)
                .order_by(StaleBlock.id)
                .limit(READ_MOST)
            ).all()
        mine = self.database.origin
        pairs = [(row.topic, row.block) for row in rows if row.origin != mine]
        return rows[-1].id if rows else last, pairs, len(rows) < READ_MOST

    def _heard_again(self) -> None:
        if self._lost:
            self._lost = False
            self.ask_all_to_look()


async def live_socket(socket: WebSocket) -> None:
    """`/live`: from our own pages only, for somebody signed in."""
    house: House = socket.app.state.house
    hub: Hub = socket.app.state.hub
    headers = Headers(scope=socket.scope)
    own = Origin(house.settings.scheme, socket.url.hostname, socket.url.port)
    if not same_origin(Headers({"origin": headers.get("origin", "")}), own):
        await socket.close()
        return
    reader = await run_in_threadpool(listener, house, socket)
    await socket.accept()
    if reader is None:
        await socket.close(SIGNED_OUT)  # after accepting, or browsers never learn the reason
        return
    if hub.open_pages(reader.id) >= PAGES_MOST:
        await socket.close(TRY_LATER)
        return
    await hub.attend(socket, reader)


def listener(house: House, connection: HTTPConnection) -> Reader | None:
    """The person behind a socket."""
    token = connection.cookies.get(house.cookie_name(SESSION_COOKIE))
    if not token:
        return None
    with house.database.read() as session:
        return house.readers.reading(session, token)


def forget_stale_blocks(session: Session) -> None:
    """Take down notices that every process has long read.

    The newest stays, or SQLite would begin to count anew, below what others have read already.
    """
    newest = select(func.max(StaleBlock.id)).scalar_subquery()
    old = (StaleBlock.at < clock.now() - timedelta(hours=1)) & (StaleBlock.id < newest)
    session.execute(delete(StaleBlock).where(old))
