"""What the accessibility statement says of an audit, and when somebody is told to renew it."""

import json
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from estate import clock
from estate.accessibility import actions, queries
from estate.accessibility.rules import (
    Audit,
    Check,
    Excepted,
    Ground,
    Status,
    Violation,
    outdated,
    parse_audit,
    reminder_due,
    status,
)
from estate.database import Database
from estate.notifications.models import Notification
from tests.builders import build_estate

DAY = date(2026, 11, 23)
PAGES = ("/", "/board", "/contact", "/was")
EXCEPTED = Excepted(Ground.NOT_YET, "1.1.1", "Papirer", "Papers", DAY)
CONTRAST = Violation("/board", "color-contrast", "serious", "…", ["wcag2aa", "wcag143"])
HABIT = Violation("/board", "region", "moderate", "…", ["best-practice"])


def audit(*violations: Violation, failed: tuple[str, ...] = ()) -> Audit:
    checks = [Check("axe", PAGES, ()), Check("keyboard", PAGES, failed)]
    return Audit(DAY, "axe-core", "4", "Chromium", 90, 40, checks, violations)


@pytest.mark.parametrize(
    ("found", "excepted", "said"),
    [
        (audit(), [], Status.FULLY),
        (audit(HABIT), [], Status.FULLY),
        (audit(), [EXCEPTED], Status.PARTLY),
        (audit(CONTRAST), [], Status.PARTLY),
        (audit(failed=("/", "/was")), [], Status.PARTLY),
        (audit(CONTRAST, failed=("/", "/was")), [], Status.NOT),
    ],
)
def test_the_status_follows_from_what_was_found(
    found: Audit, excepted: list[Excepted], said: Status
) -> None:
    assert status(found, excepted) is said


@pytest.mark.parametrize(
    ("today", "told", "due"),
    [
        (DAY, None, False),
        (DAY + timedelta(days=365), None, False),
        (DAY + timedelta(days=366), None, True),
        (DAY + timedelta(days=367), DAY + timedelta(days=366), False),
        (DAY + timedelta(days=730), DAY + timedelta(days=366), False),
        (DAY + timedelta(days=731), DAY + timedelta(days=366), True),
        (DAY + timedelta(days=366), DAY - timedelta(days=10), True),  # of the audit before
    ],
)
def test_somebody_is_told_once_a_year_that_an_audit_is_outdated(
    today: date, told: date | None, due: bool
) -> None:
    assert reminder_due(DAY, told, today, 365) is due
    assert outdated(DAY, DAY + timedelta(days=366), 365)


def test_the_audit_that_is_checked_in_can_be_read_and_looked_at_every_way() -> None:
    found = queries.last_audit()
    assert found.day <= clock.today()
    assert {check.name for check in found.checks} == {"axe", "reflow", "keyboard"}
    assert found.looks >= len(found.pages) >= 40
    assert found.rules > 50


def test_an_audit_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        parse_audit("{")
    with pytest.raises(KeyError):
        parse_audit(json.dumps({"date": "2026-11-23"}))


def told_by(database: Database, found: Audit, moment: str) -> list[tuple[int, str]]:
    """Whom the worker's duty tells at a moment."""
    with time_machine.travel(moment, tick=False), database.write() as session:
        before = set(session.scalars(select(Notification.id)))
        actions.remind(session, found, datetime.fromisoformat(moment))
        session.flush()
        rows = session.execute(select(Notification.id, Notification.person_id, Notification.kind))
        return [(row.person_id, row.kind) for row in rows if row.id not in before]


def test_the_organisation_is_told_once_a_year_until_the_pages_are_audited_again(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
    reminder = (estate.people["organisation"], "accessibility.audit")
    assert told_by(database, audit(), "2027-11-23T09:00+01:00") == []
    assert told_by(database, audit(), "2027-11-25T09:00+01:00") == [reminder]
    assert told_by(database, audit(), "2027-11-26T09:00+01:00") == []
    assert told_by(database, audit(), "2028-11-20T09:00+01:00") == []
    with database.write() as session:  # it went out
        session.execute(update(Notification).values(waiting=False))
    assert told_by(database, audit(), "2028-11-26T09:00+01:00") == [reminder]
