"""The house that is measured: a database with many posts, its server, and the load upon it."""

import contextlib
import dataclasses
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from estate import schema
from estate.access import actions as access
from estate.access.models import Beginning
from estate.database import Database
from tests.bench.posts import hang_posts
from tests.builders import build_estate
from web.visits import SESSION_COOKIE

LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)\b", re.MULTILINE)
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
PATIENCE = 120.0


@dataclass(frozen=True)
class Load:
    """What `wrk` saw: requests a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Measured:
    """A running server, one signed-in resident, and the folder it lives in."""

    url: str
    cookie: str
    folder: Path
    database_url: str

    def fetch(self, path: str) -> bytes:
        """A page as the resident gets it, uncompressed; raises unless it is there."""
        headers = {"Cookie": self.cookie, "Accept-Encoding": "identity"}
        answer = httpx2.get(self.url + path, headers=headers)
        answer.raise_for_status()
        return answer.content

    def load(self, path: str, *, seconds: int = 5, connections: int = 16) -> Load:
        """Ask for a path as often as it goes; raises when an answer was not a page."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        command += ["-H", f"Cookie: {self.cookie}", self.url + path]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        if trouble := REFUSED.search(said):
            raise RuntimeError(f"{path}: {trouble[0]}")
        times = {
            part: float(value) * MILLISECONDS[unit] for part, value, unit in LATENCY.findall(said)
        }
        rate = RATE.search(said)
        if rate is None:
            raise RuntimeError(said)
        return Load(float(rate[1]), times["50"], times["99"])


def free_port() -> int:
    """A port that nobody listens on at present."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def house_folder(posts: int) -> Iterator[Measured]:
    """A SQLite file with so many posts and somebody signed in; nobody serves it yet."""
    with tempfile.TemporaryDirectory(prefix="opgang-bench-") as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'opgang.db'}"
        schema.upgrade(url)
        database = Database(url)
        with database.write() as session:
            estate = build_estate(session)
            token = access.begin_session(session, estate.people["amina"], Beginning.PASSKEY, "wrk")
            hang_posts(session, estate, posts)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        database.close()
        yield Measured("", f"{SESSION_COOKIE}={token}", folder, url)


@contextlib.contextmanager
def house_with(posts: int) -> Iterator[Measured]:
    """The same with a server process of its own."""
    with contextlib.ExitStack() as stack:
        house = stack.enter_context(house_folder(posts))
        server = _server(house.folder, house.database_url, free_port())
        yield dataclasses.replace(house, url=stack.enter_context(server))


@contextlib.contextmanager
def _server(folder: Path, database_url: str, port: int) -> Iterator[str]:
    environment = {
        **os.environ,
        "OPGANG_DATA": str(folder),
        "OPGANG_DATABASE_URL": database_url,
        "OPGANG_PORT": str(port),
        "OPGANG_WORKER": "apart",
        "OPGANG_DEMO": "1",
    }
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", str(folder / "bare.html")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://localhost:{port}"
        _wait(process, address, folder / "server.log")
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"{address}/healthz").is_success:
                return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-2000:]}")
