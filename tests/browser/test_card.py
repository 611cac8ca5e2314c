"""Coming in without e-mail: a resident of 78 with a card and a PIN, and a code by SMS."""

import io
import re
import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser import phones
from tests.browser.watching import DESKTOP, PageFor
from tests.serving import Serving

HERE = Path(__file__).parent
AXE = HERE.parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
LOOKING = (HERE / "looking.js").read_text()
LARGE = "document.documentElement.style.fontSize = '200%'"
WITHIN = 20.0


def ask(page: Page, question: str) -> list[str]:
    """One of the questions of looking.js."""
    page.evaluate(f"window.opgangLooking = window.opgangLooking || {LOOKING}")
    found: list[str] = page.evaluate(f"window.opgangLooking.{question}()")
    return found


def nothing_lost(page: Page) -> None:
    """With letters twice as large, everything is there, and nothing lies over another."""
    page.evaluate(LARGE)
    assert ask(page, "lost") == []
    assert ask(page, "covered") == []


def looks_well(page: Page) -> None:
    """Nothing is lost with large letters, and axe, whose answer needs scripts, is content."""
    nothing_lost(page)
    if AXE.exists():
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [one["id"] for one in result["violations"] if one["impact"] != "minor"]
        assert serious == []


def card_from_the_counter(page_for: PageFor) -> Page:
    """The office finds the household and prints a card for Amina."""
    page = page_for("office", viewport=DESKTOP, device_scale_factor=2)
    page.goto("/desk/people?q=amina")
    page.locator(".rows a").first.click()
    page.locator('form[action*="/card"] button').first.click()
    page.wait_for_load_state()
    return page


def test_a_resident_of_78_comes_in_with_a_card_and_a_pin(page_for: PageFor) -> None:
    paper = card_from_the_counter(page_for)
    code = paper.locator(".cut-out .code").inner_text()
    tablet = page_for()
    tablet.goto("/")
    looks_well(tablet)
    tablet.get_by_role("link", name="Jeg har et kort fra kontoret").click()
    looks_well(tablet)
    tablet.get_by_label("Koden på dit kort").fill(code.lower().replace("-", " "))
    tablet.get_by_role("button", name="Videre").click()
    expect(tablet.locator("h1")).to_have_text("Hej, Amina. Vælg en pinkode")
    looks_well(tablet)
    tablet.get_by_label("Din nye pinkode").fill("1234")
    tablet.get_by_role("button", name="Ja, den er min").click()
    expect(tablet.locator("[data-errors]")).to_contain_text("let at gætte")
    looks_well(tablet)
    tablet.get_by_label("Din nye pinkode").fill("4711")
    tablet.get_by_label("Skriv den én gang til").fill("4711")
    tablet.get_by_role("button", name="Ja, den er min").click()
    tablet.wait_for_url(re.compile(r"/$"))
    looks_well(tablet)
    tablet.goto("/board")
    expect(tablet.locator("main")).to_be_visible()
    tablet.goto("/me/devices")
    expect(tablet.locator("#devices")).to_contain_text("Husstandskort")
    looks_well(tablet)
    tablet.goto("/me")
    tablet.get_by_role("button", name="Log ud").click()
    tablet.wait_for_url("**/sign-in")
    library = page_for(java_script_enabled=False)
    library.goto("/sign-in/card")
    library.fill("[name=card]", code)
    library.click("main form button")
    expect(library.locator("h1")).to_have_text("Hej, Amina. Skriv din pinkode")
    nothing_lost(library)
    library.fill("[name=pin]", "4711")
    library.get_by_role("button", name="Nej, jeg låner den").click()
    library.wait_for_url(re.compile(r"/$"))
    nothing_lost(library)
    library.goto("/board")
    library.locator("main").get_by_role("button", name="Log ud").click()
    library.wait_for_url("**/sign-in")


