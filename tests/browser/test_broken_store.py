"""A phone whose store fails, is silent or is not there: pages come, and no word is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser import phones
from tests.browser.phones import send, until, worker_ready, write_post
from tests.serving import Serving

AMINA = "key-amina"
YASMIN = "key-yasmin"
ONE_POST = re.compile(r"/board/\d+$")
FAILS = "() => { throw new Error('The store is broken.'); }"
DRAFTS = "Object.keys(localStorage).filter((it) => /^draft/.test(it))"
SILENT = "() => ({})"


@pytest.fixture
def phone(context_for: Callable[..., BrowserContext]) -> Page:
    """Amina's phone, on which she has read the board."""
    page = context_for("amina").new_page()
    page.goto("/")
    worker_ready(page)
    page.goto("/board")
    phones.keeps(page, AMINA, "/board")
    return page


def break_worker(page: Page, opening: str) -> None:
    """Let the worker's store fail or be silent from now on, also the one already open."""
    (worker,) = page.context.service_workers
    worker.evaluate(
        f"""() => {{
          Object.defineProperty(IDBFactory.prototype, 'open', {{ value: {opening} }});
          IDBDatabase.prototype.transaction = function () {{
            this.onclose();
            throw new Error('The store is broken.');
          }};
        }}"""
    )
    worker.evaluate("opgang.outbox.recall('reader').catch(Boolean)")


@pytest.mark.parametrize("opening", [FAILS, SILENT], ids=["it fails", "it never answers"])
def test_a_page_comes_from_the_network_though_the_phones_store_is_broken(
    phone: Page, opening: str
) -> None:
    break_worker(phone, opening)
    answer = phone.goto("/me")
    assert answer is not None
    assert answer.status == 200
    assert answer.from_service_worker
    assert phone.locator("html[data-cached], html[data-seen]").count() == 0


def test_with_a_broken_store_nothing_of_another_is_shown_without_network(
    phone: Page, server: Serving
) -> None:
    break_worker(phone, FAILS)
    phone.context.clear_cookies()
    phone.context.add_cookies([server.cookie("yasmin")])  # type: ignore[list-item]
    phone.goto("/me")
    until(phone, lambda: AMINA not in {reader for reader, _ in phones.kept_pages(phone)})
    phone.context.set_offline(True)
    phone.goto("/board")
    assert phone.locator("[data-page-missing]").is_visible()


def test_a_store_that_was_silent_once_is_asked_again(phone: Page) -> None:
    found = phone.evaluate(
        """async () => {
          const open = IDBFactory.prototype.open;
          const { recall } = opgang.outbox;
          IDBDatabase.prototype.transaction = (function (transaction) {
            return function () {
              IDBDatabase.prototype.transaction = transaction;
              this.onclose();
              throw new Error('closed');
            };
          })(IDBDatabase.prototype.transaction);
          await recall('reader').catch(Boolean);
          IDBFactory.prototype.open = () => ({});
          const silent = await recall('reader').catch((error) => error.message);
          IDBFactory.prototype.open = open;
          return [silent, await recall('reader')];
        }"""
    )
    assert found == ["The phone's store does not answer.", AMINA]


def test_a_form_sent_without_a_store_is_forgotten_only_once_the_house_has_it(
    context_for: Callable[..., BrowserContext], server: Serving
) -> None:
    context = context_for("amina", service_workers="block")
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined });")
    page = context.new_page()
    page.goto("/board/new")
    write_post(page, "Kun her")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/board/new", lose)
    send(page)
    until(page, lambda: lost)
    page.wait_for_url("chrome-error://**")
    page.goto("/me")
    page.goto("/board/new")
    expect(page.locator("[name=title]")).to_have_value("Kun her")
    assert page.input_value("[name=text]") == "Kun her, altså."
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Kun her", 0)]
    until(page, lambda: page.evaluate(DRAFTS) == [])
    page.goto("/board/new")
    assert page.input_value("[name=title]") == ""


def test_a_form_the_house_has_is_no_draft_though_the_answer_was_lost(
    context_for: Callable[..., BrowserContext], server: Serving
) -> None:
    context = context_for("amina", service_workers="block")
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined });")
    page = context.new_page()
    page.goto("/board/new")
    write_post(page, "Er kommet frem")

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    page.route("**/board/new", lose)
    send(page)
    page.wait_for_url("chrome-error://**")
    assert phones.hanging(server) == [("Er kommet frem", 0)]
    page.unroute_all()
    page.goto("/board/new")
    until(page, lambda: page.evaluate(DRAFTS) == [])
    expect(page.locator("[data-draft-note]")).to_have_count(0)
    assert page.input_value("[name=title]") == ""


def test_a_form_without_a_store_stays_on_its_page_while_there_is_no_network(
    context_for: Callable[..., BrowserContext],
) -> None:
    context = context_for("amina", service_workers="block")
    context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined });")
    page = context.new_page()
    page.goto("/board/new")
    write_post(page, "Kun her")
    context.set_offline(True)
    send(page)
    page.wait_for_selector("[data-piece=no-sending]")
    assert page.input_value("[name=title]") == "Kun her"
