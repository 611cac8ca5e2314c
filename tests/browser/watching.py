"""Who looks at the pages: chromium as it is started, its window sizes, and what it complains of."""

import re
import shutil
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHELL = shutil.which("chromium-headless-shell")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WHOLE: dict[str, Any] = {
    "executable_path": CHROMIUM,
    "args": ["--headless=new", *_ARGUMENTS],
    "headless": True,
}
"""Chromium as people have it, windows and notifications included."""
LIGHT: dict[str, Any] = {**WHOLE, "executable_path": SHELL, "args": _ARGUMENTS} if SHELL else WHOLE
"""The same engine without a window around the page: a fresh context takes a quarter of the time."""
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}

PageFor = Callable[..., Page]
"""`page_for("amina", viewport=…, color_scheme="dark", java_script_enabled=False)`."""

# The browser reports every refusal and every lost connection as an error of the console; what a
# page answered is the test's own business, so only refused files of the page itself count.
EXPECTED = re.compile(
    r"Failed to load resource: (net::ERR_(INTERNET_DISCONNECTED|CONNECTION_|NETWORK_|FAILED)"
    r"|the server responded with a status of (401|403|404|409|410|413|422|429|503))"
    r"|WebSocket connection to .* failed"
    r"|An unknown error occurred when fetching the script"  # the worker's, on a lost connection
)


class Troubles:
    """What went wrong in the browser that no test asked for; `allow` takes patterns."""

    def __init__(self) -> None:
        self.allowed = [EXPECTED]
        self.seen: list[str] = []

    def allow(self, pattern: str) -> None:
        """Expect this console error from now on (a regular expression, found anywhere)."""
        self.allowed.append(re.compile(pattern))

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of a context."""
        context.on("console", self._console)
        context.on("weberror", lambda trouble: self._note(f"uncaught: {trouble.error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            where = message.location.get("url", "")
            self._note(f"{message.text} ({where})", file="/static/" in where)

    def _note(self, text: str, *, file: bool = False) -> None:
        offline = "ERR_INTERNET_DISCONNECTED" in text
        expected = any(pattern.search(text) for pattern in self.allowed)
        if not expected or (file and not offline and "status of" in text):
            self.seen.append(text)
