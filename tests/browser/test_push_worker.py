"""A push message in the real service worker: always shown, opened where it points."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright

from tests.browser.phones import until, worker_ready
from tests.browser.watching import ARGUMENTS, CHROMIUM, PageFor
from tests.serving import Serving

SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) =>
  all.map((it) => ({title: it.title, body: it.body, tag: it.tag, lang: it.lang, data: it.data})))"""
# The push service of a browser is out of reach here; what happens around it is not.
SUBSCRIBING = """
const made = () => ({endpoint: 'https://push.example/1', options: {}, toJSON() { return {
  endpoint: this.endpoint, expirationTime: null, keys: {p256dh: 'BPub', auth: 'secret'}}; },
  unsubscribe: async () => { window.subscribed = null; return true; }});
PushManager.prototype.subscribe = async function (options) {
  window.asked = options; return (window.subscribed = made());
};
PushManager.prototype.getSubscription = async () => window.subscribed || null;
"""


class Pushing:
    """Delivers push messages into a context's service worker, as the browser itself would."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.origin = origin
        self.wire: CDPSession = page.context.new_cdp_session(page)
        self.registration = ""
        self.wire.on("ServiceWorker.workerRegistrationUpdated", self._learn)
        self.wire.send("ServiceWorker.enable")
        until(page, lambda: self.registration)

    def _learn(self, event: dict[str, Any]) -> None:
        for registration in event["registrations"]:
            if registration["scopeURL"].startswith(self.origin):
                self.registration = registration["registrationId"]

    def deliver(self, data: str) -> None:
        """Hand one message to the worker."""
        self.wire.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.origin, "registrationId": self.registration, "data": data},
        )

    def shown(self) -> list[dict[str, Any]]:
        """The notifications on the screen."""
        found: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return found


@pytest.fixture
def told(context_for: Callable[..., BrowserContext], server: Serving) -> Pushing:
    """Amina's phone, which may show notifications."""
    context = context_for("amina", permissions=["notifications"])
    page = context.new_page()
    page.goto("/me")
    worker_ready(page)
    return Pushing(page, server.url)


def test_a_push_is_shown_with_what_it_says(told: Pushing) -> None:
    news = {"title": "Yasmin", "body": "Må jeg låne en boremaskine?", "tag": "post-1", "lang": "da"}
    told.deliver(json.dumps({**news, "address": "/offline"}))
    until(told.page, told.shown)
    (shown,) = told.shown()
    assert {name: shown[name] for name in news} == news
    assert shown["data"]["address"].endswith("/offline")


@pytest.mark.parametrize("data", ["", "not json", "[]", "null", "7"])
def test_a_push_that_cannot_be_read_is_shown_all_the_same(told: Pushing, data: str) -> None:
    told.deliver(data)
    until(told.page, told.shown)
    (shown,) = told.shown()
    assert shown["title"]
    assert shown["body"]


def test_a_push_meant_for_whoever_was_here_before_tells_nothing_of_it(told: Pushing) -> None:
    secret = {"title": "Hemmeligt", "body": "Om Bents lejlighed", "address": "/me"}
    told.deliver(json.dumps({**secret, "reader": "somebody-else"}))
    until(told.page, told.shown)
    (shown,) = told.shown()
    assert "Hemmeligt" not in shown["title"]
    assert "Bent" not in shown["body"]
    assert not shown["data"]["address"].endswith("/me")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_a_push_never_opens_another_house(told: Pushing, server: Serving, address: str) -> None:
    told.deliver(json.dumps({"title": "x", "address": address}))
    until(told.page, told.shown)
    (shown,) = told.shown()
    assert shown["data"]["address"] == f"{server.url}/"


def test_a_tap_on_the_notification_opens_its_page(told: Pushing, server: Serving) -> None:
    told.deliver(json.dumps({"title": "Nyt", "body": "Se", "address": "/install"}))
    until(told.page, told.shown)
    (worker,) = told.page.context.service_workers
    opened: str = worker.evaluate(
        """async () => {
          const [shown] = await self.registration.getNotifications();
          let address = null;
          /* Opening a window takes a real tap, which no browser lets a test make. */
          self.clients.openWindow = async (it) => { address = it; return null; };
          const tap = new NotificationEvent('notificationclick', {notification: shown});
          const waits = [];
          tap.waitUntil = (promise) => waits.push(promise);
          self.dispatchEvent(tap);
          await Promise.all(waits);
          return address;
        }"""
    )
    assert opened == f"{server.url}/install"
    until(told.page, lambda: not told.shown())


def test_a_phone_is_subscribed_by_a_tap_and_told_so(
    context_for: Callable[..., BrowserContext],
) -> None:
    context = context_for("amina", permissions=["notifications"])
    context.add_init_script(SUBSCRIBING)
    page = context.new_page()
    sent: list[dict[str, Any]] = []
    page.route(
        "**/me/devices/push",
        lambda route: (sent.append(route.request.post_data_json), route.fulfill(status=204)),
    )
    page.goto("/install")
    button = "<button type=button data-vapid=BAEC id=tell>Tell me</button>"
    page.evaluate(
        "(text) => document.getElementById('main').append(document.importNode("
        "new DOMParser().parseFromString(text, 'text/html').body.firstChild, true))",
        button,
    )
    page.click("#tell")
    page.wait_for_selector("[data-piece=push-on]")
    assert sent[0]["keys"] == {"p256dh": "BPub", "auth": "secret"}
    assert page.evaluate("asked.userVisibleOnly") is True
    assert page.evaluate("Array.from(asked.applicationServerKey)") == [4, 1, 2]
    page.click("[data-push-stop]")
    page.wait_for_selector("#tell:visible")
    assert page.evaluate("window.subscribed") is None


def test_an_iphone_is_told_to_install_first(page_for: PageFor) -> None:
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15"
    page = page_for("amina", user_agent=safari)
    page.add_init_script("delete window.PushManager; delete window.Notification;")
    page.goto("/install")
    assert page.locator("[data-steps]").first.get_attribute("data-steps") == "apple"
    page.evaluate(
        "() => { const it = document.createElement('button'); it.id = 'tell';"
        " it.setAttribute('data-vapid', 'BAEC'); document.getElementById('main').append(it); }"
    )
    page.click("#tell")
    page.wait_for_selector("[data-piece=push-install] a[href='/install']")


@pytest.fixture
def installable(server: Serving, playwright: Playwright, tmp_path: Path) -> Iterator[Page]:
    """A browser that remembers, as installing needs it."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile",
        executable_path=CHROMIUM,
        args=ARGUMENTS,
        headless=True,
        base_url=server.url,
    )
    context.add_cookies([server.cookie("amina")])  # type: ignore[list-item]
    yield context.pages[0]
    context.close()


def test_the_house_can_be_installed_and_offers_it_on_a_tap(installable: Page) -> None:
    page = installable
    page.goto("/install")
    worker_ready(page)
    page.goto("/install")
    wire = page.context.new_cdp_session(page)
    found = wire.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in found] == []
    page.wait_for_selector("[data-install-now]:visible")
