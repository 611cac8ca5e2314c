"""What the first visit weighs on the wire."""

from collections import Counter
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench.house import Measured, house_with
from tests.bench.rows import Row
from tests.browser.watching import PHONE, WHOLE

LIMIT = 60_000


def measure() -> list[Row]:
    """Bytes received for `/` by a browser that has never been here, beside 60 kB."""
    with house_with(200) as house:
        parts = weigh(house)
    note = ", ".join(f"{name} {size}" for name, size in parts.most_common())
    return [
        Row("weight", "bytes", sum(parts.values()), LIMIT, 1.0, at_most=True, note=note),
    ]


def weigh(house: Measured) -> Counter[str]:
    """Bytes on the wire by kind (document, stylesheet, script, image …), headers included."""
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def named(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"].lower()

    def received(event: dict[str, Any]) -> None:
        sizes[kinds.get(event["requestId"], "other")] += int(event["encodedDataLength"])

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**WHOLE)
        context = browser.new_context(viewport=PHONE, locale="da-DK", service_workers="block")
        name, value = house.cookie.split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": house.url}])
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", named)
        wire.on("Network.loadingFinished", received)
        page.goto(house.url + "/", wait_until="networkidle")
        browser.close()
    return sizes
