"""A phone of 2018: newer interfaces are gone, htmx cannot be read, and everything still works."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import phones
from tests.browser.phones import send, until, write_post
from tests.browser.watching import Troubles
from tests.serving import Serving

ONE_POST = re.compile(r"/board/\d+")
# What neither Safari 12 nor Chrome 70 has, and what a phone of that age may lack besides.
OLDER = """
(() => {
  for (const name of ['AbortController', 'SyncManager', 'PushManager', 'Notification',
    'IntersectionObserver', 'ResizeObserver', 'BroadcastChannel', 'OffscreenCanvas',
    'queueMicrotask', 'structuredClone', 'requestIdleCallback', 'navigation', 'CSSStyleSheet'])
    try { delete window[name]; } catch (error) { window[name] = undefined; }
  const gone = (object, names) => names.forEach((name) => {
    delete object[name];
    if (name in object) Object.defineProperty(object, name, {value: undefined});
  });
  gone(Navigator.prototype, ['locks', 'share', 'setAppBadge', 'clearAppBadge', 'userAgentData']);
  gone(Element.prototype, ['replaceChildren', 'moveBefore', 'toggleAttribute', 'checkVisibility']);
  gone(HTMLFormElement.prototype, ['requestSubmit']);
  gone(SubmitEvent.prototype, ['submitter']);
  gone(Blob.prototype, ['text', 'arrayBuffer', 'stream']);
  gone(Array.prototype, ['flat', 'flatMap', 'at', 'findLast', 'toSorted']);
  gone(String.prototype, ['replaceAll', 'matchAll', 'at', 'trimStart']);
  gone(Object, ['fromEntries', 'hasOwn']);
  gone(Promise, ['allSettled', 'any', 'withResolvers']);
  gone(Crypto.prototype, ['randomUUID']);
  gone(Intl, ['RelativeTimeFormat', 'ListFormat']);
  gone(URLSearchParams.prototype, ['size']);
})();
"""
NO_WORKER = "delete Navigator.prototype.serviceWorker; delete window.caches;"
NO_STORE = "Object.defineProperty(window, 'indexedDB', {value: undefined});"
UNREADABLE = "class Htmx { #private = ; }"


@pytest.fixture
def old_phone(
    context_for: Callable[..., BrowserContext], troubles: Troubles
) -> Callable[..., Page]:
    """`old_phone("amina", NO_WORKER)`: a browser that stopped in 2018, further robbed if asked."""
    troubles.allow("Unexpected token")

    def build(who: str, *robbed: str) -> Page:
        context = context_for(who, service_workers="block" if NO_WORKER in robbed else "allow")
        for script in (OLDER, *robbed):
            context.add_init_script(script)
        context.route(
            "**/vendor/htmx*",
            lambda it: it.fulfill(body=UNREADABLE, content_type="text/javascript"),
        )
        return context.new_page()

    return build


@pytest.mark.parametrize(
    "robbed", [(), (NO_WORKER,), (NO_WORKER, NO_STORE)], ids=["2018", "no worker", "no store"]
)
def test_a_post_with_photos_is_hung_up(
    old_phone: Callable[..., Page], server: Serving, robbed: tuple[str, ...]
) -> None:
    page = old_phone("amina", *robbed)
    page.goto("/")
    page.goto("/board/new")
    write_post(page, "Fra en gammel telefon", photos=2)
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Fra en gammel telefon", 2)]
    page.goto("/me")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    assert page.locator("meta[name=opgang-reader]").count() == 0


def test_a_neighbours_post_appears_all_the_same(
    old_phone: Callable[..., Page], server: Serving
) -> None:
    board = old_phone("amina")
    board.goto("/board")
    board.wait_for_selector("html[data-live-state=on]")
    writer = old_phone("yasmin")
    writer.goto("/board/new")
    write_post(writer, "Nyt")
    send(writer)
    board.wait_for_selector("article.post:has-text('Nyt')", timeout=5000)
    assert board.locator("article.post", has_text="Nyt").count() == 1


def test_what_is_written_without_network_waits_all_the_same(
    old_phone: Callable[..., Page], server: Serving
) -> None:
    page = old_phone("amina")
    page.goto("/board/new")
    page.context.set_offline(True)
    write_post(page, "Uden net", photos=1)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    assert phones.hanging(server) == []
    page.context.set_offline(False)
    until(page, lambda: phones.hanging(server))
    assert phones.hanging(server) == [("Uden net", 1)]


def test_a_browser_that_does_not_turn_photos_sends_them_as_they_are(
    old_phone: Callable[..., Page], server: Serving
) -> None:
    lying = "Object.defineProperty(HTMLImageElement.prototype, 'naturalHeight', {get: () => 1});"
    page = old_phone("amina", lying)
    page.goto("/board/new")
    sent: list[bytes] = []
    page.route(
        "**/board/new", lambda it: (sent.append(it.request.post_data_buffer or b""), it.continue_())
    )
    write_post(page, "Liggende", photos=1)
    send(page)
    page.wait_for_url(ONE_POST)
    assert b"Exif" in sent[0]
