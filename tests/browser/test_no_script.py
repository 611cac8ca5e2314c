"""The main paths with JavaScript off."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser import phones
from tests.browser.watching import PageFor
from tests.serving import Serving

ONE_POST = re.compile(r"/board/\d+")


@pytest.fixture
def page(page_for: PageFor) -> Page:
    """Amina's browser without script."""
    return page_for("amina", java_script_enabled=False)


def choose(page: Page) -> None:
    """Answer every question that has no answer yet with its first one."""
    seen: set[str] = set()
    for radio in page.locator("form[data-outbox] input[type=radio]").all():
        name = radio.get_attribute("name") or ""
        group = page.locator(f"form[data-outbox] input[name='{name}']:checked")
        if name not in seen and group.count() == 0:
            radio.check(force=True)
        seen.add(name)


def test_a_post_is_written_read_and_answered(page: Page, server: Serving) -> None:
    page.goto("/board/new")
    page.fill("[name=title]", "Uden script")
    page.fill("[name=text]", "Det går også.")
    choose(page)
    page.set_input_files("[data-photos-input]", [phones.photo()])
    page.click("form[data-outbox] button[type=submit]")
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Uden script", 1)]
    answer = page.locator("form[data-outbox]").first
    answer.locator("textarea").fill("Flot")
    answer.locator("button[type=submit]").click()
    page.wait_for_load_state()
    assert "Flot" in page.inner_text("main")
    page.goto("/board")
    assert "Uden script" in page.inner_text("main")


def test_a_form_with_a_mistake_comes_back_with_what_was_typed(page: Page) -> None:
    page.goto("/board/new")
    page.fill("[name=text]", "Uden overskrift")
    page.locator("form[data-outbox]").evaluate_all("(forms) => forms.length")
    page.locator("form[data-outbox] [name=title]").fill(" ")
    page.click("form[data-outbox] button[type=submit]")
    page.wait_for_selector("[data-errors]")
    assert page.input_value("[name=text]") == "Uden overskrift"


def test_chosen_photos_come_along_and_hang_in_the_preview(page: Page, server: Serving) -> None:
    page.goto("/board/new")
    assert not page.locator("header .detail").is_visible(), "nothing sends itself without script"
    page.fill("[name=title]", "Uden script")
    choose(page)
    four = [{**phones.photo(80 + n, 60), "name": f"{n}.jpg"} for n in range(1, 5)]
    page.set_input_files("[data-photos-input]", four)  # type: ignore[arg-type]
    page.click("[name=preview]")
    page.wait_for_selector("[data-errors]")
    assert "4.jpg" in page.inner_text("[data-errors]")
    assert page.locator("[data-preview-photos] img").count() == 3
    page.uncheck("[name=kept] >> nth=1", force=True)
    page.click("form[data-outbox] button[type=submit]")
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Uden script", 2)]


def test_one_signs_out_and_changes_the_language(page: Page) -> None:
    page.goto("/me")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.click("a[hreflang=en]")
    assert page.get_attribute("html", "lang") == "en"
    answer = page.goto("/board")
    assert answer is not None
    assert answer.status == 401


@pytest.mark.parametrize("path", ["/install", "/offline"])
def test_help_is_there_without_script(page_for: PageFor, path: str) -> None:
    page = page_for(java_script_enabled=False)
    page.goto(path)
    assert page.locator("h1").is_visible()
    assert page.locator("[data-install-now]:visible").count() == 0
