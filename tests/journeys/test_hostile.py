"""Input nobody polite sends, to every route, on both databases: refused readably, never a bug."""

import json
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa
from PIL import Image
from starlette.routing import Route

from engagement.board.models import Post
from estate.database import Database
from estate.photos.models import Photo
from estate.settings import Settings
from tests.builders import Estate, build_estate
from tests.counts import LONG
from tests.house.cast import Cast, Visitor, gather
from tests.house.examples import PARAMETER
from tests.house.walk import ROUTES, address, let_in, method_of, named
from tests.pictures import DRAWING, bomb, located, moving, picture
from tests.serving import Serving, serving
from web.visits import SESSION_COOKIE

REFUSALS = {400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 422, 429, 431}
FINE = {200, 201, 204, 303}

NASTY = (
    *("\x00", "a\x00b", "\ud83d", "￿", "\u202e<b>", "'; DROP TABLE post; --", "%00", "%", "{x}"),
    *("-1", "0", "1e9", "9" * 18, "9" * 40, "٣", "1 OR 1=1", "../../etc/passwd", "//evil.example"),
    *("NaN", "Infinity", "2026-02-30", "9999-12-31", "0001-01-01", "24:00", "x" * 20_000),
)
FIELDS = (
    *("q", "before", "after", "kind", "to", "title", "text", "until", "starts_day", "starts_at"),
    *("ends_at", "next", "email", "code", "letter", "name", "why", "reason", "decision", "days"),
    *("version", "member", "household", "stairwell", "section", "comment", "thread", "language"),
    *("given_name", "family_name", "opened", "credential", "quiet_from", "quiet_until", "w"),
    *("phone", "card", "pin", "by"),
    *("since", "limit", "mine", "unread", "coming", "endpoint", "p256dh", "auth", "digest", "tag"),
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def door(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Serving, Cast]]:
    folder = tmp_path_factory.mktemp("hostile")
    url: str = request.getfixturevalue(f"{request.param}_module_url")
    database = Database(url, origin="cast")
    with database.write() as session:
        cast = gather(session, folder)
    database.close()
    with serving(folder, url, cast.estate.people, demo=True, worker="apart") as running:
        yield running, cast


def printable(text: str) -> str:
    """As a browser would send it: a lone surrogate cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def cookie_of(house: Serving, visitor: Visitor) -> str:
    """A session of one's own for each test: some of the routes end it."""
    if visitor.reader is None:
        return ""
    return f"{SESSION_COOKIE}={house.token(visitor.reader.id)}"


def asking(route: Route, cast: Cast) -> Visitor:
    """The last who may; not the helper, whose task an earlier request may have ended."""
    lasting = [visitor for visitor in let_in(route, cast) if visitor.name != "helper"]
    return (lasting or list(cast.visitors))[-1]


def tried(route: Route, house: Serving) -> tuple[str, ...]:
    """In the long run everything; else half on the one database and half on the other."""
    if LONG:
        return NASTY
    turn = zlib.crc32(route.path.encode()) + house.settings.database_url.startswith("sqlite")
    return NASTY[turn % 2 :: 2]


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_nothing_typed_is_a_bug(door: tuple[Serving, Cast], route: Route) -> None:
    house, cast = door
    visitor = asking(route, cast)
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": cookie_of(house, visitor)}
    method, path = method_of(route), address(route, cast)
    found = []
    with httpx2.Client(base_url=house.url, headers=headers) as client:
        for value in tried(route, house):
            # One at a time would be thousands of requests; a bug in any field shows in all.
            fields = dict.fromkeys(FIELDS, printable(value)[: 900 if method == "GET" else None])
            if method == "GET":
                answer = client.get(path, params=fields)
            else:
                sent = {**fields, "submission": secrets.token_urlsafe(12)}
                answer = client.post(path, data=sent)
            if answer.status_code not in REFUSALS | FINE:
                found.append(f"{value[:20]!r}: {answer.status_code}")
        if method == "POST":
            half = json.dumps(dict.fromkeys([*FIELDS, "\ud800"], "\ud800")).encode()
            typed = {"Content-Type": "application/json"}
            answer = client.post(path, content=half, headers=typed)
            if answer.status_code not in REFUSALS | FINE:
                found.append(f"half a character: {answer.status_code}")
    assert found == []


