"""A mail server that says what it is told to say, and keeps what it takes."""

import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class Letterbox(socketserver.ThreadingTCPServer):
    """Takes mails by SMTP (RFC 5321).

    `senders`, `answers` and `ends` are for the next senders, recipients and texts, in their turn;
    then all are taken but those to somebody `unknown`.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.senders: deque[str] = deque()
        self.answers: deque[str] = deque()
        self.ends: deque[str] = deque()
        self.unknown: set[str] = set()
        self.connections = 0
        super().__init__(("127.0.0.1", 0), Conversation)

    @property
    def url(self) -> str:
        """As OPGANG_SMTP_URL has it."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: Letterbox

    def handle(self) -> None:
        """Answer line by line until the other side leaves."""
        self.server.connections += 1
        self.say("220 letterbox")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            match verb:
                case b"EHLO" | b"HELO" | b"RSET" | b"NOOP":
                    self.say("250 yes")
                case b"MAIL":
                    self.answer(self.server.senders)
                case b"RCPT" if line[8:].strip(b"<> \r\n").decode() in self.server.unknown:
                    self.say("550 nobody of that name lives here")
                case b"RCPT":
                    self.answer(self.server.answers)
                case b"DATA":
                    self.say("354 go on")
                    self.take()
                case _:
                    self.say("221 bye")
                    return

    def answer(self, told: deque[str]) -> None:
        """What it was told to say here, else yes."""
        self.say(told.popleft() if told else "250 yes")

    def say(self, line: str) -> None:
        """One line."""
        self.wfile.write(line.encode() + b"\r\n")

    def take(self) -> None:
        """The mail itself, up to the lone dot."""
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.server.ends:
            self.answer(self.server.ends)
            return
        parsed: Any = message_from_bytes(b"".join(lines), policy=policy.default)
        self.server.taken.append(parsed)
        self.say("250 taken")


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """A mail server on this machine until the block ends."""
    with Letterbox() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
