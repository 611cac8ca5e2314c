"""Whom to call: found while one types as the house finds it, and in a cellar without network."""

import io
import re
from datetime import time
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pyzbar.pyzbar import decode

from estate import clock
from estate.contacts.models import Contact
from estate.contacts.rules import KEPT_BY_OFFICE
from estate.language import LANGUAGES
from estate.permissions import Role, ScopeKind
from estate.places.models import Office, OfficeHours
from tests.announcements import announce
from tests.browser import phones
from tests.browser.phones import worker_ready
from tests.browser.watching import PageFor
from tests.builders import Estate, add_person, give_role
from tests.serving import Serving

AMINA = "key-amina"
TOPICS = "[data-topic]:not([hidden])"

QUESTIONS = (
    *("der kommer vand ned fra loftet", "min radiator er kold", "køkkenvasken er stoppet"),
    *("jeg har mistet min nøgle", "noeglerne", "naboen larmer om natten", "væggelus"),
    *("internettet virker ikke", "huslejen", "storskrald", "skimmelsvamp på badeværelset"),
    *("det brænder", "elevatoren", "toilettet løber", "rotter i kælderen", "min hund"),
    *("dryppende vandhane", "dryp", "kold radiator", "varme", "ingen varme", "intet vand"),
    *("vaskemaskine", "bil holder ulovligt", "rude", "hjælp", "elevator virker ikke"),
    *("kloakken lugter", "varmt vand mangler", "glat trappe", "ventilation", "min strøm er gået"),
    *("I lost my keys", "no water", "the neighbours are noisy", "mould in the bathroom"),
    *("الماء ينزل من السقف", "ضاع مفتاحي", "الإنترنت بطيء", "صراصير في المطبخ", "حريق"),
)


POINTS = "one => Math.round(parseFloat(getComputedStyle(one).fontSize) * 0.75)"
"""How large somebody's letters are."""


def answers(page: Page) -> list[str]:
    """The topics shown, in their order."""
    return [str(one.get_attribute("data-topic")) for one in page.locator(TOPICS).all()]


def type_in(page: Page, question: str) -> None:
    page.fill("[data-finder] input[type=search]", question)


def test_the_phone_finds_what_the_house_finds_and_in_its_order(page_for: PageFor) -> None:
    page, house = page_for("amina"), page_for("amina", java_script_enabled=False)
    page.goto("/contact")
    different = {}
    for question in QUESTIONS:
        house.goto(f"/contact?{urlencode({'q': question})}")
        type_in(page, question)
        found, wanted = answers(page), answers(house)
        if found != wanted or len(found) > 12:
            different[question] = (found[:4], wanted[:4])
    assert different == {}


def test_what_is_typed_filters_at_once_and_everything_comes_back(page_for: PageFor) -> None:
    page = page_for("amina")
    page.goto("/contact")
    everything = answers(page)
    assert page.locator("#help").is_visible()
    type_in(page, "nøgle")
    assert answers(page)[0] == "keys"
    assert page.locator(f"{TOPICS} details[open]").count() >= 1
    assert page.locator("#help").is_hidden()
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"^Svar: \d+$|^Ét svar\.$"))
    type_in(page, "qwertyuiop")
    assert answers(page) == []
    assert page.locator("[data-nothing]").is_visible()
    page.click("[data-show-all]")
    assert answers(page) == everything
    assert page.locator("[data-topics] [data-topic]").count() == 0
    assert page.locator("[data-group=house] [data-topic=keys]").count() == 1
    assert page.locator("[data-groups]").is_visible()
    assert page.locator(f"{TOPICS} summary").first.is_hidden()
    page.locator("[data-group=house] > details > summary").click()
    assert page.locator("[data-topic=keys] summary").is_visible()
    assert page.locator("[data-finder] input[type=search]").input_value() == ""


@pytest.mark.parametrize("java_script", [True, False])
def test_what_ones_own_home_is_told_of_stands_above_the_answers(
    page_for: PageFor, server: Serving, estate: Estate, java_script: bool
) -> None:
    with server.database.write() as session:
        announce(session, estate)
    page = page_for("amina", java_script_enabled=java_script)
    page.goto("/contact")
    notice = page.locator("[data-notice]")
    assert notice.is_hidden()
    for question, about in (("hvornår kommer vandet igen", True), ("elevator", False)):
        type_in(page, question)
        if not java_script:
            page.click("[data-finder] button[type=submit]")
        expect(notice).to_be_visible(visible=about)
        expect(page.locator("[data-told]")).to_be_visible(visible=about)
    if java_script:
        page.click("[data-show-all]")
        assert notice.is_hidden()


def test_below_what_can_wait_the_phone_asks_whether_it_is_worse(page_for: PageFor) -> None:
    page = page_for("amina")
    page.goto("/contact")
    type_in(page, "vandhanen drypper")
    assert answers(page)[:2] == ["tap", "ceiling_water"]
    name = page.locator("[data-topic=ceiling_water] .name")
    expect(name).to_have_text("Løber det ned fra loftet?")
    expect(page.locator("[data-topic=ceiling_water] details")).not_to_have_attribute("open", "")
    type_in(page, "vand fra loftet")
    expect(name).to_have_text("Vand kommer ned fra loftet")


