"""A push message in the real service worker: always shown, opened where it points."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright
from sqlalchemy import select

from estate.deliveries.models import Device
from tests.browser.phones import WITHIN, until, worker_ready
from tests.browser.watching import CHROMIUM, WHOLE, PageFor
from tests.serving import Serving

SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) =>
  all.map((it) => ({title: it.title, body: it.body, tag: it.tag, lang: it.lang, data: it.data})))"""
# The push service of a browser is out of reach here; what happens around it is not.
SUBSCRIBING = """
const made = () => ({endpoint: 'https://push.example/1', options: {}, toJSON() { return {
  endpoint: this.endpoint, expirationTime: null,
  keys: {p256dh: '%s', auth: 'AAAAAAAAAAAAAAAAAAAAAA'}}; },
  unsubscribe: async () => { localStorage.removeItem('fake-subscription'); return true; }});
PushManager.prototype.subscribe = async function (options) {
  window.asked = options; localStorage.setItem('fake-subscription', '1'); return made();
};
PushManager.prototype.getSubscription =
  async () => localStorage.getItem('fake-subscription') ? made() : null;
"""
# P-256's own generator point (FIPS 186-4, D.1.2.3): a key that nobody keeps the secret of.
GENERATOR = base64.urlsafe_b64encode(
    bytes.fromhex(
        "04"
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    )
).decode()


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The whole browser: the light one shows no notifications."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    whole = playwright.chromium.launch(**WHOLE)
    yield whole
    whole.close()


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
        """Hand one message to the worker, again if it shows nothing: a push service does so too.

        The browser's tools do not say whether the worker had it, and one in fifty is lost.
        """
        again = 0.0

        def arrives() -> bool:
            nonlocal again
            if time.monotonic() > again:
                self._hand_over(data)
                again = time.monotonic() + WITHIN / 3
            return bool(self.shown())

        until(self.page, arrives)

    def _hand_over(self, data: str) -> None:
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
    (shown,) = told.shown()
    assert {name: shown[name] for name in news} == news
    assert shown["data"]["address"].endswith("/offline")


@pytest.mark.parametrize("data", ["", "not json", "[]", "null", "7"])
def test_a_push_that_cannot_be_read_is_shown_all_the_same(told: Pushing, data: str) -> None:
    told.deliver(data)
    (shown,) = told.shown()
    assert shown["title"]
    assert shown["body"]


def test_a_push_meant_for_whoever_was_here_before_tells_nothing_of_it(told: Pushing) -> None:
    secret = {"title": "Hemmeligt", "body": "Om Bents lejlighed", "address": "/me"}
    told.deliver(json.dumps({**secret, "reader": "somebody-else"}))
    (shown,) = told.shown()
    assert "Hemmeligt" not in shown["title"]
    assert "Bent" not in shown["body"]
    assert not shown["data"]["address"].endswith("/me")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_a_push_never_opens_another_house(told: Pushing, server: Serving, address: str) -> None:
    told.deliver(json.dumps({"title": "x", "address": address}))
    (shown,) = told.shown()
    assert shown["data"]["address"] == f"{server.url}/"


def test_a_tap_on_the_notification_opens_its_page(told: Pushing, server: Serving) -> None:
    told.deliver(json.dumps({"title": "Nyt", "body": "Se", "address": "/install"}))
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


def devices(server: Serving) -> list[tuple[int, str]]:
    """(person, endpoint) of every device that the house tells."""
    with server.database.read() as session:
        rows = session.execute(select(Device.person_id, Device.endpoint))
        return [(row.person_id, row.endpoint) for row in rows]


@pytest.fixture
def asked(context_for: Callable[..., BrowserContext]) -> Page:
    """Amina's page of notifications, in a browser whose push service answers."""
    context = context_for("amina", permissions=["notifications"])
    context.add_init_script(SUBSCRIBING % GENERATOR)
    page = context.new_page()
    page.goto("/me/notifications")
    worker_ready(page)
    return page


def test_a_phone_is_told_after_a_tap_and_no_more_after_another(
    asked: Page, server: Serving
) -> None:
    assert devices(server) == []
    asked.click("[data-vapid]")
    asked.wait_for_selector("[data-piece=push-on]")
    assert devices(server) == [(server.people["amina"], "https://push.example/1")]
    assert asked.evaluate("asked.userVisibleOnly") is True
    assert asked.evaluate("asked.applicationServerKey.length") == 65
    asked.click("[data-push-stop]")
    asked.wait_for_selector("[data-vapid]:visible")
    assert devices(server) == []


def test_signing_out_ends_the_telling(asked: Page, server: Serving) -> None:
    asked.click("[data-vapid]")
    asked.wait_for_selector("[data-piece=push-on]")
    asked.goto("/me")
    asked.click("form[action='/sign-out'] button")
    asked.wait_for_url("**/sign-in")
    assert devices(server) == []
    assert asked.evaluate("localStorage.getItem('fake-subscription')") is None


def test_signing_out_puts_away_what_was_shown(told: Pushing) -> None:
    told.deliver(json.dumps({"title": "Bent har svaret", "body": "Ja tak", "address": "/board/1"}))
    told.page.click("form[action='/sign-out'] button")
    told.page.wait_for_url("**/sign-in")
    until(told.page, lambda: not told.shown())


def test_the_next_person_is_not_told_what_the_one_before_asked_for(
    asked: Page, server: Serving
) -> None:
    asked.click("[data-vapid]")
    asked.wait_for_selector("[data-piece=push-on]")
    asked.context.clear_cookies()
    asked.context.add_cookies([server.cookie("yasmin")])  # type: ignore[list-item]
    asked.goto("/me/notifications")
    asked.wait_for_selector("[data-vapid]:visible")
    assert asked.evaluate("localStorage.getItem('fake-subscription')") is None


def test_an_iphone_is_told_to_install_first(page_for: PageFor) -> None:
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15"
    page = page_for("amina", user_agent=safari)
    page.add_init_script("delete window.PushManager; delete window.Notification;")
    page.goto("/me/notifications")
    page.click("[data-piece=push-install] a[href='/install']")
    page.wait_for_url("**/install")
    assert page.locator("[data-steps]").first.get_attribute("data-steps") == "apple"


def test_somebody_who_said_no_is_told_where_to_change_it(page_for: PageFor) -> None:
    page = page_for("amina")
    page.add_init_script("Object.defineProperty(Notification, 'permission', {get: () => 'denied'})")
    page.goto("/me/notifications")
    page.wait_for_selector("[data-piece=push-denied]")
    assert page.locator("[data-vapid]:visible").count() == 0


@pytest.fixture
def installable(server: Serving, playwright: Playwright, tmp_path: Path) -> Iterator[Page]:
    """A browser that remembers, as installing needs it."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    context = playwright.chromium.launch_persistent_context(
        tmp_path / "profile", base_url=server.url, **WHOLE
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
