"""What every request passes first: known hosts, trusted proxies, headers, one line in the log."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from estate.settings import LOOPBACK, Settings
from web.metrics import REQUESTS, SECONDS

log = structlog.get_logger("opgang")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self' {live}; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
AUTHORITY = re.compile(
    r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?", re.IGNORECASE
)
STATIC = "/static/"
OF_PAGES = frozenset(
    {
        "Content-Security-Policy",
        "Cross-Origin-Opener-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
    }
)
"""What a page may do is said with the page; on a visit's fifteen files it would weigh 7 kB."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
WAITING_FOR_BODY = 30.0
WHOLE_BODY = 900.0
GONE_AWAY = 499

Address = IPv4Address | IPv6Address
Troubled = Callable[[Request, int], Response]


class SlowBody(Exception):
    """A body that stopped coming."""


class Door:
    """Request id, trusted proxies, host check, security headers, one log line a request.

    `troubled` makes the page for a status; the door asks for it when nobody inside did.
    """

    def __init__(self, app: ASGIApp, settings: Settings, troubled: Troubled) -> None:
        self.app = app
        self.settings = settings
        self.troubled = troubled
        self.proxies = Proxies(settings.trusted_proxies)
        self.headers = security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse its host with 421."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        self.proxies.believe(scope, headers)
        given = headers.get("x-request-id", "")
        number = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = number
        known = known_host(headers.getlist("host"), self.settings)
        with structlog.contextvars.bound_contextvars(request_id=number):
            if scope["type"] == "websocket":
                if known:
                    await self.app(scope, receive, send)
                else:
                    await send({"type": "websocket.close", "code": 4421})
                return
            file = scope["path"].startswith(STATIC)
            answer = Answering(send, number, self.headers, of_file=file)
            await self._serve(scope, receive, answer, known)

    async def _serve(
        self, scope: Scope, receive: Receive, answer: "Answering", known: bool
    ) -> None:
        begun = time.perf_counter()
        request = Request(scope)
        try:
            if known:
                await self.app(scope, in_time(receive), answer)
            if not known or answer.held:
                await self._own_up(request, answer, 413 if known else 421)
        except ClientDisconnect:
            answer.status = GONE_AWAY
        except SlowBody:
            await self._own_up(request, answer, 408)
        except Exception as error:
            log.error("broken", exc_info=error)
            await self._own_up(request, answer, 500)
        finally:
            self._write_down(scope, answer.status, time.perf_counter() - begun)

    async def _own_up(self, request: Request, answer: "Answering", status: int) -> None:
        """Answer with the page for a status, unless an answer was already begun."""
        if answer.begun:
            return
        try:
            page = self.troubled(request, status)
        except Exception as error:
            log.error("broken page of trouble", exc_info=error)
            number = request.state.request_id
            page = PlainTextResponse(f"Something went wrong here: {number}\n", status)
        if status == 408:
            page.headers["Connection"] = "close"
        await page(request.scope, request.receive, answer.as_it_is)

    def _write_down(self, scope: Scope, status: int, seconds: float) -> None:
        name = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.labels(method, name, str(status)).inc()
        SECONDS.labels(name).observe(seconds)
        # The route, not the address: an address may hold a sign-in code.
        log.info("request", method=method, route=name, status=status, ms=round(seconds * 1000, 1))


class Proxies:
    """Those who may say where a request comes from: addresses and networks, parted by commas."""

    def __init__(self, trusted: str) -> None:
        parts = (part.strip() for part in trusted.split(","))
        self.networks = [ip_network(part, strict=False) for part in parts if part]

    def believe(self, scope: Scope, headers: Headers) -> None:
        """Put the real caller and scheme into the scope, if a trusted proxy names them."""
        client = plain_address(scope["client"][0]) if scope.get("client") else None
        if client is None or not self._trusts(client):
            return
        hops = ",".join(headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed(hops):
            address = plain_address(hop.strip())
            if address is None:
                break
            scope["client"] = (str(address), 0)
            if not self._trusts(address):
                break
        proto = headers.get("x-forwarded-proto", "")
        if proto in {"http", "https"}:
            sockets = {"http": "ws", "https": "wss"}
            scope["scheme"] = sockets[proto] if scope["type"] == "websocket" else proto

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


class Answering:
    """One answer on its way out: gets its headers, and is held back where a page says it better."""

    def __init__(
        self, send: Send, number: str, headers: dict[str, str], *, of_file: bool = False
    ) -> None:
        self.send = send
        self.number = number
        self.headers = headers
        self.of_file = of_file
        self.status = 500
        self.begun = False
        self.held = False

    async def __call__(self, message: Message) -> None:
        """Send a message on, unless it is Starlette's one plain line about too large a body."""
        if message["type"] == "http.response.start" and message["status"] == 413:
            self.held = b"text/plain" in dict(message["headers"]).get(b"content-type", b"")
            self.status = 413
        if not self.held:
            await self.as_it_is(message)

    async def as_it_is(self, message: Message) -> None:
        """Send a message on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.begun = True
            self.status = message["status"]
            outgoing = MutableHeaders(scope=message)
            # A file that is not there is told of by a page.
            bare = self.of_file and self.status < 400
            for name, value in self.headers.items():
                if not bare or name not in OF_PAGES:
                    outgoing.setdefault(name, value)
            outgoing["X-Request-Id"] = self.number
        await self.send(message)


def in_time(receive: Receive) -> Receive:
    """The same body; raises SlowBody when it stops coming, or comes for a quarter of an hour."""
    begun = time.monotonic()
    whole = False

    async def receive_in_time() -> Message:
        nonlocal whole
        if whole:  # from here on one waits only for the client to go away
            return await receive()
        left = WHOLE_BODY - (time.monotonic() - begun)
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(WAITING_FOR_BODY, left)))
        except TimeoutError:
            raise SlowBody from None
        whole = not message.get("more_body", False)
        return message

    return receive_in_time


def known_host(hosts: Sequence[str], settings: Settings) -> bool:
    """Whether the Host headers are one host of ours; a trailing dot makes it another."""
    found = AUTHORITY.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if found is None or int(found["port"] or 1) not in range(1, 65536):
        return False
    name = found["name"].strip("[]").lower()
    return name == settings.host or (not settings.public and name in LOOPBACK)


def security_headers(settings: Settings) -> dict[str, str]:
    """What browsers are told with every answer."""
    scheme = "wss" if settings.secure else "ws"
    authority = settings.base_url.split("://", 1)[1]
    headers = {
        # Safari before 15.4 does not count a WebSocket of our own host as 'self'.
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.format(live=f"{scheme}://{authority}"),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
    }
    if settings.secure and settings.public:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def plain_address(text: str) -> Address | None:
    """An address as its header or socket writes it, or None; IPv4 inside IPv6 is IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