def test_a_borrowed_device_keeps_no_page(page_for: PageFor) -> None:
    code = card_from_the_counter(page_for).locator(".cut-out .code").inner_text().replace("-", "")
    phones_in_use = []
    for answer in ("Nej, jeg låner den", "Ja, den er min"):
        phone = page_for()
        phone.goto(f"/sign-in/card/{code}")
        for field in phone.locator("[name=pin], [name=again]").all():
            field.fill("4711")
        phone.get_by_role("button", name=answer).click()
        phone.wait_for_url(re.compile(r"/$"))
        phones.worker_ready(phone)
        phone.goto("/board")
        phone.goto("/papers")
        phones_in_use.append(phone)
    library, own = phones_in_use
    phones.keeps(own, "key-amina", "/board")
    assert phones.kept_pages(library) == []


def test_the_card_is_one_sheet_of_a4_and_its_square_asks_for_the_pin(
    page_for: PageFor, server: Serving
) -> None:
    zbar = pytest.importorskip(
        "pyzbar.pyzbar", reason="zbar is not installed: apt-get install libzbar0"
    )
    page = card_from_the_counter(page_for)
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert len(paper.pages) == 1
    code = page.locator(".cut-out .code").inner_text()
    text = " ".join(paper.pages[0].extract_text().split())
    assert code in text
    assert "Dit kort til Opgang" in text
    assert "Skriv den aldrig på kortet" in text
    drawn = Image.open(io.BytesIO(page.locator(".cut-out .qr").screenshot()))
    (read,) = zbar.decode(drawn)
    address = read.data.decode()
    assert address == f"{server.settings.base_url}/sign-in/card/{code.replace('-', '')}"
    phone = page_for()
    phone.goto(address)
    expect(phone.locator("h1")).to_contain_text("Vælg en pinkode")


def texts(server: Serving) -> list[str]:
    """What lies in the folder of SMS that have nowhere to go."""
    return [file.read_text() for file in sorted((server.settings.data / "outbox").glob("*.sms"))]


def sms(page: Page, server: Serving, count: int) -> str:
    """The newest of so many SMS, once the worker has written it."""
    deadline = time.monotonic() + WITHIN
    while len(texts(server)) < count:
        assert time.monotonic() < deadline, "No SMS came."
        page.wait_for_timeout(100)
    return texts(server)[-1]


def code_of(text: str) -> str:
    """The digits, as the last line has them for the phone."""
    found = re.fullmatch(r"@localhost #(\d{6})", text.strip().splitlines()[-1])
    assert found is not None
    assert text.split("\n\n")[1].startswith(f"{found[1]} er din kode til Opgang.")
    return found[1]


def test_a_code_by_sms_lets_in_on_a_new_phone(page_for: PageFor, server: Serving) -> None:
    own = page_for("amina")
    own.goto("/me")
    own.get_by_role("link", name="Telefon", exact=False).first.click()
    looks_well(own)
    own.get_by_label("Dit telefonnummer").fill("20 30 40 50")
    own.get_by_role("button", name="Send mig en kode på sms").click()
    code = code_of(sms(own, server, 1))
    looks_well(own)
    own.get_by_label("De seks cifre").fill(code)
    own.get_by_role("button", name="Brug dette nummer").click()
    own.wait_for_url("**/me")
    expect(own.locator("main")).to_contain_text("+45 20 30 40 50")
    fresh = page_for()
    fresh.goto("/me/devices")
    fresh.get_by_label("Din e-mailadresse eller dit telefonnummer").fill("20304050")
    fresh.get_by_role("button", name="Send mig en kode", exact=True).click()
    expect(fresh.locator("h1")).to_have_text("Se i dine sms’er")
    looks_well(fresh)
    fresh.get_by_label("De seks cifre").fill(code_of(sms(fresh, server, 2)))
    fresh.get_by_role("button", name="Log ind").click()
    fresh.wait_for_url("**/me/devices")
    expect(fresh.locator("#devices")).to_contain_text("Logget ind med en kode på sms")
    looks_well(fresh)
