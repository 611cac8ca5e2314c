"""The invitation letter as paper: one A4 a household, and a square that a camera reads."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.watching import DESKTOP, PageFor
from tests.serving import Serving

zbar = pytest.importorskip(
    "pyzbar.pyzbar", reason="zbar is not installed: apt-get install libzbar0"
)


def letters(page: Page) -> Page:
    """The office prints a whole section, and says yes where earlier letters end by it."""
    page.goto("/desk/people/letters")
    page.locator('form:has(input[name="section"]) button').first.click()
    page.wait_for_load_state()
    yes = page.locator('main form:has(input[name="confirmed"]) button')
    if yes.count():
        yes.click()
        page.wait_for_load_state()
    return page


def test_every_letter_is_one_sheet_of_a4(page_for: PageFor) -> None:
    page = letters(page_for("office", viewport=DESKTOP))
    sheets = page.locator(".sheet").count()
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert sheets == 4
    assert len(paper.pages) == sheets
    width, height = (float(side) / 72 * 25.4 for side in paper.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    assert "Amina Prøve" in paper.pages[0].extract_text()


def test_the_printing_button_prints(page_for: PageFor) -> None:
    page = letters(page_for("office", viewport=DESKTOP))
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.locator("[data-print]").click()
    expect(page).to_have_title("printed")


def test_the_square_on_the_letter_leads_to_the_code_page(
    page_for: PageFor, server: Serving
) -> None:
    page = letters(page_for("office", viewport=DESKTOP, device_scale_factor=2))
    drawn = Image.open(io.BytesIO(page.locator(".sheet .qr").first.screenshot()))
    (read,) = zbar.decode(drawn)
    code = page.locator(".sheet .code").first.inner_text().replace("-", "")
    address = read.data.decode()
    assert address == f"{server.settings.base_url}/sign-in/{code}"
    phone = page_for()
    phone.goto(address)
    phone.get_by_role("button", name=re.compile("Amina")).click()
    phone.wait_for_url(re.compile(r"/$"))
    phone.goto("/me")
    expect(phone.locator("main")).to_contain_text("Amina")


def test_the_square_at_the_counter_is_read_in_the_dark_too(page_for: PageFor) -> None:
    page = page_for("office", color_scheme="dark", device_scale_factor=2)
    page.goto("/desk/people?q=amina")
    page.locator(".rows a").first.click()
    page.locator('form[action*="/link"] button').first.click()
    drawn = Image.open(io.BytesIO(page.locator(".handover").screenshot()))
    (read,) = zbar.decode(drawn)
    code = page.locator(".handover-code").inner_text().replace("-", "")
    assert read.data.decode().endswith(f"/sign-in/{code}")
