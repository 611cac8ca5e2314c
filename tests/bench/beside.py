"""A program beside the house, on a port of its own."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.bench.house import free_port


@contextlib.contextmanager
def beside(module: str) -> Iterator[str]:
    """The host and port where `python -m MODULE PORT` listens, in a process that ends after."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, str(port)], stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
