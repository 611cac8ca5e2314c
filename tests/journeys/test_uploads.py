"""Photos that are none, too large or too many, before a process of the house itself."""

import http.client
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import sqlalchemy as sa

from engagement.cases.models import Case, CaseEntry
from engagement.tasks import actions as tasks
from engagement.tasks.models import TaskEntry
from engagement.tasks.rules import Draft, Kind, Place
from estate import clock, schema
from estate.access import actions as access
from estate.access.models import Beginning
from estate.changes.actions import make_key
from estate.database import Database
from estate.photos.models import Photo
from estate.photos.store import Store
from tests.builders import Estate, build_estate
from tests.counts import LONG
from tests.house import case_things
from tests.journeys.processes import House
from tests.pictures import DRAWING, bomb, moving, picture
from web.protocol import BODY_LEFT_BEHIND
from web.routing import PHOTO_BODY
from web.visits import SESSION_COOKIE

BAD = {
    "truncated": picture("JPEG", (800, 600))[:-3000],
    "renamed PDF": b"%PDF-1.7\n" + b"0" * 5000,
    "renamed page": b"<!doctype html><script>alert(1)</script>",
    "renamed archive": b"PK\x03\x04" + b"\x00" * 3000,
    "30,000 x 30,000": bomb(),
    "SVG in JPEG": b"\xff\xd8\xff\xe0" + DRAWING,
    "SVG": DRAWING,
    "zeros": b"\x00" * 50_000,
}
MEGABYTE = 1024 * 1024
GROWTH = 400 * MEGABYTE
"""What the process may hold more at its worst: a few photos of many megapixels, decoded."""


