"""The cards' pages: for caretakers and the office to keep, for residents to read."""

import re
from collections.abc import Mapping

from estate.database import Database
from estate.people.models import Person
from estate.places.models import Part
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.pictures import picture

House = tuple[Database, Estate, Who]
TAP = {
    "kind": "tap",
    "make": "Grohe",
    "model": "Eurosmart",
    "year": "2019",
    "room": "Køkken",
    "note": "",
}


def photo(name: str = "tap.jpg") -> Mapping[str, tuple[str, bytes, str]]:
    return {"photos": (name, picture(), "image/jpeg")}


def added(keeper: Neighbour, card: str, **more: str) -> int:
    """Write a tap down with a photo; returns its number."""
    answer = keeper.post(f"{card}/new", {**TAP, **more}, files=photo())
    assert answer.status_code == 303, answer.text
    found = re.findall(r'href="/desk/fittings/(\d+)"', keeper.get(card).text)
    return int(found[-1])


def test_a_caretaker_finds_a_home_and_writes_down_what_is_fitted(house: House) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    card = f"/desk/homes/{estate.homes['amina']}/card"
    assert card in caretaker.get("/desk/fittings?q=Lærkevej 8, 2").text
    number = added(caretaker, card)
    page = caretaker.get(card).text
    for said in ("Tap", "Grohe Eurosmart", "2019", "Køkken", "Caretaker wrote this down"):
        assert said in page
    small = caretaker.get(f"/desk/fittings/{number}/photos/1?w=480")
    assert small.headers["content-type"] == "image/webp"
    assert small.headers["cache-control"] == "private, no-cache"
    assert card in caretaker.get("/desk/fittings?q=grohe").text
    assert card not in caretaker.get("/desk/fittings?q=ruko").text


def test_a_change_is_told_with_what_stood_before_and_an_overtaken_one_is_asked_again(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    card = f"/desk/homes/{estate.homes['amina']}/card"
    number = added(caretaker, card)
    address = f"/desk/fittings/{number}"
    tick = re.search(r'name="remove" value="([^"]+)"', caretaker.get(address).text)
    assert tick
    sent = {**TAP, "make": "Oras", "version": "1", "remove": tick[1]}
    assert caretaker.post(address, sent).status_code == 303
    assert "Make before: Grohe" in caretaker.get(card).text
    assert caretaker.get(f"{address}/photos/1").status_code == 404
    late = browser("office").post(address, {**TAP, "make": "Mora", "version": "1"})
    assert late.status_code == 422
    assert "It says now: “Oras Eurosmart”" in late.text
    assert 'name="version" value="2"' in late.text
    assert caretaker.post(f"{address}/remove").status_code == 303
    assert caretaker.get(address).status_code == 404
    assert "took this off the card" in caretaker.get(card).text


def test_where_to_shut_off_is_written_down_and_residents_read_it(house: House) -> None:
    database, estate, browser = house
    card = f"/desk/homes/{estate.homes['amina']}/card"
    caretaker, amina = browser("caretaker"), browser("amina")
    assert "ask the caretaker to show you" in amina.get("/me/home").text
    sent = {"stopcock": "I køkkenskabet <b>", "fuse": "I entréen"}
    assert caretaker.post(card, sent).status_code == 303
    number = added(caretaker, card)
    for language, said in (("en", "Tap"), ("da", "Vandhane"), ("ar", "صنبور")):
        with database.write() as session:
            session.get_one(Person, estate.people["amina"]).language = language
        page = amina.get("/me/home").text
        for shown in ("I køkkenskabet &lt;b&gt;", "Grohe Eurosmart", said):
            assert shown in page
    assert "Caretaker" not in amina.get("/me/home").text
    assert amina.get(f"/me/home/{number}/photos/1").status_code == 200
    for other in ("yasmin", "sofie"):
        neighbour = browser(other)
        assert neighbour.get(f"/me/home/{number}/photos/1").status_code == 404
        assert "Grohe" not in neighbour.get("/me/home").text
    assert amina.get(card).status_code == 403
    assert amina.get(f"/desk/fittings/{number}/photos/1").status_code == 403
    assert browser("helper").get("/me/home").status_code == 403


def test_a_parts_page_leads_staff_to_its_card_and_nobody_else(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        session.add(
            Part(section_id=estate.section, number="E-1", code="lift", name="Lift", system="lift")
        )
    card = "/desk/parts/lift/card"
    assert card in browser("caretaker").get("/parts/lift").text
    assert card not in browser("amina").get("/parts/lift").text
    added(browser("office"), card, kind="motor", make="Løfteværk")
    assert card in browser("office").get("/desk/fittings?q=løfteværk motor").text


def test_hostile_values_are_asked_again_and_nothing_is_lost(house: House) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    card = f"/desk/homes/{estate.homes['amina']}/card"
    for wrong in (
        {"kind": "spaceship"},
        {"kind": ""},
        {"make": "x" * 81},
        {"note": "<script>" * 60},
        {"year": "-1"},
        {"year": "99999999999999999999"},
        {"year": "2019.5"},
    ):
        answer = caretaker.post(f"{card}/new", {**TAP, **wrong}, files=photo())
        assert answer.status_code == 422, wrong
        assert 'name="kept"' in answer.text  # the photo comes along
        assert "<script><script>" not in answer.text
    broken = {"photos": ("x.jpg", b"no picture", "image/jpeg")}
    assert caretaker.post(f"{card}/new", TAP, files=broken).status_code == 422
    assert caretaker.post(card, {"stopcock": "x" * 201}).status_code == 422
    assert caretaker.get("/desk/homes/99999999999999999999/card").status_code == 404
    assert caretaker.get("/desk/fittings?before=-1&q=%00%FF").status_code == 200
    assert caretaker.get(card).text.count("/desk/fittings/") == 0
