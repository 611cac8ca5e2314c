"""Every route as every role, and every post from everywhere: the answers follow from two tables.

What is expected is never written down per route. It follows from `allow` at the foot of the page
modules, from the table in `estate/permissions.py`, and from which examples a visitor may reach.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from httpx2 import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient

from estate.database import Database
from estate.permissions import RESIDENTS_DO
from estate.settings import Settings
from tests.house.cast import Cast, Visitor, gather
from tests.house.examples import ONLY_WITH_A_PROVIDER, PARAMETER
from tests.house.foreign import LATIN, loose_words
from tests.house.walk import (
    ALL_ROUTES,
    ROUTES,
    address,
    expected,
    facts_of,
    let_in,
    method_of,
    named,
    reached,
)
from web.app import create_app
from web.bidi import LRI, PDI
from web.catalogues import LOCALES
from web.visits import SESSION_COOKIE

HERE = "http://localhost:8000"
OWN = {"sec-fetch-site": "same-origin"}

POSTS = [route for route in ROUTES if method_of(route) == "POST"]


@dataclass
class Door:
    """The real application over a snapshot that can be put back."""

    client: TestClient
    cast: Cast
    watch: sqlite3.Connection
    snapshot: sqlite3.Connection
    untouched: int = -1

    def put_back(self) -> None:
        """Everything as it was, so that every try meets the same house."""
        if self.touched():
            self.snapshot.backup(self.watch)
            self.untouched = self.version()

    def touched(self) -> bool:
        """Whether anything at all was committed since it was put back."""
        return self.version() != self.untouched

    def version(self) -> int:
        """SQLite's own word for it: a number that any other connection's commit changes."""
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    def ask(
        self, route: Route, visitor: Visitor, headers: Mapping[str, str], *, absent: bool = False
    ) -> Response:
        """One request of one visitor, with an empty form where the route takes one."""
        sent = dict(headers)
        own = f"{SESSION_COOKIE}={visitor.token}" if visitor.token else ""
        cookies = [one for one in (sent.pop("cookie", ""), own) if one]
        if cookies:
            sent["cookie"] = "; ".join(cookies)
        self.client.cookies.clear()
        path = address(route, self.cast, absent=absent)
        return self.client.request(method_of(route), path, headers=sent, follow_redirects=False)


@pytest.fixture(scope="module")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    file = folder / "opgang.db"
    file.write_bytes(sqlite_template.read_bytes())
    settings = Settings(
        data=folder,
        database_url=f"sqlite:///{file}",
        secret="routes",
        demo=True,
        worker="apart",  # nobody but the visitors may write
    )
    database = Database(settings.database_url, origin="door")
    with database.write() as session:
        cast = gather(session, folder)
    watch = sqlite3.connect(file, check_same_thread=False)
    watch.execute("PRAGMA synchronous=OFF")
    snapshot = sqlite3.connect(":memory:", check_same_thread=False)
    watch.backup(snapshot)
    app = create_app(settings, database, demo=True)
    with TestClient(app, base_url=HERE, client=("127.0.0.1", 50000)) as client:
        yield Door(client, cast, watch, snapshot)
    watch.close()
    snapshot.close()
    database.close()


def walk(door: Door, route: Route, *, absent: bool) -> list[str]:
    """Everybody asks for one route; returns who got something else than the tables say."""
    wrong = []
    for visitor in door.cast.visitors:
        wanted = expected(route, visitor, reached=not absent and reached(route, door.cast, visitor))
        answer = door.ask(route, visitor, OWN, absent=absent)
        if facts_of(route).writes:
            door.put_back()
        if answer.status_code not in wanted:
            wrong.append(f"{visitor.name}: {answer.status_code}, not {sorted(wanted)}")
    return wrong


def test_every_route_is_a_page_the_socket_or_a_file() -> None:
    others = [route for route in ALL_ROUTES if not isinstance(route, Route)]
    assert [type(route) for route in others] == [WebSocketRoute, Mount]
    for route in ROUTES:
        facts_of(route)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_who_gets_in_follows_from_the_permissions_and_the_scope(door: Door, route: Route) -> None:
    assert walk(door, route, absent=False) == []


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if PARAMETER.search(route.path)], ids=named
)
def test_what_is_not_there_answers_as_what_is_not_ones_own(door: Door, route: Route) -> None:
    assert walk(door, route, absent=True) == []


ELSEWHERE: list[dict[str, str]] = [
    *({"sec-fetch-site": site} for site in ("cross-site", "same-site", "none", "", "Same-Origin")),
    *({"sec-fetch-site": site, "origin": HERE} for site in ("cross-site", "same-site", "none")),
    {"origin": "http://evil.example"},
    {"origin": "http://localhost:8001"},
    {"origin": "http://localhost:8000.evil.example"},
    {"origin": "http://localhost"},
    {"origin": "http://localhost:port"},
    {"origin": HERE.replace("http:", "https:")},
    {"origin": "null"},
    {"origin": ""},
    {},
]
AT_HOME: list[dict[str, str]] = [OWN, {"origin": HERE}, {**OWN, "origin": "null"}]


@pytest.mark.parametrize(
    "route", [route for route in POSTS if not facts_of(route).machine], ids=named
)
def test_a_post_counts_only_from_our_own_pages(door: Door, route: Route) -> None:
    visitors = let_in(route, door.cast)
    assert visitors or route.name in ONLY_WITH_A_PROVIDER, "Nobody of the cast may use this."
    visitor = (visitors or door.cast.visitors)[-1]
    door.put_back()
    for headers in ELSEWHERE:
        assert door.ask(route, visitor, headers).status_code == 403, headers
    assert not door.touched()
    wanted = expected(route, visitor, reached=reached(route, door.cast, visitor))
    for headers in AT_HOME:
        assert door.ask(route, visitor, headers).status_code in wanted, headers
        door.put_back()


@pytest.mark.parametrize("route", [r for r in ROUTES if facts_of(r).machine] or [None], ids=str)
def test_a_machines_route_asks_for_a_key_and_never_for_a_cookie(
    door: Door, route: Route | None
) -> None:
    if route is None:
        pytest.skip("There is no machine route yet.")
    for visitor in door.cast.visitors:
        for headers in ({}, OWN, {"authorization": "Bearer made-up"}):
            answer: Any = door.ask(route, visitor, headers)
            assert answer.status_code == facts_of(route).keyless, (visitor.name, headers)


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_the_wrong_method_is_refused_readably(door: Door, route: Route) -> None:
    method = "POST" if method_of(route) == "GET" else "GET"
    path = address(route, door.cast)
    if any(other.path_regex.match(path) for other in ROUTES if method_of(other) == method):
        return
    answer = door.client.request(method, path, headers=OWN)
    assert answer.status_code == 405
    readable = ("text/html", "application/json", "text/xml")
    assert answer.headers["content-type"].startswith(readable)


ARABIC = {**OWN, "cookie": "language=ar"}
FRAME = re.compile(r'<html lang="(\w+)" dir="(\w+)"')
IN_DANISH = re.compile(rf"{LRI}(?!\+?[\d ]+{PDI})[^{PDI}]*")
"""What is said in Danish because there is no Arabic; a phone number is kept in order likewise."""

PAGES = [route for route in ROUTES if method_of(route) == "GET" and not facts_of(route).machine]


@pytest.mark.parametrize("route", PAGES, ids=named)
def test_a_page_is_whole_in_arabic_or_whole_in_danish(door: Door, route: Route) -> None:
    residents = facts_of(route).allow in RESIDENTS_DO
    wrong = []
    for visitor in let_in(route, door.cast):
        answer = door.ask(route, visitor, ARABIC)
        if facts_of(route).writes:
            door.put_back()
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        frame = FRAME.search(answer.text)
        assert frame is not None, f"{visitor.name}: no language is said"
        wanted = ("ar", "rtl") if residents else ("da", "ltr")
        if (
            frame.groups() != wanted
            or answer.headers.get("content-language", wanted[0]) != wanted[0]
        ):
            wrong.append(f"{visitor.name}: {frame.groups()}, not {wanted}")
        wrong += [f"{visitor.name}: {said}" for said in IN_DANISH.findall(answer.text)]
    assert wrong == []


with (LOCALES / "ar/LC_MESSAGES/messages.po").open("rb") as po:
    LATIN_TOO = frozenset(LATIN.findall(str([one.string for one in pofile.read_po(po)])))
"""Names that stand in Latin letters in the Arabic sentences, too: `MitID`, `PDF`."""


@pytest.mark.parametrize(
    "route", [route for route in PAGES if facts_of(route).allow in RESIDENTS_DO], ids=named
)
def test_danish_words_in_an_arabic_page_say_so_or_are_kept_apart(door: Door, route: Route) -> None:
    inside = let_in(route, door.cast)
    for visitor in [one for one in inside if one.name in {"amina", "chair"}] or inside[-1:]:
        answer = door.ask(route, visitor, ARABIC)
        if facts_of(route).writes:
            door.put_back()
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert loose_words(answer.text, "ar", LATIN_TOO) == [], visitor.name


def test_somebody_refused_hears_it_in_their_own_language(door: Door) -> None:
    (desk,) = [route for route in ROUTES if route.path == "/desk/people"]
    resident = next(visitor for visitor in door.cast.visitors if visitor.name == "amina")
    answer = door.ask(desk, resident, ARABIC)
    assert answer.status_code == 403
    assert '<html lang="ar" dir="rtl"' in answer.text
