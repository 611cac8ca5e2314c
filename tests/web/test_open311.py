"""Open311 from outside: everything GeoReport v2 names, by hand and by a client of another's."""

import importlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from engagement.cases import actions
from engagement.cases.actions import Author, Words
from engagement.cases.models import Case, CasePrivate
from engagement.cases.queries import Desk
from engagement.cases.rules import Draft, Kind, Origin, Place, State
from engagement.categories.rules import COMPLAINT
from engagement.handling import actions as handling
from estate import clock
from estate.changes.actions import make_key
from estate.changes.models import ApiKey
from estate.database import Database
from estate.permissions import Permission, scope
from estate.photos.store import Store
from estate.places.models import Administration, Part
from estate.settings import Settings
from tests.builders import Estate, build_estate, reader
from tests.pictures import located, picture
from tests.serving import serving
from web.app import create_app

BASE = "/open311/v2"
REQUEST = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)
"""The fields of a request, in the order of the standard."""
SECRET = "Amina ved, hvor noeglen ligger"


@dataclass
class Door:
    client: TestClient
    database: Database
    estate: Estate
    key: str
    photos: Store

    def get(self, path: str, **query: str) -> Any:
        return self.client.get(f"{BASE}/{path}", params=query)

    def post(self, notation: str = "json", files: Any = None, **fields: Any) -> Any:
        sent = {
            "api_key": self.key,
            "service_code": "elevator",
            "attribute[trapped]": "no",
            "address_id": "lift",
            **fields,
        }
        path = f"{BASE}/requests.{notation}"
        return self.client.post(path, data=sent, files=files)

    def report(self, **fields: Any) -> str:
        answer = self.post(**fields)
        assert answer.status_code == 201, answer.text
        (told,) = answer.json()
        return str(told["service_request_id"])

    def write(self, **more: Any) -> str:
        """A fault as a resident reports it in the app; `more` stands in its row."""
        with self.database.write() as session:
            estate = self.estate
            place = Place(estate.section, estate.north, estate.building, estate.stairwell)
            draft = Draft(Kind.FAULT, SECRET, category="elevator", answers={"trapped": "no"})
            author = Author(Origin.APP, reporter=estate.people["amina"])
            case = actions.open_case(session, author, draft, place, clock.now(), clock.now())
            for name, value in more.items():
                setattr(case, name, value)
            return str(case.id)

    def answer(self, number: str, words: Words) -> None:
        """The caretaker answers."""
        with self.database.write() as session:
            caretaker = reader(session, self.estate.people["caretaker"])
            desk = Desk(
                scope(caretaker, Permission.HANDLE_CASES),
                scope(caretaker, Permission.HANDLE_COMPLAINTS),
            )
            handling.answer(session, desk, int(number), words, self.photos, clock.now())


@pytest.fixture
def door(database: Database, tmp_path: Path) -> Iterator[Door]:
    url = database.engine.url.render_as_string(hide_password=False)
    settings = Settings(data=tmp_path / "var", database_url=url, secret="test", worker="apart")
    with database.write() as session:
        estate = build_estate(session)
        key = make_key(session, estate.administration, "municipality")
        session.add(
            Part(
                section_id=estate.section,
                stairwell_id=estate.stairwell,
                number="E-1",
                code="lift",
                name="Elevator B",
                system="lift",
            )
        )
    with TestClient(create_app(settings, database), base_url="http://localhost:8000") as client:
        yield Door(client, database, estate, key, Store(settings.data / "photos"))


def described(answer: Any) -> list[str]:
    """What a JSON error list says."""
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    listed = answer.json()
    assert isinstance(listed, list)
    assert {tuple(one) for one in listed} == {("code", "description")}
    return [one["description"] for one in listed]


def test_services_are_a_bare_array_and_in_xml_a_list_of_service(door: Door) -> None:
    listed = door.get("services.json")
    assert listed.headers["content-type"] == "application/json; charset=utf-8"
    services = listed.json()
    assert {one["service_code"] for one in services} >= {"elevator", "common_light"}
    assert set(services[0]) == {
        "service_code",
        "service_name",
        "description",
        "metadata",
        "type",
        "keywords",
        "group",
    }
    xml = door.get("services.xml")
    assert xml.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(xml.content)  # noqa: S314 - our own
    assert root.tag == "services"
    assert [one.findtext("service_code") for one in root] == [
        one["service_code"] for one in services
    ]


def test_a_service_that_asks_more_says_what_in_one_object(door: Door) -> None:
    lift = door.get("services/elevator.json").json()
    assert lift["service_code"] == "elevator"
    assert set(lift["attributes"][0]) == {
        "variable",
        "code",
        "datatype",
        "required",
        "datatype_description",
        "order",
        "description",
        "values",
    }
    root = ElementTree.fromstring(door.get("services/elevator.xml").content)  # noqa: S314
    assert root.tag == "service_definition"
    assert root.find("attributes/attribute/values/value/key") is not None