@dataclass
class Yard:
    """A running house with a fault, a task and a key, and everybody's cookie."""

    house: House
    database: Database
    cookies: dict[str, str]
    doors: dict[str, tuple[str, str, str, dict[str, str]]]

    def client(self, who: str) -> httpx2.Client:
        """Somebody's phone."""
        headers = {"Cookie": self.cookies[who], "Origin": self.house.url}
        return httpx2.Client(base_url=self.house.url, headers=headers, timeout=120)

    def counts(self) -> tuple[int, ...]:
        """How much there is of all that an upload could leave behind."""
        with self.database.read() as session:
            return tuple(
                session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in (Case, CaseEntry, TaskEntry, Photo)
            )

    def peak(self) -> int:
        """The most memory its process has held, in bytes."""
        assert self.house.process is not None
        status = Path(f"/proc/{self.house.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) * 1024


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    folder = tmp_path_factory.mktemp("yard")
    url = f"sqlite:///{folder / 'opgang.db'}"
    schema.upgrade(url)
    database = Database(url, origin="builder")
    with database.write() as session:
        estate = build_estate(session)
        cookies = {}
        for name in ("amina", "caretaker"):
            token = access.begin_session(session, estate.people[name], Beginning.PASSKEY, "Phone")
            cookies[name] = f"{SESSION_COOKIE}={token}"
        case = case_things.report(session, estate, Store(folder / "photos"))["case"]
        place = Place(estate.section)
        task = tasks.open_task(session, Draft(Kind.AD_HOC, "Fej", "cleaning"), place, clock.now())
        key = make_key(session, estate.administration, "phone app")
    with House(folder, url, OPGANG_WORKER="apart") as house:
        yield Yard(house, database, cookies, _doors(estate, case, task, key))
    database.close()


def _doors(
    estate: Estate, case: object, task: int, key: str
) -> dict[str, tuple[str, str, str, dict[str, str]]]:
    """Wherever photos come in: by whom, the address, the field, and words that are good."""
    drips = {
        "category": "tap_drip",
        "place": f"home:{estate.homes['amina']}",
        "q-tap_drip-which": "kitchen",
        "text": "Den drypper.",
    }
    lift = {
        "api_key": key,
        "service_code": "common_light",
        "address_id": f"stairwell-{estate.stairwell}",
    }
    return {
        "fault": ("amina", "/faults/new", "photos", drips),
        "message": ("amina", "/messages/new", "photos", {"text": "Hej", "place": drips["place"]}),
        "line": ("amina", f"/faults/{case}/write", "photos", {"text": "Se her."}),
        "answer": ("caretaker", f"/desk/faults/{case}/answer", "photos", {"text": "Vi kommer."}),
        "task": ("caretaker", f"/desk/tasks/{task}/note", "photos", {"note": "Der lå glas."}),
        "open311": ("amina", "/open311/v2/requests.json", "media", lift),
    }


def as_a_phone(door: str, name: str) -> dict[str, str]:
    """The headers of an outbox, by a number of its own for each try."""
    number = re.sub(r"\W", "-", f"upload-{door}-{name}")
    return {"Accept": "application/json", "Opgang-Submission": number}


DOORS = ("fault", "message", "line", "answer", "task", "open311")


@pytest.mark.parametrize("door", DOORS)
def test_a_photo_that_is_none_is_answered_and_nothing_of_it_stays(yard: Yard, door: str) -> None:
    who, path, field, words = yard.doors[door]
    before = yard.counts()
    with yard.client(who) as client:
        for name, data in BAD.items():
            files = [(field, ("a.jpg", data, "image/jpeg"))]
            answer = client.post(path, data=words, files=files, headers=as_a_phone(door, name))
            assert answer.status_code in {400, 422}, (name, answer.status_code, answer.text[:300])
            assert len(answer.text) > 20, name
        assert yard.counts() == before
        good = [(field, ("a.jpg", one, "image/jpeg")) for one in (picture(), moving("GIF"))]
        answer = client.post(path, data=words, files=good, headers=as_a_phone(door, "good"))
        assert answer.status_code in {200, 201, 303}, answer.text[:300]
    assert yard.counts()[-1] == before[-1] + 2


@pytest.mark.parametrize("door", ["fault", "open311"])
@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
def test_half_a_gigabyte_is_refused_before_it_is_all_here(
    yard: Yard, door: str, told: bool
) -> None:
    who, path, field, _ = yard.doors[door]
    size = 500 * MEGABYTE
    head = (
        f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    ).encode()
    before, memory = yard.counts(), yard.peak()
    connection = http.client.HTTPConnection("localhost", yard.house.port, timeout=60)
    connection.putrequest("POST", path)
    connection.putheader("Cookie", yard.cookies[who])
    connection.putheader("Origin", yard.house.url)
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    if told:
        connection.putheader("Content-Length", str(size))
    else:
        connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    sent = 0
    try:
        piece = head + bytes(MEGABYTE - len(head))
        while sent < size:
            framed = piece if told else b"%x\r\n%b\r\n" % (len(piece), piece)
            connection.send(framed)
            sent += len(piece)
            piece = bytes(MEGABYTE)
    except OSError:
        pass
    # What may come, what a phone is let finish so that it hears why, and what lay in between.
    assert sent < PHOTO_BODY + BODY_LEFT_BEHIND + 8 * MEGABYTE
    try:
        status = connection.getresponse().status
    except OSError:
        status = 413  # it hung up on what was still being sent
    assert status == 413
    connection.close()
    assert yard.counts() == before
    assert yard.peak() - memory < 150 * MEGABYTE


def test_a_flood_of_photos_leaves_room_for_others_and_a_bound_to_memory(yard: Yard) -> None:
    """Many at once, each with bombs and large photos; somebody reads a page meanwhile."""
    who, path, field, words = yard.doors["fault"]
    large = picture("JPEG", (4000, 3000), quality=70)
    with yard.client(who) as client:
        client.get("/faults").raise_for_status()
        memory = yard.peak()
        stop = threading.Event()
        read: list[int] = []

        def reads() -> None:
            while not stop.is_set():
                read.append(client.get("/faults").status_code)

        def floods(number: int) -> int:
            photos = [large, bomb() if number % 2 else large, large]
            files = [(field, (f"{n}.jpg", one, "image/jpeg")) for n, one in enumerate(photos)]
            with yard.client(who) as phone:
                return phone.post(path, data=words, files=files).status_code

        with ThreadPoolExecutor(9) as pool:
            reader = pool.submit(reads)
            said = list(pool.map(floods, range(48 if LONG else 12)))
            stop.set()
            reader.result()
    assert set(said) <= {303, 422, 429, 503}
    assert set(read) == {200}
    assert yard.peak() - memory < GROWTH, yard.peak() - memory


def test_forty_photos_in_one_form_are_refused_by_their_number(yard: Yard) -> None:
    who, path, field, words = yard.doors["fault"]
    before = yard.counts()
    files = [(field, (f"{n}.jpg", picture(), "image/jpeg")) for n in range(40)]
    with yard.client(who) as client:
        answer = client.post(path, data=words, files=files)
    assert answer.status_code in {400, 422}
    assert yard.counts() == before
