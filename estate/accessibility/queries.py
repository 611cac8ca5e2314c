"""Reading the last audit and what the statement says beside it."""

import functools
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from estate.accessibility.rules import (
    Audit,
    Enforcement,
    Excepted,
    parse_audit,
    parse_enforcement,
    parse_exceptions,
)
from estate.values.queries import default_number

HERE = Path(__file__).parent


@functools.cache
def last_audit() -> Audit:
    """The audit that was checked in with this version; `script/audit` writes it."""
    return parse_audit((HERE / "audit.json").read_text(encoding="utf-8"))


@functools.cache
def _exceptions() -> Sequence[Excepted]:
    with (HERE / "exceptions.csv").open(encoding="utf-8", newline="") as file:
        return parse_exceptions(file)


def exceptions(day: date) -> list[Excepted]:
    """What is known not to be accessible on a day."""
    return [one for one in _exceptions() if one.valid_from <= day]


@functools.cache
def _enforcing() -> Sequence[Enforcement]:
    with (HERE / "enforcement.csv").open(encoding="utf-8", newline="") as file:
        return parse_enforcement(file)


def enforcement(day: date) -> Enforcement:
    """Who enforces the law on a day; LookupError before anybody did."""
    begun = [one for one in _enforcing() if one.valid_from <= day]
    if not begun:
        raise LookupError(f"Nobody enforces the law on {day}.")
    return max(begun, key=lambda one: one.valid_from)


def audit_days(day: date) -> int:
    """After so many days an audit is outdated."""
    return default_number("accessibility_audit_days", day)
