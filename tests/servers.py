"""Servers that tests start as processes of their own."""

import contextlib
import socket
import subprocess

import httpx2

from tests.waiting import until

PATIENCE = 60.0


def free_port() -> int:
    """A port that nobody listens on at present."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def answers(process: subprocess.Popen[bytes], address: str, method: str = "GET") -> bool:
    """Whether a server says yes at an address within a minute, and before it is gone."""

    def gone() -> bool:
        return process.poll() is not None

    def heard() -> bool:
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.request(method, address).is_success
        return False

    return until(lambda: gone() or heard(), PATIENCE) and not gone()
