"""Bytes nobody polite sends, over a real socket: refused in words, and the next one is served."""

import contextlib
import random
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client import REGISTRY
from sqlalchemy.pool import QueuePool

from tests.serving import Serving, serving
from tests.waiting import until
from web import middleware, protocol
from web.middleware import GONE_AWAY

SAME = "Sec-Fetch-Site: same-origin\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "opgang.db").write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{folder / 'opgang.db'}"
    with serving(folder, url, {}, worker="apart") as running:
        yield running


@pytest.fixture(autouse=True)
def still_serving(house: Serving) -> Iterator[None]:
    """Whatever was sent, the next visitor is served."""
    yield
    assert httpx2.get(f"{house.url}/healthz").text == "ok\n"


def connect(house: Serving) -> socket.socket:
    return socket.create_connection(("127.0.0.1", house.settings.port), timeout=20)


def send(house: Serving, *pieces: bytes) -> str:
    """Send pieces and read until the other side has said all it wants to."""
    with connect(house) as wire:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                wire.sendall(piece)
        return read(wire)


def read(wire: socket.socket) -> str:
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := wire.recv(65536):
            said += chunk
    return said.decode("utf-8", "replace")


def head(method: str, path: str, more: str = "", host: str = "localhost") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n".encode()


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


def test_a_flood_of_headers_is_refused(house: Serving) -> None:
    flood = "".join(f"X-{n}: {'y' * 50}\r\n" for n in range(5000))
    answer = send(house, head("GET", "/sign-in", flood))
    assert status(answer) == 431
    assert "x-request-id" in answer.lower()


