"""Open pages hear the names of what became stale: theirs only, and from every process."""

import contextlib
import itertools
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.queries import presence
from estate.database import Database, stale
from estate.people.models import Household, RoleHolding
from tests.builders import Estate, add_household, build_estate
from tests.serving import Serving, serving
from tests.waiting import until
from web import live
from web.live import SIGNED_OUT, SPREAD_MOST, TRY_LATER, spread

PATIENCE = 15.0
TODAY = clock.today()
OTHER_PROCESS = """
import sys
from estate.database import Database, stale
database = Database(sys.argv[1], origin="another")
with database.write() as session:
    stale(session, sys.argv[2], sys.argv[3])
"""


@pytest.fixture
def estate(sqlite_url: str) -> Estate:
    """The builders' estate."""
    database = Database(sqlite_url)
    with database.write() as session:
        built = build_estate(session)
    database.close()
    return built


@pytest.fixture
def house(sqlite_url: str, estate: Estate, tmp_path: Path) -> Iterator[Serving]:
    """The served house."""
    with serving(tmp_path / "var", sqlite_url, estate.people, worker="apart") as running:
        yield running


@contextlib.contextmanager
def page(house: Serving, who: str | None, **more: Any) -> Iterator[ClientConnection]:
    """An open page's socket, as a browser opens it."""
    headers = {}
    if who is not None:
        cookie = house.cookie(who)
        headers["Cookie"] = f"{cookie['name']}={cookie['value']}"
    url = house.url.replace("http", "ws") + "/live"
    more = {"origin": house.url, **more}
    with connect(url, additional_headers=headers, open_timeout=PATIENCE, **more) as opened:
        yield opened


def until_listening(house: Serving, topic: str, count: int = 1) -> None:
    """Wait until so many sockets are kept under a topic."""
    listeners = house.app.state.hub._listeners
    assert until(lambda: len(listeners.get(topic, ())) >= count), "The sockets did not come."


def until_silent(house: Serving, topic: str) -> None:
    """Wait until no socket is kept under a topic."""
    listeners = house.app.state.hub._listeners
    assert until(lambda: not listeners.get(topic)), "The sockets stayed."


def broken_once(sound: Callable[..., Any]) -> Callable[..., Any]:
    """A method that breaks the first time it is called."""
    calls = itertools.count()

    def method(*arguments: Any) -> Any:
        if next(calls) == 0:
            raise LookupError("broken")
        return sound(*arguments)

    return method


def make_stale(house: Serving, topic: str, block: str) -> None:
    """A deed in the server's own process."""
    with house.database.write() as session:
        stale(session, topic, block)


def elsewhere(url: str, topic: str, block: str) -> None:
    """The same deed in a process of its own."""
    subprocess.run([sys.executable, "-c", OTHER_PROCESS, url, topic, block], check=True)


def test_a_page_hears_the_names_of_its_own_and_nothing_else(house: Serving, estate: Estate) -> None:
    own, far = f"stairwell:{estate.stairwell}", f"stairwell:{estate.far_stairwell}"
    with page(house, "amina") as amina, page(house, "bent") as bent:
        until_listening(house, f"section:{estate.section}", 2)
        make_stale(house, own, "posts")
        assert json.loads(amina.recv(PATIENCE)) == {"stale": ["posts"], "spread": 0}
        make_stale(house, far, "posts-far")
        assert json.loads(bent.recv(PATIENCE)) == {"stale": ["posts-far"], "spread": 0}
        make_stale(house, f"section:{estate.section}", "last")
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["last"]
        assert json.loads(bent.recv(PATIENCE))["stale"] == ["last"]


def test_a_deed_that_is_rolled_back_is_heard_by_nobody(house: Serving, estate: Estate) -> None:
    topic = f"section:{estate.section}"
    with page(house, "amina") as amina:
        until_listening(house, topic)
        with contextlib.suppress(RuntimeError), house.database.write() as session:
            stale(session, topic, "undone")
            raise RuntimeError
        make_stale(house, topic, "done")
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["done"]


def test_several_names_of_one_deed_come_as_one_word(house: Serving, estate: Estate) -> None:
    with page(house, "amina") as amina:
        until_listening(house, f"section:{estate.section}")
        with house.database.write() as session:
            stale(session, f"section:{estate.section}", "posts")
            stale(session, f"stairwell:{estate.stairwell}", "posts")
            stale(session, f"person:{estate.people['amina']}", "cards")
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["cards", "posts"]
        with pytest.raises(TimeoutError):
            amina.recv(0.1)


