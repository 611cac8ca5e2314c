"""The socket's own doorkeeper: heads that never end, are endless, or come too slowly.

uvicorn's parser takes as many and as long headers as are sent, for as long as it takes. Behind
Caddy nobody gets this far; on its own, Opgang has to say no itself.
"""

import asyncio
import secrets

import structlog
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = structlog.get_logger("opgang.protocol")

HEAD_BYTES = 32_768
HEAD_SECONDS = 20
BODY_LEFT_BEHIND = 64_000_000

TOO_MUCH = 431, "Request Header Fields Too Large", "The request's head is too large.\n"
TOO_SLOW = 408, "Request Timeout", "The request took too long to arrive.\n"
UNREADABLE = 400, "Bad Request", "The request could not be read.\n"


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with an end to every head: at most 32 kB, and 20 seconds."""

    _head_bytes = 0
    _left_behind = 0
    _in_head = True
    _refused = False
    _waiting: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        # A head still open after this much is one that does not mean to end.
        if self._in_head and self._head_bytes > HEAD_BYTES:
            self._refuse(TOO_MUCH)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._left_behind = 0
        self._expect_head()

    @override
    def on_headers_complete(self) -> None:
        self._stop_waiting()
        self._in_head = False
        self._head_bytes = 0
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > HEAD_BYTES:
            self._refuse(TOO_MUCH)
            raise ValueError("too large a head")
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if self.cycle.response_complete:
            # Refused bodies are read on for a while, so that the refusal can be read too.
            self._left_behind += len(body)
            if self._left_behind > BODY_LEFT_BEHIND:
                self.transport.close()
        super().on_body(body)

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(UNREADABLE)

    def _expect_head(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(HEAD_SECONDS, self._refuse, TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, why: tuple[int, str, str]) -> None:
        self._stop_waiting()
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        status, phrase, text = why
        number = secrets.token_hex(8)
        log.warning("refused", request_id=number, status=status, client=self.client)
        lines = (
            f"HTTP/1.1 {status} {phrase}",
            "Content-Type: text/plain; charset=utf-8",
            f"Content-Length: {len(text)}",
            f"X-Request-Id: {number}",
            "Connection: close",
            "",
            text,
        )
        self.transport.write("\r\n".join(lines).encode("ascii"))
        self.transport.close()
