"""A part's page, the list for staff, and labels that a camera can read."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from urllib.parse import urlencode

import pytest
import segno
import time_machine
from PIL import Image
from pyzbar.pyzbar import decode
from starlette.testclient import TestClient

from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.places.models import Office, OfficeHours, Part
from estate.settings import Settings
from tests.builders import Estate, build_estate
from web.app import create_app
from web.print import qr


@dataclass
class Site:
    client: TestClient
    database: Database
    estate: Estate

    def as_person(self, name: str) -> None:
        with self.database.write() as session:
            token = access.begin_session(
                session, self.estate.people[name], Beginning.PASSKEY, "Phone"
            )
        self.client.cookies.set("opgang", token)

    def text(self, address: str) -> str:
        answer = self.client.get(address, headers={"accept-language": "en"})
        assert answer.status_code == 200
        return answer.text


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Iterator[Site]:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        session.get_one(Office, estate.office).duty_phone = "70 20 30 40"
        session.add(OfficeHours(office_id=estate.office, weekday=0, opens=time(8), closes=time(12)))
        for number in range(60):
            session.add(
                Part(
                    section_id=estate.other_section if number % 10 == 0 else estate.section,
                    stairwell_id=estate.stairwell if number == 1 else None,
                    number=f"E-{number}",
                    code=f"label-{number:03}",
                    name=f"Lift {number}",
                    system="lift",
                    supplier="Liftfirmaet ApS",
                    closed_on=date(2025, 1, 1) if number == 2 else None,
                )
            )
    app = create_app(settings, sqlite_database)
    with TestClient(app, base_url="http://localhost:8000") as client:
        yield Site(client, sqlite_database, estate)


def test_whoever_reads_a_label_sees_the_place_and_whom_to_call(site: Site) -> None:
    with time_machine.travel("2026-11-23T10:00+01:00", tick=False):
        text = site.text("/parts/label-001")
    for shown in ("Lift 1", "Lærkevej 8", "Lærken", "Open until 12:00", "tel:70203040"):
        assert shown in text
    assert "Liftfirmaet" not in text
    assert "no longer in use" in site.text("/parts/label-002")
    assert site.client.get("/parts/label-999").status_code == 404


def test_staff_of_the_section_see_who_supplied_it_and_others_do_not(site: Site) -> None:
    site.as_person("caretaker")
    assert "Liftfirmaet" in site.text("/parts/label-001")
    site.as_person("amina")
    assert "Liftfirmaet" not in site.text("/parts/label-001")
    assert site.client.get("/desk/parts").status_code == 403


def test_the_list_pages_through_every_part_once(site: Site) -> None:
    site.as_person("office")
    found: list[str] = []
    address: str | None = "/desk/parts"
    while address:
        text = site.text(address)
        found += [part.split('"')[0] for part in text.split('href="/parts/')[1:]]
        more = text.split('href="/desk/parts?after=')
        address = f"/desk/parts?after={more[1].split(chr(34))[0]}" if len(more) > 1 else None
    assert found == [f"label-{number:03}" for number in range(60) if number != 2]
    narrowed = site.text(f"/desk/parts?section={site.estate.other_section}")
    assert narrowed.count('href="/parts/label-') == 6
    assert "/parts/label-001" not in narrowed


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("11", {11}),
        ("lift 1", {1}),
        ("LIFT e-7", {7}),
        ("elevator 12", {12}),
        ("lærkevej 8", {1}),
        ("liftfirmaet 5", {5}),
        ("vaskeri", set()),
        ("2", set()),
        ("%", set()),
    ],
)
def test_a_part_is_found_by_its_name_number_system_supplier_or_place(
    site: Site, words: str, found: set[int]
) -> None:
    site.as_person("caretaker")
    asked = urlencode({"q": words})
    text = site.text(f"/desk/parts?{asked}")
    assert {int(number) for number in re.findall(r'href="/parts/label-(\d+)"', text)} == found
    assert ('class="empty"' in text) is not bool(found)
    labels = site.text(f"/desk/parts/labels?{asked}")
    assert labels.count('class="label"') == len(found)


def test_a_search_goes_on_with_its_words_and_section(site: Site) -> None:
    site.as_person("office")
    asked = f"q=lift&section={site.estate.section}"
    text = site.text(f"/desk/parts?{asked}")
    (onward,) = re.findall(r'href="(/desk/parts\?[^"]*after=[^"]*)"', text)
    assert asked.replace("&", "&amp;") in onward
    rest = site.text(onward.replace("&amp;", "&"))
    assert re.findall(r'href="/parts/label-(\d+)"', rest) == ["057", "058", "059"]
    assert 'value="lift"' in rest


def test_labels_carry_an_address_that_a_camera_reads(site: Site) -> None:
    site.as_person("office")
    text = site.text("/desk/parts/labels")
    assert text.count('class="label"') == 59
    assert text.count('<ul class="sheet labels">') == 5
    address = "http://localhost:8000/parts/label-001"
    assert str(qr(address)) in text
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="png", scale=6)
    (read,) = decode(Image.open(picture))
    assert read.data.decode() == address
    assert " style=" not in text