@pytest.mark.parametrize("tag", ["da", "ar"])
def test_what_is_typed_never_lies_under_the_magnifier(page_for: PageFor, tag: str) -> None:
    page = page_for("amina", viewport={"width": 360, "height": 740})
    page.goto(f"/languages/{tag}")
    page.goto("/contact?q=rotter")
    field = page.locator("[data-finder] input[type=search]").bounding_box()
    button = page.locator("[data-finder] button").bounding_box()
    assert field is not None
    assert button is not None
    apart = field["x"] + field["width"] <= button["x"] + 1
    assert apart or button["x"] + button["width"] <= field["x"] + 1
    for number in page.locator(".button bdi").all():
        letters = "parseFloat(getComputedStyle(one).fontSize)"
        assert number.evaluate(f"one => one.offsetHeight / {letters}") < 2


def test_the_button_keeps_the_question_in_the_address_and_leads_to_the_answer(
    page_for: PageFor,
) -> None:
    page = page_for("amina")
    page.goto("/contact")
    type_in(page, "gas")
    page.keyboard.press("Enter")
    assert page.url.endswith("/contact?q=gas")
    assert page.evaluate("document.activeElement.closest('[data-topic]').dataset.topic") == "danger"
    page.reload()
    assert answers(page) == ["danger"]


def test_on_a_phone_contact_is_two_screens_and_the_search_is_on_the_first(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    crowd(server, estate, 3)
    page = page_for("amina", viewport={"width": 360, "height": 740})
    page.goto("/contact")
    order = ("#help .card", "#help a[href='tel:112']", "[data-finder] input", "[data-groups]")
    tops = [page.locator(one).first.bounding_box() for one in order]
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    field, groups = tops[2], tops[3]
    tabs = page.locator(".tabs").bounding_box()
    assert field
    assert groups
    assert tabs
    assert field["y"] + field["height"] <= tabs["y"]
    assert groups["y"] + groups["height"] <= 2 * 740
    pairs = page.locator("#help .pair")
    for buttons in (pair.locator(".button").all() for pair in pairs.all()):
        assert len({round(one.bounding_box()["y"]) for one in buttons}) == 1


def test_contact_is_there_without_network_though_never_opened(page_for: PageFor) -> None:
    page = page_for("amina")
    page.goto("/")
    worker_ready(page)
    page.goto("/board")
    phones.keeps(page, AMINA, "/contact")
    page.context.set_offline(True)
    page.goto("/contact")
    assert page.locator("[data-now]").first.is_hidden()
    assert page.locator("[data-not-now]").first.is_visible()
    type_in(page, "vand fra loftet")
    assert answers(page)[0] == "ceiling_water"
    assert page.locator(f"{TOPICS} a[href^='tel:']").first.is_visible()


@pytest.mark.parametrize("question", ["nøgle", "keys"])
def test_without_script_the_question_is_answered_by_the_house(
    page_for: PageFor, question: str
) -> None:
    page = page_for("amina", java_script_enabled=False)
    page.goto("/contact")
    type_in(page, question)
    page.click("[data-finder] button[type=submit]")
    assert answers(page)[0] == "keys"
    assert len(answers(page)) < 8


def crowd(server: Serving, estate: Estate, most: int | None = None) -> None:
    """Everything that a sheet could have to say: a board of seven, everybody written down.

    `most` are how many of each, where fewer.
    """
    with server.database.write() as session:
        office = session.get_one(Office, estate.office)
        office.address, office.duty_phone = "Lærkevej 2, kælderen, 4999 Lindeby", "+45 70 20 30 40"
        office.email = "kontoret@lindegaarden.example"
        for day in range(5):
            for opens, closes in ((time(8), time(12)), (time(15), time(17, 30))):
                session.add(
                    OfficeHours(office_id=office.id, weekday=day, opens=opens, closes=closes)
                )
        for name in ("birthe", "ole", "sahra", "mohammed", "karen", "jens")[:most]:
            person = add_person(session, name).id
            give_role(session, person, Role.BOARD, ScopeKind.SECTION, estate.section)
        for who in KEPT_BY_OFFICE[:most]:
            session.add(
                Contact(
                    organisation_id=estate.north,
                    who=who,
                    name=f"Lindeby Forsyning, {who.value}",
                    phone="+45 12 34 56 78",
                    email="kundeservice@forsyning.example",
                    changed_at=clock.now(),
                )
            )


@pytest.mark.parametrize("most", [None, 3], ids=["a crowd", "a few"])
def test_the_sheet_for_the_stairwell_is_one_page_and_its_square_leads_back(
    page_for: PageFor, server: Serving, estate: Estate, most: int | None
) -> None:
    crowd(server, estate, most)
    page = page_for("caretaker", viewport={"width": 1000, "height": 1300})
    for tag in LANGUAGES:
        page.goto(f"/languages/{tag}")
        page.goto("/contact/sheet")
        sheet = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
        assert len(sheet.pages) == 1, tag
        letters = page.locator(".numbers dt").first.evaluate(POINTS)
        assert letters >= (10 if most is None else 12), "It hangs on a wall."
        text = sheet.pages[0].extract_text()
        assert "112" in text
        assert "+45 70 20 30 40" in text
    square = Image.open(io.BytesIO(page.locator(".back .qr").screenshot()))
    (read,) = decode(square)
    assert read.data.decode() == f"{server.url}/contact"
