"""The door: whose host, whose proxy, how large, how slow; and what every answer carries."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from estate.database import Database
from estate.settings import Settings
from tests.loops import run
from web import middleware
from web.app import create_app
from web.middleware import (
    Proxies,
    SlowBody,
    in_time,
    known_host,
    plain_address,
    security_headers,
)

KNOWN = ["localhost", "localhost:8000", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "[::1]"]
STRANGE = [
    "",
    "localhost.",
    "localhost:",
    "localhost:0",
    "localhost:99999",
    "localhost:abc",
    "localhost:80 00",
    "localhost@evil.example",
    "localhost,evil.example",
    "evil.example",
    "localhost.evil.example",
    "xlocalhost",
    "127.0.0.1.nip.io",
    "127.0.0.2",
    "[::1",
    "::1",
    "[::2]",
    "[::ffff:127.0.0.1%25lo]",
    "local\thost",
    "münchen",
    "localhost/x",
    "http://localhost",
]


@contextlib.contextmanager
def client(tmp_path: Path, sqlite_url: str, **more: Any) -> Iterator[TestClient]:
    settings = Settings(
        data=tmp_path / "var", database_url=sqlite_url, secret="s" * 32, worker="apart", **more
    )
    with (
        contextlib.closing(Database(sqlite_url, origin="asked")) as data,
        TestClient(create_app(settings, data), base_url=settings.base_url) as asking,
    ):
        yield asking


@pytest.mark.parametrize("host", KNOWN)
def test_the_house_answers_to_its_own_names(host: str, tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking:
        assert asking.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", STRANGE)
def test_it_is_not_known_by_any_other(host: str) -> None:
    assert not known_host([host], Settings())


def test_two_hosts_or_none_are_no_host() -> None:
    assert not known_host([], Settings())
    assert not known_host(["localhost", "localhost"], Settings())


@given(st.text(max_size=60))
def test_whatever_is_sent_as_a_host_is_known_or_not(host: str) -> None:
    if known_host([host], Settings()):
        assert re.fullmatch(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", host.lower())


def test_under_a_public_address_loopback_names_are_strange_too(
    tmp_path: Path, sqlite_url: str
) -> None:
    with client(tmp_path, sqlite_url, base_url="https://opgang.example") as asking:
        assert asking.get("/healthz").status_code == 200
        answer = asking.get("/sign-in", headers={"Host": "localhost"})
        assert answer.status_code == 421
        assert "<h1>" in answer.text
        assert answer.headers["x-request-id"]
        assert answer.headers["content-security-policy"]


def test_a_socket_with_a_strange_host_is_closed(tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking, pytest.raises(WebSocketDisconnect) as closed:
        asking.websocket_connect("/live", headers={"Host": "evil.example"}).__enter__()
    assert closed.value.code == 4421


def test_every_answer_carries_an_id_and_the_headers(tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking:
        for path in ("/sign-in", "/nothing", "/static/nothing.css", "/healthz", "/", "/metrics"):
            answer = asking.get(path)
            assert len(answer.headers["x-request-id"]) >= 8, path
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "strict-transport-security" not in answer.headers


def test_a_file_carries_only_what_concerns_files(tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking:
        answer = asking.get("/static/css/base.css")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "content-security-policy" not in answer.headers


def test_an_id_given_by_the_proxy_is_kept_unless_it_is_odd(tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking:
        given_id = asking.get("/healthz", headers={"X-Request-Id": "caddy-12345"})
        assert given_id.headers["x-request-id"] == "caddy-12345"
        for odd in ("short", "x" * 65, "<script>alert</script>", "a b c d e f g"):
            answer = asking.get("/healthz", headers={"X-Request-Id": odd})
            assert answer.headers["x-request-id"] != odd


def test_off_loopback_under_tls_browsers_keep_to_it_and_cookies_to_the_host(
    tmp_path: Path, sqlite_url: str
) -> None:
    with client(tmp_path, sqlite_url, base_url="https://opgang.example") as asking:
        answer = asking.get("/languages/en", follow_redirects=False)
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-language=")
        for word in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
            assert word in cookie
        assert "Domain" not in cookie


def test_choosing_a_language_never_leads_to_another_site(tmp_path: Path, sqlite_url: str) -> None:
    with client(tmp_path, sqlite_url) as asking:
        for path, back in (
            ("/board?q=a", "/board?q=a"),
            ("//evil.example/x", "/"),
            ("/me/phone/code", "/me/phone"),
            ("/board/7/comments?q=a", "/board/7"),
            ("/sign-in/email", "/sign-in"),
            ("/sign-in/provider/back?code=1", "/sign-in"),
            ("/sign-out", "/"),
        ):
            came_from = {"Referer": f"http://localhost{path}"}
            answer = asking.get("/languages/en", headers=came_from, follow_redirects=False)
            assert answer.headers["location"] == back


def test_hsts_is_not_sent_for_loopback_or_plain_http() -> None:
    for address in ("https://localhost:8443", "http://opgang.example"):
        assert "Strict-Transport-Security" not in security_headers(Settings(base_url=address))


@pytest.mark.parametrize(
    ("address", "forwarded", "believed"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.9.9.9", "2001:db8::7", "2001:db8::7"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, <evil>", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9:1234", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_says_where_somebody_comes_from(
    address: str, forwarded: str, believed: str
) -> None:
    proxies = Proxies("127.0.0.1, 10.0.0.0/8")
    scope: Scope = {"type": "http", "client": (address, 1), "scheme": "http", "headers": []}
    proxies.believe(scope, Headers({"x-forwarded-for": forwarded, "x-forwarded-proto": "https"}))
    assert scope["client"][0] == believed
    trusted = plain_address(address) != plain_address("192.0.2.7")
    assert scope["scheme"] == ("https" if trusted else "http")


def test_a_bug_shows_the_number_that_the_log_has(
    tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(
        data=tmp_path / "var", database_url=sqlite_url, secret="s" * 32, worker="apart"
    )
    app = create_app(settings)

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("private words")

    app.mount("/broken", broken)
    with TestClient(app, base_url=settings.base_url) as asking:
        answer = asking.get("/broken/now")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "private words" not in answer.text
    assert answer.headers["content-security-policy"]


def test_a_body_over_the_limit_is_a_page_that_says_so(tmp_path: Path, sqlite_url: str) -> None:
    same = {"Sec-Fetch-Site": "same-origin"}
    with client(tmp_path, sqlite_url) as asking:
        answer = asking.post("/sign-in/email", data={"email": "x" * 200_000}, headers=same)
        assert answer.status_code == 413
        assert "<h1>" in answer.text
        assert answer.headers["x-request-id"]

        def chunks() -> Iterator[bytes]:
            for _ in range(40):
                yield b"email=" + b"x" * 10_000

        form = {**same, "Content-Type": "application/x-www-form-urlencoded"}
        chunked = asking.post("/sign-in/email", content=chunks(), headers=form)
        assert chunked.status_code == 413
        assert "<h1>" in chunked.text


def test_a_body_that_stops_coming_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "WAITING_FOR_BODY", 0.01)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    with pytest.raises(SlowBody):
        run(take(in_time(never)))


def test_after_a_whole_body_one_waits_as_long_as_it_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(middleware, "WAITING_FOR_BODY", 0.01)
    gone = asyncio.Event()
    messages: list[Message] = [
        {"type": "http.request", "body": b"x", "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        message = messages.pop(0)
        if message["type"] == "http.disconnect":
            await gone.wait()
        return message

    async def both() -> str:
        timed = in_time(receive)
        await timed()
        asyncio.get_running_loop().call_later(0.05, gone.set)
        return str((await timed())["type"])

    assert run(both()) == "http.disconnect"


async def take(receive: Receive) -> Message:
    return await receive()
