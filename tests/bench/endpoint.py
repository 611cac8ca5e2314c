"""A push service that takes everything: `python -m tests.bench.endpoint PORT`, in its own process.

As bare as it can be, so that what is measured is the sending and not the taking.
"""

import asyncio
import sys

from typing_extensions import override

TAKEN = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"


class Taking(asyncio.Protocol):
    """One connection: answers 201 to each request as soon as its body is there."""

    def __init__(self) -> None:
        self.rest = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            head = self.rest[:end].lower()
            start = head.index(b"content-length:") + 15
            length = int(head[start : head.find(b"\r", start) if b"\r" in head[start:] else None])
            if len(self.rest) < end + 4 + length:
                return
            self.rest = self.rest[end + 4 + length :]
            self.transport.write(TAKEN)


async def take(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(take(int(sys.argv[1])))