def test_one_header_without_end_is_refused(house: Serving) -> None:
    endless = [b"y" * 16_000] * 40
    answer = send(house, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", *endless)
    assert status(answer) == 431


def test_an_address_without_end_is_refused(house: Serving) -> None:
    assert status(send(house, b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n")) == 431


def test_a_large_head_that_ends_is_still_read(house: Serving) -> None:
    more = f"Cookie: {'c' * 12_000}\r\n"
    assert status(send(house, head("GET", "/healthz", more))) == 200


def test_a_head_that_stops_coming_is_let_go(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    assert status(send(house, b"GET / HTTP/1.1\r\nHost: local")) == 408
    assert status(send(house)) == 408


def test_a_kept_connection_is_not_cut_off_between_requests(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    with httpx2.Client(base_url=house.url) as client:
        client.get("/healthz")
        time.sleep(0.5)  # longer than a head may take: waiting is the matter here
        assert client.get("/healthz").status_code == 200


def test_a_body_that_stops_coming_is_a_page(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "WAITING_FOR_BODY", 0.2)
    begun = head("POST", "/sign-in/email", f"{SAME}{FORM}Content-Length: 500\r\n")
    answer = send(house, begun, b"email=some")
    assert status(answer) == 408
    assert "<h1>" in answer


def test_a_body_cut_off_leaves_nothing_behind(house: Serving) -> None:
    begun = head("POST", "/sign-in/email", f"{SAME}{FORM}Content-Length: 500\r\n")
    assert httpx2.get(f"{house.url}/sign-in").status_code == 200
    (sockets, connections), ended = held_open(house), gone_away()
    for _ in range(20):
        with connect(house) as wire:
            wire.sendall(begun + b"email=som")
    assert until(lambda: gone_away() == ended + 20), "each request ends, and by nobody's fault"
    assert until(lambda: held_open(house)[0] <= sockets), "one from before may close meanwhile"
    assert held_open(house)[1] <= connections
    assert "<h1>" in httpx2.get(f"{house.url}/sign-in").text


def gone_away() -> float:
    """Requests whose sender hung up before the form was whole."""
    named = {"method": "POST", "route": "/sign-in/email", "status": str(GONE_AWAY)}
    return REGISTRY.get_sample_value("opgang_requests_total", named) or 0.0


def held_open(house: Serving) -> tuple[int, int]:
    """How many sockets this process has open, and how many connections to the database it uses."""
    sockets = sum(held.is_socket() for held in Path("/dev/fd").iterdir())
    pool = house.database.engine.pool
    assert isinstance(pool, QueuePool)
    return sockets, pool.checkedout()


def test_a_body_said_to_be_huge_is_refused_before_it_comes(house: Serving) -> None:
    begun = head("POST", "/sign-in/email", f"{SAME}{FORM}Content-Length: 99999999999\r\n")
    answer = send(house, begun)
    assert status(answer) == 413
    assert "<h1>" in answer


def test_a_body_in_pieces_without_end_is_refused_and_then_cut_off(
    house: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "BODY_LEFT_BEHIND", 500_000)
    begun = f"POST /sign-in/email HTTP/1.1\r\nHost: localhost\r\n{SAME}{FORM}"
    pieces = [b"%x\r\n%s\r\n" % (10_000, b"x" * 10_000)] * 400
    answer = send(house, begun.encode() + b"Transfer-Encoding: chunked\r\n\r\n", *pieces)
    assert not answer or status(answer) == 413


def test_a_length_and_pieces_at_once_are_refused(house: Serving) -> None:
    both = f"{SAME}{FORM}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    answer = send(house, head("POST", "/sign-in/email", both), b"0\r\n\r\nGET /smuggled HTTP/1.1")
    assert status(answer) == 400
    assert answer.count("HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "hosts",
    ["", "Host: localhost\r\nHost: evil.example\r\n", "Host: evil.example\r\n", "Host:\r\n"],
)
def test_no_host_two_or_another_are_told_so(house: Serving, hosts: str) -> None:
    answer = send(house, f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
    assert status(answer) in {400, 421}
    assert "x-request-id" in answer.lower()


@pytest.mark.parametrize("seed", range(30))
def test_noise_is_answered_or_hung_up_on(house: Serving, seed: int) -> None:
    noise = random.Random(seed).randbytes(3000)
    answer = send(house, noise + b"\r\n\r\n")
    assert not answer or status(answer) in {400, 431}


@pytest.mark.parametrize("method", ["FOO", "TRACE", "CONNECT", "PUT", "get", ""])
def test_a_method_that_is_none_is_refused(house: Serving, method: str) -> None:
    assert status(send(house, head(method, "/sign-in"))) in {400, 405}


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../estate/settings.py",
        "/static/%2e%2e/%2e%2e/estate/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static/css/%00base.css",
        "/static//etc/passwd",
        "/board/99999999999999999999999",
        "/board/-1",
        "/board/1%00",
        "/%ff%fe",
        "//evil.example/",
        "/sign-in/" + "a" * 5000,
        "/?" + "a=1&" * 4000,
    ],
)
def test_an_odd_address_is_answered_without_a_bug(house: Serving, path: str) -> None:
    answer = send(house, head("GET", path))
    assert status(answer) < 500
    assert "OPGANG_" not in answer


@pytest.mark.parametrize(
    "cookies",
    [
        "opgang=" + "x" * 9000,
        "opgang=\x7f",
        "=;=;=",
        "opgang",
        "flash=\\u12",
        'flash="da \\\\u12"',
        'flash="\\',
        "a=b;" * 3000,
    ],
)
def test_odd_cookies_are_nobody(house: Serving, cookies: str) -> None:
    answer = send(house, head("GET", "/", f"Cookie: {cookies}\r\n"))
    assert status(answer) in {400, 401}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
        ("multipart/form-data; boundary=x", b"--y\r\n\r\n--y--"),
        ("multipart/form-data; boundary=" + "x" * 300, b"nothing"),
        ("application/x-www-form-urlencoded", b"email=%ff%fe%00"),
        ("application/x-www-form-urlencoded", b"&" * 50_000),
        ("application/x-www-form-urlencoded", b"a=1&" * 10_000),
        ("application/x-www-form-urlencoded", b"email" * 100),
        ("application/json", b'{"email": 1}'),
        ("text/plain; charset=utf-16", b"\xff\xfe\x00"),
        ("", b"email=a"),
    ],
)
def test_an_odd_form_is_answered_without_a_bug(house: Serving, kind: str, body: bytes) -> None:
    about = f"Content-Type: {kind}\r\n" if kind else ""
    length = f"{SAME}{about}Content-Length: {len(body)}\r\n"
    assert status(send(house, head("POST", "/sign-in/email", length), body)) < 500


def test_many_parts_are_too_many(house: Serving) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n'
    body = part * 700 + b"--x--"
    kind = f"{SAME}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n"
    assert status(send(house, head("POST", "/sign-in/email", kind), body)) in {400, 413}


def test_requests_sent_in_one_breath_are_answered_in_order(house: Serving) -> None:
    asked = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5 + head("GET", "/readyz")
    answer = send(house, asked)
    assert answer.count("HTTP/1.1 200") == 6
    assert answer.rstrip().endswith("ready")