def test_what_a_page_says_is_let_go(house: Serving, estate: Estate) -> None:
    with page(house, "amina") as amina:
        for word in ("hello", b"\x00hello", "{"):
            amina.send(word)
        until_listening(house, f"person:{estate.people['amina']}")
        make_stale(house, f"person:{estate.people['amina']}", "cards")
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["cards"]


def test_nobody_keeps_more_pages_open_than_a_person_has(
    house: Serving, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAGES_MOST", 1)
    with page(house, "amina") as first:
        until_listening(house, f"person:{estate.people['amina']}")
        with page(house, "amina") as second:
            assert ends(second) == TRY_LATER
        make_stale(house, f"section:{estate.section}", "posts")
        while json.loads(first.recv(PATIENCE))["stale"] != ["posts"]:
            pass  # of the second sign-in, too


def test_an_ear_that_breaks_is_grown_anew_and_pages_look_for_themselves(
    house: Serving, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.Hub, "_others_since", broken_once(live.Hub._others_since))
    topic = f"section:{estate.section}"
    with page(house, "amina") as amina:
        until_listening(house, topic)
        make_stale(house, topic, "posts")
        heard = [json.loads(amina.recv(PATIENCE)) for _ in range(2)]
        assert {"stale": ["posts"], "spread": 0} in heard
        assert {"spread": 0} in heard


@pytest.mark.parametrize("origin", ["https://elsewhere.example", None])
def test_no_other_site_may_listen(house: Serving, origin: str | None) -> None:
    with pytest.raises(InvalidStatus), page(house, "amina", origin=origin):
        pass


def test_who_is_not_signed_in_is_told_so(house: Serving) -> None:
    with page(house, None) as nobody, pytest.raises(ConnectionClosed) as closed:
        nobody.recv(PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == SIGNED_OUT


def ends(opened: ClientConnection) -> int:
    """The code a socket is closed with, whatever it hears before."""
    try:
        while True:
            opened.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_a_revoked_device_hears_nothing_more(house: Serving, estate: Estate) -> None:
    token = house.token("amina")
    name = house.cookie("amina")["name"]
    with page(house, "amina") as kept:
        headers = {"Cookie": f"{name}={token}"}
        url = house.url.replace("http", "ws") + "/live"
        with connect(url, additional_headers=headers, origin=house.url) as revoked:
            until_listening(house, f"person:{estate.people['amina']}", 2)
            with house.database.write() as session:
                found = presence(session, token, clock.now())
                assert found is not None
                access.end_session(session, found.session, found.person)
            assert ends(revoked) == SIGNED_OUT
        assert json.loads(kept.recv(PATIENCE))["stale"] == ["devices"]
        make_stale(house, f"section:{estate.section}", "posts")
        assert json.loads(kept.recv(PATIENCE))["stale"] == ["posts"]


def test_a_sign_in_that_runs_out_ends_its_sockets(
    sqlite_url: str, estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_ROUND", 0.1)
    with (
        serving(tmp_path, sqlite_url, estate.people, worker="apart") as house,
        page(house, "amina") as amina,
    ):
        until_listening(house, f"section:{estate.section}")
        with house.database.write() as session:
            session.execute(
                update(SignInSession).values(expires_at=clock.now() - timedelta(seconds=1))
            )
        assert ends(amina) == SIGNED_OUT


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_who_moves_out_or_loses_a_role_hears_no_more_of_the_place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(live, "LOOK_ROUND", 0.1)
    url = request.getfixturevalue(f"{kind}_url")
    database = Database(url)  # another process's, of whose commits nobody tells
    with database.write() as session:
        estate = build_estate(session)
    yesterday = {"ends_on": clock.today() - timedelta(days=1)}
    own, far = f"stairwell:{estate.stairwell}", f"stairwell:{estate.far_stairwell}"
    with (
        serving(tmp_path, url, estate.people, worker="apart") as house,
        page(house, "amina") as amina,
        page(house, "chair") as chair,
    ):
        until_listening(house, own)
        until_listening(house, f"moderation:{estate.section}")
        with database.write() as session:
            session.execute(
                update(Household)
                .where(Household.id == estate.households["amina"])
                .values(**yesterday)
            )
            add_household(session, estate.homes["bent"], estate.people["amina"], starts=TODAY)
            session.execute(
                update(RoleHolding)
                .where(RoleHolding.person_id == estate.people["chair"])
                .values(**yesterday)
            )
        until_listening(house, far)
        until_silent(house, own)
        until_silent(house, f"moderation:{estate.section}")
        make_stale(house, own, "posts")
        make_stale(house, f"section:{estate.section}", "section")
        make_stale(house, far, "posts-far")
        make_stale(house, f"person:{estate.people['chair']}", "today")
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["section"]
        assert json.loads(amina.recv(PATIENCE))["stale"] == ["posts-far"]
        assert json.loads(chair.recv(PATIENCE))["stale"] == ["today"]
    database.close()


def test_a_page_that_takes_nothing_keeps_no_other_waiting(house: Serving, estate: Estate) -> None:
    topic = f"section:{estate.section}"
    cookie = house.cookie("yasmin")
    stalled = socket.create_connection(("127.0.0.1", house.settings.port))
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    stalled.sendall(
        (
            f"GET /live HTTP/1.1\r\nHost: localhost:{house.settings.port}\r\n"
            f"Origin: {house.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: {cookie['name']}={cookie['value']}\r\n\r\n"
        ).encode()
    )
    with stalled, page(house, "amina") as amina:
        until_listening(house, topic, 2)
        for number in range(60):
            make_stale(house, topic, f"{number:02}" + "x" * 60_000)
        heard = {json.loads(amina.recv(PATIENCE))["stale"][0][:2] for _ in range(60)}
    assert heard == {f"{number:02}" for number in range(60)}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_deed_in_another_process_is_heard_within_two_seconds(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    database = Database(url)
    with database.write() as session:
        estate = build_estate(session)
    database.close()
    wire = "postgres" if kind == "postgres" else "memory"
    topic = f"section:{estate.section}"
    with (
        serving(tmp_path, url, estate.people, worker="apart", live=wire) as house,
        page(house, "amina") as amina,
    ):
        until_listening(house, topic)
        for name in ("first", "second"):
            elsewhere(url, topic, name)
            begun = time.monotonic()
            assert json.loads(amina.recv(PATIENCE))["stale"] == [name]
            assert time.monotonic() - begun < 2


def test_two_servers_tell_each_others_pages(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        estate = build_estate(session)
    database.close()
    topic = f"section:{estate.section}"
    more = {"worker": "apart", "live": "postgres"}
    with (
        serving(tmp_path / "one", postgres_url, estate.people, **more) as one,
        serving(tmp_path / "two", postgres_url, estate.people, **more) as two,
        page(one, "amina") as amina,
        page(two, "bent") as bent,
    ):
        until_listening(one, topic)
        until_listening(two, topic)
        make_stale(one, topic, "from one")
        make_stale(two, topic, "from two")
        for opened in (amina, bent):
            heard = {json.loads(opened.recv(PATIENCE))["stale"][0] for _ in range(2)}
            assert heard == {"from one", "from two"}


def test_after_a_lost_wire_every_page_looks_for_itself(postgres_url: str, tmp_path: Path) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        estate = build_estate(session)
    with (
        serving(tmp_path, postgres_url, estate.people, worker="apart", live="postgres") as house,
        page(house, "amina") as amina,
    ):
        until_listening(house, f"section:{estate.section}")
        cut = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with database.engine.connect() as connection:
                if connection.exec_driver_sql(cut).all():
                    break
        assert json.loads(amina.recv(PATIENCE)) == {"spread": 0}
    database.close()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A redis of this test's own."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed: script/tools")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def test_servers_that_share_a_redis_tell_each_others_pages(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    database = Database(postgres_url)
    with database.write() as session:
        estate = build_estate(session)
    database.close()
    topic = f"section:{estate.section}"
    more = {"worker": "apart", "live": redis_url}
    with (
        serving(tmp_path / "one", postgres_url, estate.people, **more) as one,
        serving(tmp_path / "two", postgres_url, estate.people, **more) as two,
        page(two, "bent") as bent,
    ):
        until_listening(two, topic)
        until_wired(two)
        until_wired(one)
        make_stale(one, topic, "from one")
        assert json.loads(bent.recv(PATIENCE))["stale"] == ["from one"]


def until_wired(house: Serving) -> None:
    """Wait until a server has its redis."""
    assert until(lambda: getattr(house.app.state.hub._wire, "up", False))


def test_a_stairwell_fetches_at_once_and_a_section_over_two_seconds() -> None:
    assert [spread(n) for n in (0, 1, 20, 21, 270, 5000)] == [0, 0, 0, 4, 1000, SPREAD_MOST]
