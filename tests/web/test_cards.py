"""The household card over HTTP: at the counter, at the door, under one's devices."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.people.models import Person
from estate.permissions import Role, ScopeKind
from estate.settings import Settings
from tests.browsers import Browser, browsers_of, sign_in
from tests.builders import Estate, add_person, build_estate, give_role

PIN = "4711"


@pytest.fixture
def house(database: Database, settings: Settings) -> Iterator[tuple[Database, Estate, Browser]]:
    """The application on both databases, and as many browsers as wanted, each elsewhere."""
    with database.write() as session:
        estate = build_estate(session)
        session.execute(update(Person).values(language="en"))
    numbers = itertools.count(1)
    with browsers_of(settings, database) as fresh:

        def browser(name: str = "", began: Beginning = Beginning.EMAIL) -> TestClient:
            client = fresh(f"192.0.2.{next(numbers)}", "en")
            if name:
                sign_in(client, database, estate.people[name], began)
            return client

        yield database, estate, browser


def card(estate: Estate, office: TestClient, name: str = "amina") -> str:
    """A card from the counter; returns its code."""
    path = f"/desk/people/{estate.households[name]}/people/{estate.people[name]}/card"
    paper = office.post(path)
    assert paper.status_code == 200
    assert paper.headers["cache-control"] == "no-store"
    (code,) = re.findall(r'class="code">([^<]+)<', paper.text)
    return code.replace("-", "")


def enter(client: TestClient, code: str, pin: str, **more: str) -> Any:
    typed = {"card": code, "pin": pin, "again": pin, "device": "own", **more}
    return client.post("/sign-in/card/pin", data=typed)


def test_a_card_is_printed_once_chosen_and_opens(house: Any) -> None:
    database, estate, browser = house
    office = browser("office")
    page = office.get(f"/desk/people/{estate.households['amina']}")
    assert "Print a card for Amina" in page.text
    code = card(estate, office)
    assert "no PIN chosen yet" in office.get(f"/desk/people/{estate.households['amina']}").text
    library = browser()
    typed = library.post("/sign-in/card", data={"card": f"{code[:4]} {code[4:].lower()}"})
    assert "Choose a PIN" in typed.text
    assert typed.headers["cache-control"] == "no-store"
    assert enter(library, code, "1234").status_code == 422
    assert enter(library, code, "47").status_code == 422
    slipped = enter(library, code, PIN, again="4712")
    assert slipped.status_code == 422
    assert 'id="f-again-problem"' in slipped.text
    inside = enter(library, code, PIN, next="/me/devices")
    assert inside.url.path == "/me/devices"
    assert "Signed in with the card" in inside.text
    square = browser().get(f"/sign-in/card/{code}")
    assert "Write your PIN" in square.text
    assert enter(browser(), code, "4712").status_code == 422
    assert enter(browser(), code, "47 11").url.path == "/"
    with database.read() as session:
        began = session.execute(select(SignInSession.began, SignInSession.begun_by_id)).all()
    assert began.count((Beginning.CARD, estate.people["office"])) == 2


@pytest.mark.parametrize(
    ("device", "seconds", "kept"),
    [
        ("own", 365 * 24 * 3600, "private, no-cache"),
        ("borrowed", 2 * 3600, "no-store"),
        ("", 2 * 3600, "no-store"),  # only Enter was pressed
    ],
)
def test_on_a_borrowed_device_one_is_signed_in_for_two_hours_and_nothing_stays(
    house: Any, device: str, seconds: int, kept: str
) -> None:
    database, estate, browser = house
    code, library = card(estate, browser("office")), browser()
    asked = library.get(f"/sign-in/card/{code}").text
    for words in ("Is this phone or computer your own?", "Yes, it is mine", "No, I am borrowing"):
        assert words in asked
    inside = enter(library, code, PIN, device=device)
    assert f"max-age={seconds}" in inside.history[0].headers["set-cookie"].lower()
    with database.read() as session:
        lasts = select(SignInSession.expires_at, SignInSession.began_at)
        (ends, began) = session.execute(lasts.order_by(SignInSession.id.desc())).first()
        assert (ends - began).total_seconds() == seconds
    assert inside.headers["cache-control"] == kept
    borrowed = device != "own"
    assert ("You are borrowing this device." in inside.text) is borrowed
    assert ('action="/sign-out"' in inside.text) is borrowed
    assert ("Turn on notifications" not in inside.text) is borrowed
    assert ("data-vapid" not in library.get("/me/notifications").text) is borrowed
    told = library.post("/me/devices/push", data={"endpoint": "https://push.example/1"})
    assert told.status_code == (403 if borrowed else 422)
    assert ('href="/me/devices/passkey"' not in library.get("/me/devices").text) is borrowed
    assert ("on a borrowed device" in library.get("/me/devices").text) is borrowed


def test_a_borrowed_device_is_given_no_passkey_though_the_card_is_said_to_be_ones_own(
    house: Any,
) -> None:
    _, estate, browser = house
    code = card(estate, browser("office"))
    enter(browser(), code, PIN)
    browser("amina").post("/me/devices/card/mine")
    for device, status in (("borrowed", 403), ("own", 200)):
        client = browser()
        enter(client, code, PIN, device=device)
        assert client.post("/me/devices/passkey/options").status_code == status


def test_a_new_card_signs_out_the_borrowed_devices_of_the_one_before(house: Any) -> None:
    _, estate, browser = house
    office, library = browser("office"), browser()
    enter(library, card(estate, office), PIN, device="borrowed")
    assert library.get("/me").status_code == 200
    card(estate, office)
    assert library.get("/me").status_code == 401


def test_a_card_bears_the_first_name_and_not_the_nickname_of_the_board(house: Any) -> None:
    database, estate, browser = house
    amina = Person.id == estate.people["amina"]
    with database.write() as session:
        session.execute(update(Person).where(amina).values(alias="The one with the dog"))
    office = browser("office")
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/card"
    paper = office.post(path).text
    assert "<bdi>Amina</bdi>" in paper
    assert "with the dog" not in paper
    (code,) = re.findall(r'class="code">([^<]+)<', paper)
    assert "Hello, <bdi>Amina</bdi>" in browser().get(f"/sign-in/card/{code.replace('-', '')}").text
    with database.write() as session:
        session.execute(update(Person).where(amina).values(protected=True))
    assert "Amina" not in office.post(path).text


def test_five_wrong_pins_lock_the_card_from_wherever_they_come(house: Any) -> None:
    _, estate, browser = house
    office = browser("office")
    code = card(estate, office)
    enter(browser(), code, PIN)
    for pin in ("0001", "0002", "0003", "0004"):
        assert enter(browser(), code, pin).status_code == 422
    locked = enter(browser(), code, "0005")
    assert locked.status_code == 409
    assert "The card is locked" in locked.text
    assert "Kontoret" in locked.text, "the office that makes a new one"
    assert enter(browser(), code, PIN).status_code == 409
    assert browser().get(f"/sign-in/card/{code}").status_code == 409
    assert "Locked on" in office.get(f"/desk/people/{estate.households['amina']}").text
    fresh = card(estate, office)
    assert browser().get(f"/sign-in/card/{code}").status_code == 404
    assert enter(browser(), fresh, "8260").url.path == "/"


def test_ten_wrong_codes_and_a_network_has_to_wait(house: Any) -> None:
    _, estate, browser = house
    code = card(estate, browser("office"))
    thief = browser()
    for number in range(10):
        answer = thief.post("/sign-in/card", data={"card": f"{number:012}"})
        assert answer.status_code == 422
    assert thief.post("/sign-in/card", data={"card": code}).status_code == 429
    assert thief.get(f"/sign-in/card/{code}").status_code == 429
    assert enter(thief, code, PIN).status_code == 429
    assert browser().get(f"/sign-in/card/{code}").status_code == 200


def test_without_a_code_the_page_says_so(house: Any) -> None:
    _, _, browser = house
    answer = browser().post("/sign-in/card", data={"card": " "})
    assert answer.status_code == 422
    assert 'id="f-card-problem"' in answer.text
    assert browser().get("/sign-in/card").status_code == 200
    assert "/sign-in/card" in browser().get("/sign-in").text


def test_a_card_is_no_link_and_a_link_is_no_card(house: Any) -> None:
    _, estate, browser = house
    office = browser("office")
    code = card(estate, office)
    assert browser().get(f"/sign-in/{code}").status_code == 404
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/link"
    found = re.search(r'class="handover-code">([^<]+)<', office.post(path).text)
    assert found is not None
    assert browser().get(f"/sign-in/card/{found[1].replace('-', '')}").status_code == 404


def test_twenty_cards_an_hour_are_enough_for_one_clerk(house: Any) -> None:
    _, estate, browser = house
    office = browser("office")
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/card"
    for _ in range(20):
        assert office.post(path).status_code == 200
    assert office.post(path).status_code == 429
    assert office.post(path.replace("card", "link")).status_code == 429


def test_only_the_office_makes_cards_and_for_nobody_who_works_here(house: Any) -> None:
    _, estate, browser = house
    path = f"/desk/people/{estate.households['amina']}/people/{estate.people['amina']}/card"
    for name in ("amina", "chair", "caretaker", "organisation"):
        assert browser(name).post(path).status_code == 403
    office = browser("office")
    for household, person in (("amina", "bent"), ("amina", "office")):
        numbers = (estate.households[household], estate.people[person])
        foreign = "/desk/people/{}/people/{}/card".format(*numbers)
        assert office.post(foreign).status_code == 404


def test_a_card_changes_nothing_until_it_is_said_to_be_ones_own(house: Any) -> None:
    _, estate, browser = house
    code = card(estate, browser("office"))
    library = browser()
    enter(library, code, PIN)
    assert "Until you have shown that it is you" in library.get("/me/devices").text
    for path in ("/me/devices/card/mine", "/me/devices/card/end", "/me/phone", "/me/email"):
        assert library.post(path, data={"phone": "20304050"}).status_code == 403
    home = browser("amina")
    devices = home.get("/me/devices")
    assert "The office made you a card on" in devices.text
    assert "The card is mine" in devices.text
    said = home.post("/me/devices/card/mine")
    assert "The card is mine" not in said.text
    assert enter(library, code, PIN).url.path == "/"
    assert library.get("/me/devices/passkey").status_code == 200
    assert "End the card" in library.get("/me/devices").text
    ended = library.post("/me/devices/card/end")
    assert "End the card" not in ended.text
    assert browser().get(f"/sign-in/card/{code}").status_code == 404


def test_a_letter_by_post_confirms_the_card_it_was_not_printed_by(house: Any) -> None:
    database, estate, browser = house
    with database.write() as session:
        colleague = add_person(session, "colleague").id
        give_role(session, colleague, Role.OFFICE, ScopeKind.OFFICE, estate.office)
        estate.people["colleague"] = colleague
    office = browser("office")
    paper = office.post(f"/desk/people/{estate.households['amina']}/letter")
    (letter,) = re.findall(r'class="code">([^<]+)<', paper.text)
    code = card(estate, office)
    library = browser()
    enter(library, code, PIN)
    by_the_same = library.post("/me/devices/confirm/letter", data={"letter": letter})
    assert by_the_same.status_code == 409, "one clerk made both"
    path = f"/desk/people/{estate.households['amina']}/letter"
    paper = browser("colleague").post(path, data={"confirmed": "yes"})
    (letter,) = re.findall(r'class="code">([^<]+)<', paper.text)
    enter(library, code, PIN)
    mine = library.post("/me/devices/confirm/letter", data={"letter": letter})
    assert mine.url.path == "/me/devices"
    elsewhere = browser()
    enter(elsewhere, code, PIN)
    assert elsewhere.get("/me/devices/passkey").status_code == 200
