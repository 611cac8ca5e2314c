"""The reference for `live`: `websockets` and its own `broadcast`, in a process of its own."""

import asyncio
import resource
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve

WORD = '{"stale": ["posts"], "spread": 2000}'


async def attend(socket: ServerConnection) -> None:
    """Keep a socket; whatever somebody says, everybody hears the word."""
    assert socket.request is not None
    if socket.request.path == "/say":
        async for _ in socket:
            broadcast(socket.server.connections, WORD)
    await socket.wait_closed()


async def main(port: int) -> None:
    """Serve until killed."""
    async with serve(attend, "127.0.0.1", port, compression=None, backlog=512) as server:
        await server.serve_forever()


if __name__ == "__main__":
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1])))
