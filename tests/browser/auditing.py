"""What the accessibility tests find, written down for the statement: `script/audit`."""

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from estate import clock

FILE = os.environ.get("OPGANG_AUDIT", "")
"""Where the audit goes; a run without it writes none."""

FAILED = pytest.StashKey[bool]()
"""Set on a test that failed."""

CHECKS: Mapping[str, str] = {
    "test_axe_finds_nothing_serious": "axe",
    "test_a_small_window_and_large_letters_lose_nothing": "reflow",
    "test_the_keyboard_reaches_everything_and_shows_where_it_is": "keyboard",
}
"""By the test that does it, the check that the statement names."""


class Auditing:
    """Collects which pages were looked at in which way, and what was wrong."""

    def __init__(self, browser: str) -> None:
        self.browser = browser
        self.version = ""
        self.rules = 0
        self.looks = 0
        self.looked: dict[str, set[str]] = defaultdict(set)
        self.failed: dict[str, set[str]] = defaultdict(set)
        self.violations: dict[tuple[str, str], dict[str, Any]] = {}

    def note(self, page: str, found: Mapping[str, Any]) -> None:
        """Take in what axe said of a page: each rule once, whoever looked at it."""
        self.looks += 1
        self.version = found["testEngine"]["version"]
        kinds = ("passes", "violations", "incomplete", "inapplicable")
        self.rules = max(self.rules, sum(len(found[kind]) for kind in kinds))
        for trouble in found["violations"]:
            self.violations[page, trouble["id"]] = {
                "page": page,
                "rule": trouble["id"],
                "impact": trouble["impact"],
                "help": trouble["help"],
                "tags": trouble["tags"],
            }

    def write(self, file: Path) -> None:
        """Write the audit as `estate.accessibility.rules.parse_audit` reads it."""
        kept = {
            "date": clock.today().isoformat(),
            "tool": "axe-core",
            "version": self.version,
            "browser": f"Chromium {self.browser}",
            "rules": self.rules,
            "looks": self.looks,
            "checks": [
                {
                    "name": name,
                    "pages": sorted(self.looked[name]),
                    "failed": sorted(self.failed[name]),
                }
                for name in CHECKS.values()
            ],
            "violations": [self.violations[key] for key in sorted(self.violations)],
        }
        file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