@pytest.mark.parametrize("route", [r for r in ROUTES if PARAMETER.search(r.path)], ids=named)
def test_no_number_in_an_address_is_a_bug(door: tuple[Serving, Cast], route: Route) -> None:
    house, cast = door
    visitor = asking(route, cast)
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": cookie_of(house, visitor)}
    with httpx2.Client(base_url=house.url, headers=headers) as client:
        for number in (0, 2**31, 2**63 - 1, 2**63, 10**40, "%00"):
            path = PARAMETER.sub(str(number), route.path)
            answer = client.request(method_of(route), path)
            assert answer.status_code in {303, 401, 403, 404, 429}, (number, answer.status_code)


@pytest.fixture
def board(database_url: str, tmp_path: Path) -> Iterator[tuple[Serving, Estate, httpx2.Client]]:
    """A house of this test's own, and amina's browser."""
    database = Database(database_url, origin="builder")
    with database.write() as session:
        estate = build_estate(session)
    database.close()
    with serving(tmp_path, database_url, estate.people, worker="apart") as house:
        cookie = house.cookie("amina")
        headers = {"Origin": house.url, "Cookie": f"{cookie['name']}={cookie['value']}"}
        with httpx2.Client(base_url=house.url, headers=headers, timeout=60) as client:
            yield house, estate, client


def draft(estate: Estate) -> dict[str, str]:
    words = {"kind": "give", "title": "Sofa", "text": "Hentes i dag."}
    return {**words, "to": f"section:{estate.section}"}


def send(
    client: httpx2.Client, path: str, number: str, *photos: bytes, **fields: str
) -> httpx2.Response:
    """As the phone's outbox sends it."""
    files = [("photos", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(photos)]
    headers = {"Opgang-Submission": number}
    return client.post(path, data=fields, files=files or None, headers=headers)


@pytest.mark.parametrize(
    "photo",
    [b"", DRAWING, bomb(), picture("JPEG")[:-300], b"\x00" * 5000, b"GIF89a" + b"\xff" * 3000],
    ids=["empty", "drawing", "bomb", "truncated", "zeros", "broken"],
)
def test_a_photo_that_is_none_keeps_the_words_and_says_why(
    board: tuple[Serving, Estate, httpx2.Client], photo: bytes
) -> None:
    house, estate, client = board
    answer = send(client, "/board/new", "photo-that-is-none", photo, **draft(estate))
    if photo:
        assert answer.status_code == 422
        assert set(answer.json()["problems"]) == {"photos"}
    with house.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Photo)) == 0
    # The same id is free for the same words without the photo.
    assert send(client, "/board/new", "photo-that-is-none-2", **draft(estate)).status_code == 201


def test_a_photos_place_is_gone_and_an_animation_stands_still(
    board: tuple[Serving, Estate, httpx2.Client], tmp_path: Path
) -> None:
    _, estate, client = board
    answer = send(client, "/board/new", "with-photos", located(), moving("GIF"), **draft(estate))
    where = answer.json()["address"]
    for number in (1, 2):
        kept = client.get(f"{where}/photos/{number}")
        assert kept.headers["content-type"] == "image/webp"
        (tmp_path / "kept.webp").write_bytes(kept.content)
        with Image.open(tmp_path / "kept.webp") as image:
            assert dict(image.getexif()) == {}
            assert getattr(image, "n_frames", 1) == 1


def test_a_fourth_photo_and_too_large_a_body_are_refused(
    board: tuple[Serving, Estate, httpx2.Client],
) -> None:
    _, estate, client = board
    four = send(client, "/board/new", "four-photos", *[picture()] * 4, **draft(estate))
    assert four.status_code in {400, 422}
    huge = send(client, "/board/new", "huge-body", b"\xff\xd8" + bytes(41_000_000), **draft(estate))
    assert huge.status_code == 413
    assert json.loads(huge.text)["error"]


def test_sent_again_out_of_order_and_under_another_name_it_is_once(
    board: tuple[Serving, Estate, httpx2.Client],
) -> None:
    house, estate, client = board
    early = send(client, "/board/1/comments", "answer-before-its-post", text="Er den her endnu?")
    assert early.status_code == 404
    photo = picture()
    first = send(client, "/board/new", "the-same-post", photo, **draft(estate))
    where = first.json()["address"]
    again = [send(client, "/board/new", "the-same-post", photo, **draft(estate)) for _ in range(3)]
    assert {answer.json()["address"] for answer in again} == {where}
    other = send(client, "/board/new", "the-same-post", **{**draft(estate), "title": "Stol"})
    assert other.status_code == 409
    client.post(f"{where}/withdraw")
    late = send(client, f"{where}/comments", "a-late-comment", text="Er den her endnu?")
    assert late.status_code == 409
    with house.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Post)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Photo)) == 1


def test_settings_that_are_wrong_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="OPGANG_BASE_URL must begin with"):
        Settings(base_url="opgang.example")
