"""A gateway for SMS that answers as it is told to, and keeps what it was asked."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request: its body, its headers and where it went."""

    body: Mapping[str, Any]
    headers: Mapping[str, str]
    path: str


class Gateway:
    """Takes SMS as docs/deploy.md describes.

    An answer is a status, or a status with Retry-After; when none is left, 202.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: deque[int | tuple[int, str]] = deque()
        gateway = self

        class Conversation(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                gateway.answer(self)

            def log_message(self, *said: object) -> None:  # type: ignore[override]
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Conversation)

    @property
    def url(self) -> str:
        """As OPGANG_SMS_URL has it."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/send"

    @property
    def taken(self) -> list[str]:
        """The words of each SMS that was asked for."""
        return [one.body["text"] for one in self.asked]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Write down what is asked, and say what there is to say."""
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.asked.append(Asked(body, dict(request.headers), request.path))
        wanted = self.answers.popleft() if self.answers else 202
        status, pause = wanted if isinstance(wanted, tuple) else (wanted, None)
        request.send_response(status)
        request.send_header("Content-Length", "0")
        if pause is not None:
            request.send_header("Retry-After", pause)
        if status == 302:
            request.send_header("Location", "/elsewhere")
        request.end_headers()


@contextmanager
def gateway() -> Iterator[Gateway]:
    """A gateway on this machine until the block ends."""
    running = Gateway()
    thread = threading.Thread(target=running.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.server.shutdown()
        running.server.server_close()
        thread.join(10)
