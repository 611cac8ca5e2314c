"""A push service that decrypts, and the telephones it knows: independent of what sends to it."""

import base64
import json
import os
import threading
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def base64url(data: bytes) -> str:
    """Without padding, as browsers give it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Telephone:
    """One subscription, with what it heard and how its service is to answer next.

    An answer is a status, a (status, Retry-After) pair, `hang` or `reset`; when none is left, 201.
    """

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    heard: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)

    @property
    def p256dh(self) -> str:
        """The public key as browsers give it."""
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64url(point)

    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON` says."""
        keys = {"p256dh": self.p256dh, "auth": base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}


class PushService:
    """Answers as each telephone wants it; what it took is decrypted and kept."""

    def __init__(self) -> None:
        self.telephones: dict[str, Telephone] = {}
        self.asked: dict[str, int] = defaultdict(int)
        self.over = threading.Event()
        self.news = threading.Condition()
        service = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                service.answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def telephone(self, name: str, *answers: Any) -> Telephone:
        """A new telephone that first answers so."""
        made = Telephone(f"{self.url}/{name}", answers=deque(answers))
        self.telephones[f"/{name}"] = made
        return made

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Take one message, or not."""
        telephone = self.telephones[request.path]
        self.asked[request.path] += 1
        sealed = request.rfile.read(int(request.headers["Content-Length"]))
        wanted = telephone.answers.popleft() if telephone.answers else 201
        if wanted == "hang":
            self.over.wait(30)
            request.close_connection = True
            return
        if wanted == "reset":
            request.connection.close()
            request.close_connection = True
            return
        status, pause = wanted if isinstance(wanted, tuple) else (wanted, None)
        if status == 201:
            self.take(telephone, request, sealed)
        request.send_response(status)
        request.send_header("Content-Length", "0")
        if pause is not None:
            request.send_header("Retry-After", pause)
        request.end_headers()

    def take(self, telephone: Telephone, request: BaseHTTPRequestHandler, sealed: bytes) -> None:
        """Decrypt as the phone would, and keep it."""
        plain = http_ece.decrypt(sealed, private_key=telephone.key, auth_secret=telephone.auth)
        with self.news:
            telephone.heard.append(json.loads(plain))
            telephone.headers.append(dict(request.headers))
            self.news.notify_all()

    def wait_for(self, telephone: Telephone, count: int, seconds: float = 20) -> bool:
        """Whether a telephone hears so many within some seconds."""
        with self.news:
            return self.news.wait_for(lambda: len(telephone.heard) >= count, seconds)


@contextmanager
def push_service() -> Iterator[PushService]:
    """A push service on this machine until the block ends."""
    service = PushService()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        service.server.shutdown()
        service.server.server_close()
        thread.join(10)