def test_discovery_says_where_and_in_which_notations(door: Door) -> None:
    told = door.get("discovery.json").json()
    assert set(told) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = told["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == f"http://localhost:8000{BASE}"
    assert endpoint["type"] == "production"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    root = ElementTree.fromstring(door.get("discovery.xml").content)  # noqa: S314 - our own
    assert root.findtext("endpoints/endpoint/formats/format") == "text/xml"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services/nothing", 404),
        ("requests/99999", 404),
        ("tokens/99999", 404),
        ("nothing/at/all", 404),
        ("services", 404),
        ("requests", 400),
    ],
)
@pytest.mark.parametrize("notation", ["json", "xml"])
def test_what_is_wrong_is_a_list_in_the_notation_asked_for(
    door: Door, path: str, status: int, notation: str
) -> None:
    query = {"status": "lost"} if status == 400 else {"jurisdiction_id": "mars"}
    answer = door.get(f"{path}.{notation}", **query)
    assert answer.status_code == status
    if notation == "json":
        assert described(answer)
    else:
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
        assert [root.tag, root[0].tag, root.findtext("error/code")] == [
            "errors",
            "error",
            str(status),
        ]


@pytest.mark.parametrize("key", ["", "made up", "opg_" + "A" * 43])
def test_only_a_bad_key_is_403_and_nothing_is_filed(door: Door, key: str) -> None:
    answer = door.post(api_key=key, service_code="nothing")
    assert answer.status_code == 403
    assert "api_key" in described(answer)[0]
    with door.database.read() as session:
        assert session.scalars(select(Case.id)).all() == []


