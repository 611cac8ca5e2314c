"""What every request passes first: known hosts, trusted proxies, headers, one line in the log."""

import re
import secrets
import time
from ipaddress import ip_address, ip_network

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
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


class Door:
    """Request id, trusted proxies, host check, security headers, one log line a request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.proxies = [
            ip_network(part.strip(), strict=False)
            for part in settings.trusted_proxies.split(",")
            if part.strip()
        ]
        scheme = "wss" if settings.secure else "ws"
        authority = settings.base_url.split("://", 1)[1]
        # Safari before 15.4 does not count a WebSocket of our own host as 'self'.
        policy = CONTENT_SECURITY_POLICY.format(live=f"{scheme}://{authority}")
        self.headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
        }
        if settings.secure and settings.public:
            self.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse its host with 421."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        self._believe_proxy(scope, headers)
        given = headers.get("x-request-id", "")
        number = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = number
        if not self._host_known(headers.get("host", "")):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4421})
                return
            answer = PlainTextResponse("This address is not served here.\n", 421, self.headers)
            await answer(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        await self._serve(scope, receive, send, number)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, number: str) -> None:
        begun = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                outgoing = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    outgoing.setdefault(name, value)
                outgoing["X-Request-Id"] = number
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - begun
            route = scope.get("route")
            name = getattr(route, "path", "other")
            REQUESTS.labels(scope["method"], name, str(status)).inc()
            SECONDS.labels(name).observe(seconds)
            log.info(
                "request",
                request_id=number,
                method=scope["method"],
                route=name,
                status=status,
                ms=round(seconds * 1000, 1),
            )

    def _believe_proxy(self, scope: Scope, headers: Headers) -> None:
        client = scope.get("client")
        if not client or not self.proxies:
            return
        if not any(ip_address(client[0]) in network for network in self.proxies):
            return
        forwarded = [part.strip() for part in headers.get("x-forwarded-for", "").split(",")]
        for hop in reversed([part for part in forwarded if part]):
            try:
                address = ip_address(hop)
            except ValueError:
                break
            scope["client"] = (hop, 0)
            if not any(address in network for network in self.proxies):
                break
        proto = headers.get("x-forwarded-proto", "")
        if proto in {"http", "https"}:
            scope["scheme"] = (
                {"http": "ws", "https": "wss"}[proto] if scope["type"] == "websocket" else proto
            )

    def _host_known(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        name = name.strip("[]").lower()
        return name == self.settings.host or (not self.settings.public and name in LOOPBACK)
