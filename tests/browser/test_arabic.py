"""From the letter to the first message, for somebody who reads Arabic, on a narrow phone."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pyzbar.pyzbar import decode
from sqlalchemy import select, update

from engagement.board.models import Post
from engagement.notices.rules import Wording
from estate.people.models import Person
from tests.announcements import TEXTS, announce, tell_all
from tests.browser import phones
from tests.browser.watching import PHONE, PageFor
from tests.builders import Estate
from tests.serving import Serving
from web.bidi import plain
from web.catalogues import Speech

WATER = Wording("المياه مقطوعة", "المياه مقطوعة {when}. يشمل ذلك {where}.", "عادت المياه.")
QUESTION = "هل لدى أحد سلّم أستعيره؟"


@pytest.fixture
def arabic() -> Speech:
    return Speech("ar")


@pytest.fixture
def letter_page(page_for: PageFor, server: Serving, estate: Estate) -> Page:
    """Yasmin's letter as the office prints it; she has chosen no language yet."""
    with server.database.write() as session:
        unchosen = Person.id == estate.people["yasmin"]
        session.execute(update(Person).where(unchosen).values(language=None))
    page = page_for("office", viewport={"width": 1000, "height": 1300})
    page.goto(f"/desk/people/{estate.households['yasmin']}")
    page.click("form[action*='/letter'] button")
    page.wait_for_selector(".sheet")
    return page


def fits(page: Page) -> None:
    """The page is written from right to left and is no wider than the phone."""
    assert page.get_attribute("html", "dir") == "rtl", page.url
    assert page.get_attribute("html", "lang") == "ar", page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


def test_the_letter_tells_the_way_in_in_arabic_on_the_same_sheet(letter_page: Page) -> None:
    help_ = letter_page.locator("section[lang=ar]")
    assert help_.get_attribute("dir") == "rtl"
    expect(help_.locator("li")).to_have_count(4)
    assert "العربية" in help_.inner_text()
    assert letter_page.locator("section[lang=en] li").count() == 4
    sheet = PdfReader(io.BytesIO(letter_page.pdf(prefer_css_page_size=True)))
    assert len(sheet.pages) == 1


def test_an_arabic_reader_comes_from_the_letter_to_a_first_message(
    letter_page: Page, page_for: PageFor, server: Serving, estate: Estate, arabic: Speech
) -> None:
    with server.database.write() as session:
        announce(session, estate, texts={**TEXTS, "ar": WATER})
        tell_all(session)
    square = Image.open(io.BytesIO(letter_page.locator(".ways-in .qr").screenshot()))
    (read,) = decode(square)
    page = page_for(viewport=PHONE, locale="ar")
    page.goto(read.data.decode())
    fits(page)
    page.get_by_role("button", name=re.compile("Yasmin")).click()
    page.wait_for_url("**/")
    fits(page)
    expect(page.locator(".announced h3")).to_have_text("المياه مقطوعة")
    page.click(".announced a.cover")
    page.wait_for_url("**/notices/*")
    fits(page)
    expect(page.locator("#said")).to_have_attribute("dir", "rtl")
    assert "Lærkevej\N{NO-BREAK SPACE}8" in page.inner_text("#said")
    page.locator("details", has=page.locator("#danish")).locator("summary").click()
    expect(page.locator("#danish")).to_have_attribute("dir", "ltr")
    assert "Vandet er lukket" in page.inner_text("#danish")
    page.click(".tabs a[href='/board']")
    page.wait_for_url("**/board")
    fits(page)
    page.click("a[href='/board/new']")
    page.wait_for_url("**/board/new")
    fits(page)
    phones.write_post(page, QUESTION)
    phones.send(page)
    page.wait_for_url(re.compile(r"/board/\d+$"))
    fits(page)
    assert page.inner_text("h1") == QUESTION
    with server.database.read() as session:
        (post,) = session.execute(select(Post.language, Post.author_id))
        chosen = session.get_one(Person, estate.people["yasmin"]).language
    assert (post.language, post.author_id) == ("ar", estate.people["yasmin"])
    assert chosen == "ar", "What she is told comes in what she reads."


@pytest.mark.parametrize("path", ["/", "/board", "/contact", "/papers", "/me", "/offline"])
def test_residents_pages_are_arabic_at_360_px(
    page_for: PageFor, server: Serving, path: str
) -> None:
    page = page_for("amina", viewport=PHONE)
    page.goto("/me")
    page.click("a[hreflang=ar]")
    page.wait_for_url("**/me")
    page.goto(path)
    fits(page)


def test_the_staffs_pages_are_danish_and_say_so(page_for: PageFor) -> None:
    page = page_for("office", viewport=PHONE)
    page.goto("/languages/ar")
    fits(page)
    page.goto("/desk")
    assert page.get_attribute("html", "lang") == "da"
    assert page.get_attribute("html", "dir") == "ltr"
    assert page.locator("footer [lang=ar][dir=rtl]").count() == 1


def test_digits_said_by_the_phone_itself_are_those_of_danish_letters(page_for: PageFor) -> None:
    page = page_for("amina", locale="ar")
    page.goto("/languages/ar")
    said = page.evaluate("opgang.ago(Date.now() - 3 * 3600 * 1000)")
    assert "3" in said
    assert plain(said) == said


def test_a_name_and_an_address_read_from_left_to_right_inside_arabic(
    page_for: PageFor, server: Serving
) -> None:
    page = page_for("amina", viewport=PHONE)
    page.goto("/languages/ar")
    page.goto("/me/household")
    # Where the letters of an address stand on the screen, from left to right.
    shown = page.locator("h2 bdi").first.evaluate(
        """(it) => {
          const text = it.firstChild;
          const places = [...text.data].map((letter, at) => {
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return [range.getBoundingClientRect().left, letter];
          });
          return places.sort((one, other) => one[0] - other[0]).map((it) => it[1]).join('');
        }"""
    )
    assert "".join(shown.split()).startswith("Lærkevej8,2.tv")