def test_a_good_key_hears_400_of_everything_else_at_once(door: Door) -> None:
    answer = door.post(address_id="", description="x" * 4001, media_url="ftp://x")
    assert answer.status_code == 400
    assert len(described(answer)) == 3
    assert door.post(service_code="").status_code == 400
    assert door.post(service_code="nothing").status_code == 404
    assert door.post(address_id="elsewhere").status_code == 400
    assert door.post(**{"attribute[trapped]": "maybe"}).status_code == 400
    broken = door.client.post(
        f"{BASE}/requests.json",
        content=b"broken",
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert broken.status_code in {400, 403}
    assert described(broken)


def test_a_report_gets_a_number_and_is_read_back_by_it(door: Door) -> None:
    number = door.report(
        description="Står stille på 2. sal", **{"attribute[trapped]": "no", "unknown": "x"}
    )
    (read,) = door.get(f"requests/{number}.json").json()
    assert read["service_request_id"] == number
    assert (read["status"], read["service_code"]) == ("open", "elevator")
    assert read["description"] == "Står stille på 2. sal"
    assert read["address"] == "Lærkevej 8"
    assert read["address_id"] == "lift"
    assert read["requested_datetime"].endswith("Z")
    assert (read["lat"], read["media_url"]) == (None, None)
    assert door.get(f"tokens/{number}.json").json() == [
        {"service_request_id": number, "token": number}
    ]
    listed = door.get("requests.json", service_request_id=f"{number},nothing").json()
    assert listed == [read]
    root = ElementTree.fromstring(door.get("requests.xml").content)  # noqa: S314 - our own
    assert root.tag == "service_requests"
    (request,) = root
    assert request.tag == "request"
    assert tuple(part.tag for part in request) == tuple(read) == REQUEST
    assert {part.tag: part.text for part in request} == read
    with door.database.read() as session:
        assert session.scalars(select(ApiKey.used_at)).one() is not None


def test_who_reported_is_written_down_for_staff_alone(door: Door) -> None:
    number = door.report(first_name="Amina", last_name="Holm", phone="12345678", email="a@b.org")
    with door.database.read() as session:
        private = session.scalars(select(CasePrivate.phone)).one()
    assert private == "Amina Holm, 12345678, a@b.org"
    for notation in ("json", "xml"):
        read = door.get(f"requests/{number}.{notation}").text
        assert not [part for part in ("Amina", "12345678", "a@b.org") if part in read]


def test_photos_come_along_without_their_place_and_are_handed_out(door: Door) -> None:
    files = [("media", ("a.jpg", located(), "image/jpeg")), ("media", ("b.png", picture("PNG")))]
    number = door.report(files=files)
    (read,) = door.get(f"requests/{number}.json").json()
    photo = door.client.get(read["media_url"])
    assert photo.headers["content-type"] == "image/webp"
    assert b"Telefonmager" not in photo.content
    bad = door.post(files={"media": ("x.jpg", b"no picture", "image/jpeg")})
    assert bad.status_code == 400
    assert "x.jpg" in described(bad)[0]


def test_a_place_may_be_an_address_and_only_of_ones_own_administration(door: Door) -> None:
    with door.database.write() as session:
        other = Administration(name="En anden")
        session.add(other)
        session.flush()
        stranger = make_key(session, other.id, "theirs")
    assert door.post(api_key=stranger).status_code == 400
    found = {
        address: door.post(address_id="", address_string=address)
        for address in ("laerkevej 8, 2100 København", "Lærkevej 8, Elevator B", "Månevej 1")
    }
    assert [answer.status_code for answer in found.values()] == [201, 201, 400]
    read = door.get("requests.json").json()
    assert {one["address_id"] for one in read} == {f"stairwell-{door.estate.stairwell}", "lift"}


def test_nothing_of_a_home_or_in_confidence_is_ever_readable(door: Door) -> None:
    home = door.estate.homes["amina"]
    hidden = [
        door.write(home_id=home),
        door.write(kind=Kind.MESSAGE),
        door.write(kind=Kind.COMPLAINT),
        door.write(home_id=home, origin=Origin.OPEN311),
        door.report(
            address_id="",
            address_string="Lærkevej 8, 2. tv.",
            service_code="tap_drip",
            **{"attribute[which]": "kitchen"},
        ),
    ]
    for number in hidden:
        assert door.get(f"requests/{number}.json").status_code == 404
        assert door.get(f"tokens/{number}.json").status_code == 404
        assert door.get(f"requests/{number}/photos/1").status_code == 404
    assert door.get("requests.json", service_request_id=",".join(hidden)).json() == []
    with door.database.read() as session:
        reported = session.get_one(Case, int(hidden[-1]))
        assert reported.household_id == door.estate.households["amina"]
    assert door.get("requests.json").json() == []


def test_of_what_a_resident_reports_the_world_reads_neither_words_nor_answer(door: Door) -> None:
    number = door.write(stairwell_id=door.estate.stairwell)
    door.answer(number, Words(SECRET))
    (read,) = door.get(f"requests/{number}.json").json()
    assert read["description"] == "Elevatoren virker ikke, Lærkevej 8"
    assert read["status_notes"] is None
    assert SECRET not in door.get("requests.xml").text


def test_of_what_came_by_open311_the_last_answer_is_its_status_notes(door: Door) -> None:
    number = door.report()
    door.answer(number, Words("Montøren er bestilt."))
    (read,) = door.get(f"requests/{number}.json").json()
    assert read["status_notes"] == "Montøren er bestilt."
    door.answer(number, Words(phrase="when_on_our_way"))
    (read,) = door.get(f"requests/{number}.json").json()
    assert read["status_notes"] not in {None, "Montøren er bestilt."}
    with door.database.write() as session:
        assert session.get_one(Case, int(number)).reporter_id is None


def test_what_cannot_be_there_is_no_service_of_that_place(door: Door) -> None:
    assert door.post(service_code="tap_drip").status_code == 400
    home = f"home-{door.estate.homes['amina']}"
    assert door.post(address_id=home).status_code == 400
    assert door.post(service_code=COMPLAINT).status_code == 404


def test_the_list_is_narrowed_by_status_service_time_organisation_and_page(door: Door) -> None:
    now = clock.now()
    old = door.write(received_at=now - timedelta(days=100))
    closed = door.write(state=State.CLOSED, closed_at=now)
    light = door.write(category="common_light")
    other = door.write(section_id=door.estate.other_section)

    def numbers(**query: str) -> set[str]:
        return {one["service_request_id"] for one in door.get("requests.json", **query).json()}

    assert numbers() == {closed, light, other}
    assert numbers(status="closed") == {closed}
    assert numbers(status="open,closed") == {closed, light, other}
    assert numbers(service_code="common_light,elevator", status="open") == {light, other}
    assert numbers(jurisdiction_id="S") == {other}
    assert numbers(jurisdiction_id="localhost", service_request_id=old) == {old}
    start = (now - timedelta(days=101)).isoformat()
    assert numbers(start_date=start, end_date=(now - timedelta(days=99)).isoformat()) == {old}
    pages = [numbers(page_size="1", page=str(page)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [1, 1, 1, 0]
    assert set().union(*pages) == {closed, light, other}


def test_a_client_of_anothers_lists_reports_with_a_photo_and_reads_back(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)  # it was written for Python 2
    three = importlib.import_module("three")
    url = door.database.engine.url.render_as_string(hide_password=False)
    with serving(tmp_path / "served", url, {}, worker="apart") as house:
        city = three.Three(f"{house.url}{BASE}", api_key=door.key)
        city.session.trust_env = False
        assert "elevator" in {one["service_code"] for one in city.services()}
        assert city.services("elevator")["service_code"] == "elevator"
        assert city.discovery()["endpoints"][0]["url"] == f"{house.url}{BASE}"
        photo = io.BytesIO(picture())
        (told,) = city.post(
            "elevator",
            address="Lærkevej 8",
            **{"attribute[trapped]": "no"},
            name="Amina Holm",
            email="amina@example.org",
            description="Står stille",
            media=("lift.jpg", photo, "image/jpeg"),
        )
        number = told["service_request_id"]
        (read,) = city.request(number)
        assert read["description"] == "Står stille"
        assert city.session.get(read["media_url"]).headers["content-type"] == "image/webp"
        assert city.requests(status="open", count=50) == [read]
        assert city.requests("common_light") == []
        assert city.token(number) == [{"service_request_id": number, "token": number}]
        city.api_key = "made up"
        assert city.post("elevator", address="Lærkevej 8")[0]["code"] == 403
        city.session.close()
