"""A real browser before a real server. A page's console errors and CSP violations fail its test."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from estate.access.models import Beginning
from estate.database import Database
from tests.browser.auditing import FAILED
from tests.browser.watching import LIGHT, PHONE, PageFor, Troubles
from tests.builders import Estate, build_estate
from tests.serving import Serving, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder drives a browser."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test's fixtures know that it failed."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium, never a downloaded one."""
    if LIGHT["executable_path"] is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return LIGHT


@pytest.fixture
def estate(sqlite_url: str) -> Estate:
    """The builders' estate in this test's own database."""
    database = Database(sqlite_url, origin="builder")
    with database.write() as session:
        built = build_estate(session)
    database.close()
    return built


@pytest.fixture
def server(sqlite_url: str, estate: Estate, tmp_path: Path) -> Iterator[Serving]:
    """The house over the builders' estate, fresh for each test, demo buttons included."""
    with serving(tmp_path / "var", sqlite_url, estate.people, demo=True) as running:
        yield running


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """Fails the test at its end when a page complained."""
    collected = Troubles()
    yield collected
    assert not collected.seen, "The browser complained:\n" + "\n".join(collected.seen)


@pytest.fixture
def context_for(
    browser: Browser, server: Serving, troubles: Troubles
) -> Iterator[Callable[..., BrowserContext]]:
    """`context_for("amina", **options)`: a phone of somebody's own, signed in; None: signed out."""
    opened: list[BrowserContext] = []

    def build(who: str | int | None = None, **options: Any) -> BrowserContext:
        began = options.pop("began", Beginning.PASSKEY)
        wanted = {
            "base_url": server.url,
            "viewport": PHONE,
            "locale": "da-DK",
            "timezone_id": "Europe/Copenhagen",
            **options,
        }
        context = browser.new_context(**wanted)
        context.set_default_timeout(10_000)
        opened.append(context)
        troubles.watch(context)
        if who is not None:
            context.add_cookies([server.cookie(who, began)])  # type: ignore[list-item]
        return context

    yield build
    for context in opened:
        context.close()


@pytest.fixture
def page_for(context_for: Callable[..., BrowserContext]) -> PageFor:
    """`page_for("amina", viewport=…, color_scheme="dark", java_script_enabled=False)`: a page."""
    return lambda who=None, **options: context_for(who, **options).new_page()
