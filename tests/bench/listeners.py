"""Many open sockets in one process: `python -m tests.bench.listeners URL COUNT [COOKIE]`.

As bare as can be, so that what is measured is the telling and not the hearing. Says `ready` once
all are open, then for each word the moment at which the last of them had heard it.
"""

import asyncio
import base64
import os
import resource
import sys
import time
from urllib.parse import urlsplit

from typing_extensions import override

CONNECTING = 50


class Crowd:
    """Counts who has heard."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.open = 0
        self.heard = 0

    def opened(self) -> None:
        """One more is there."""
        self.open += 1
        if self.open == self.count:
            print("ready", flush=True)  # noqa: T201 - how the measuring process is told

    def hears(self) -> None:
        """One more has heard."""
        self.heard += 1
        if self.heard % self.count == 0:
            print(time.perf_counter(), flush=True)  # noqa: T201 - as above


class Listener(asyncio.Protocol):
    """One socket: shakes hands, then counts frames (RFC 6455; text below 126 bytes, and pings)."""

    def __init__(self, crowd: Crowd, handshake: bytes) -> None:
        self.crowd = crowd
        self.handshake = handshake
        self.rest = b""
        self.shaken = False
        self.done = asyncio.get_running_loop().create_future()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.handshake)

    @override
    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.shaken:
            head, found, self.rest = self.rest.partition(b"\r\n\r\n")
            if not found:
                self.rest = head
                return
            if b" 101 " not in head:
                sys.exit(head.decode())
            self.shaken = True
            self.done.set_result(None)
            self.crowd.opened()
        while len(self.rest) >= 2 and len(self.rest) >= 2 + self.rest[1]:
            frame, self.rest = self.rest[: 2 + self.rest[1]], self.rest[2 + self.rest[1] :]
            self.take(frame)

    def take(self, frame: bytes) -> None:
        """Count a text; answer a ping with a pong of no mask's effect (all zeros)."""
        if frame[0] & 15 == 1:
            self.crowd.hears()
        elif frame[0] & 15 == 9:
            self.transport.write(bytes([0x8A, 0x80 | frame[1], 0, 0, 0, 0]) + frame[2:])


def handshake(url: str, cookie: str) -> bytes:
    """The request that opens a socket from one of our own pages."""
    parts = urlsplit(url)
    lines = [
        f"GET {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Origin: http://{parts.netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def listen(url: str, count: int, cookie: str) -> None:
    """Open them, some at a time, and stay."""
    crowd = Crowd(count)
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    some = asyncio.Semaphore(CONNECTING)

    async def one() -> Listener:
        async with some:
            _, listener = await loop.create_connection(
                lambda: Listener(crowd, handshake(url, cookie)), parts.hostname, parts.port
            )
            await listener.done
            return listener

    kept = await asyncio.gather(*(one() for _ in range(count)))
    await asyncio.Event().wait()
    del kept


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = int(sys.argv[2])
    asyncio.run(listen(sys.argv[1], wanted, sys.argv[3] if len(sys.argv) > 3 else ""))
