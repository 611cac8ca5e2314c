"""Push end to end: from a tap on the page to an independent push service (web-push-testing)."""

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from estate.database import Database
from tests.builders import build_estate
from tests.servers import answers, free_port
from tests.serving import Serving, serving
from tests.waiting import until
from web.vapid import public_key

NODE = Path(__file__).parent.parent / "node"
SERVER = """
const {PushApiModel} = require("web-push-testing/src/PushApiModel.js");
const Server = require("web-push-testing/src/server.js");
new Server(new PushApiModel(), Number(process.argv[1])).startServer();
"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The independent push service, in node, on this machine."""
    if shutil.which("node") is None or not (NODE / "node_modules/web-push-testing").exists():
        pytest.skip("web-push-testing is not installed: script/tools")
    port = free_port()
    process = subprocess.Popen(
        ["node", "-e", SERVER, str(port)],
        cwd=NODE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    url = f"http://localhost:{port}"
    try:
        assert answers(process, f"{url}/status", "POST")
        yield url
    finally:
        process.terminate()
        _, said = process.communicate(timeout=10)
        assert b"Error" not in said, said.decode()


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[Serving]:
    """The served house, worker and all."""
    database = Database(sqlite_url)
    with database.write() as session:
        people = build_estate(session).people
    database.close()
    with serving(tmp_path, sqlite_url, people) as running:
        yield running


def asked(url: str, path: str, **fields: Any) -> Any:
    """What the push service answers."""
    answer = httpx2.post(url + path, json=fields)
    answer.raise_for_status()
    return answer.json()["data"]


def notifications(url: str, client: str) -> list[str]:
    """What one subscription has received, decrypted by the service; waits for the first."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found: list[str] = asked(url, "/get-notifications", clientHash=client)["messages"]
        if found:
            return found
    return []


@contextlib.contextmanager
def subscribed(house: Serving, elsewhere: str) -> Iterator[tuple[httpx2.Client, str]]:
    """Amina's browser with a subscription over there, and what the service calls it."""
    subscription = asked(
        elsewhere,
        "/subscribe",
        userVisibleOnly="true",
        applicationServerKey=public_key(house.settings.data),
    )
    cookie = house.cookie("amina")
    client = httpx2.Client(
        base_url=house.url,
        cookies={cookie["name"]: cookie["value"]},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    with client:
        kept = {name: subscription[name] for name in ("endpoint", "keys")}
        assert client.post("/me/devices/push", json=kept).status_code == 201
        yield client, subscription["clientHash"]


def test_a_test_asked_for_on_the_page_reaches_an_independent_push_service(
    house: Serving, elsewhere: str
) -> None:
    with subscribed(house, elsewhere) as (client, key):
        begun = time.monotonic()
        assert client.post("/me/notifications/test").status_code == 303
        (text,) = notifications(elsewhere, key)
        assert time.monotonic() - begun < 5, "the worker is woken by the commit, not by its clock"
    told = json.loads(text)
    assert told["address"] == "/me/notifications"
    assert told["lang"] == "da"


def test_a_subscription_that_ended_there_is_forgotten_here(house: Serving, elsewhere: str) -> None:
    with subscribed(house, elsewhere) as (client, key):
        httpx2.post(f"{elsewhere}/expire-subscription/{key}")
        client.post("/me/notifications/test")
        listed = "/me/notifications/devices/"
        assert until(lambda: listed not in client.get("/me/notifications").text, 20.0)
