"""What an audit of the pages says, whether they comply, and when the next audit is due."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

AUDIT_DUE = NotificationKind(
    "accessibility.audit",
    N_("When the pages’ accessibility has to be checked again"),
    receivers=Permission.KEEP_STATEMENT,
)

STANDARD = "WCAG 2.1 AA (EN\N{NO-BREAK SPACE}301\N{NO-BREAK SPACE}549)"
CRITERIA = "wcag"
"""What the tags of a rule begin with that checks a success criterion, and no mere good habit."""


class Violation(NamedTuple):
    """A rule that a page broke: `help` is the tool's own sentence, in English."""

    page: str
    rule: str
    impact: str
    help: str
    tags: Sequence[str]

    @property
    def counts(self) -> bool:
        """Whether it breaks the standard, not only a good habit."""
        return any(tag.startswith(CRITERIA) for tag in self.tags)


class Check(NamedTuple):
    """One way of looking at the pages (`axe`, `reflow`, `keyboard`): those looked at and failed."""

    name: str
    pages: Sequence[str]
    failed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Audit:
    """One run over all pages: when, by what, how many rules, and what was found.

    `looks` is how often a page was looked at: in other colours, languages, sizes, by other roles.
    """

    day: date
    tool: str
    version: str
    browser: str
    rules: int
    looks: int
    checks: Sequence[Check]
    violations: Sequence[Violation]

    @property
    def pages(self) -> frozenset[str]:
        """Every page that was looked at."""
        return frozenset(page for check in self.checks for page in check.pages)

    @property
    def failing(self) -> frozenset[str]:
        """The pages that do not keep to the standard in some way."""
        found = {page for check in self.checks for page in check.failed}
        return frozenset(found | {one.page for one in self.violations if one.counts})


def parse_audit(text: str) -> Audit:
    """An audit from its file; raises ValueError or KeyError where it is no such file."""
    kept = json.loads(text)
    return Audit(
        day=date.fromisoformat(kept["date"]),
        tool=kept["tool"],
        version=kept["version"],
        browser=kept["browser"],
        rules=kept["rules"],
        looks=kept["looks"],
        checks=[Check(one["name"], one["pages"], one["failed"]) for one in kept["checks"]],
        violations=[Violation(**one) for one in kept["violations"]],
    )


class Ground(StrEnum):
    """Why something is not accessible: it is others' and not in our hands, or not done yet."""

    OTHERS = "others"
    NOT_YET = "not_yet"


class Excepted(NamedTuple):
    """Something known not to be accessible: in Danish and English, and by which criteria."""

    ground: Ground
    criteria: str
    danish: str
    english: str
    valid_from: date

    def text(self, language: str) -> str:
        """What it is, in a language; in Danish where it is not written in that one."""
        return self.english if language == "en" else self.danish


def parse_exceptions(lines: Iterable[str]) -> list[Excepted]:
    """The exceptions of the statement from their CSV."""
    return [
        Excepted(
            Ground(row["ground"]),
            row["criteria"],
            row["danish"],
            row["english"],
            date.fromisoformat(row["valid_from"]),
        )
        for row in csv.DictReader(lines, strict=True)
    ]


class Enforcement(NamedTuple):
    """Who sees to it that the law is kept, and where that is read."""

    name: str
    phone: str
    web: str
    working_days: int
    valid_from: date
    source: str


def parse_enforcement(lines: Iterable[str]) -> list[Enforcement]:
    """The enforcing bodies from their CSV, each from a day on."""
    return [
        Enforcement(
            row["name"],
            row["phone"],
            row["web"],
            int(row["working_days"]),
            date.fromisoformat(row["valid_from"]),
            row["source"],
        )
        for row in csv.DictReader(lines, strict=True)
    ]


class Status(StrEnum):
    """The three answers that the model statement knows (Decision (EU) 2018/1523, annex)."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


def status(audit: Audit, exceptions: Sequence[Excepted]) -> Status:
    """Whether the pages comply: not where most of them fail, fully where nothing is known."""
    if len(audit.failing) * 2 > len(audit.pages):
        return Status.NOT
    return Status.PARTLY if audit.failing or exceptions else Status.FULLY


def outdated(audited: date, today: date, days: int) -> bool:
    """Whether an audit is older than it may be."""
    return today - audited > timedelta(days=days)


def reminder_due(audited: date, told: date | None, today: date, days: int) -> bool:
    """Whether somebody is to be told that an audit is outdated: once in so many days."""
    told_lately = told is not None and told > audited and today - told < timedelta(days=days)
    return outdated(audited, today, days) and not told_lately
