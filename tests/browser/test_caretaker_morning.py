"""A caretaker's morning on a small phone, with the network gone in the middle of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from engagement.tasks import actions as tasks
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import Draft, Kind, Place, State, Step
from estate import clock
from estate.database import Database
from tests.browser import phones
from tests.browser.phones import until, waiting, worker_ready
from tests.browser.watching import PageFor
from tests.builders import Estate

KEY = "key-caretaker"
MINUTE = timedelta(minutes=1)
Morning = tuple[Database, list[int], datetime]


@pytest.fixture
def morning(sqlite_url: str, estate: Estate) -> Iterator[Morning]:
    """Two tasks written down two hours ago, and the present moment."""
    database, now = Database(sqlite_url, origin="builder"), clock.now().replace(microsecond=0)
    with database.write() as session:
        numbers = [
            tasks.open_task(
                session,
                Draft(Kind.AD_HOC, title, "cleaning", due=clock.local(now).date()),
                Place(estate.section),
                now - timedelta(hours=2),
                assignee=estate.people["caretaker"],
            )
            for title in ("Fej kældergangen", "Skift lampe 14")
        ]
        session.execute(update(Task).values(step_at=now - timedelta(hours=2)))
    yield database, numbers, now
    database.close()


def press(page: Page, at: datetime, text: str) -> None:
    """Press a button when the phone's clock shows a moment."""
    page.clock.set_fixed_time(at)
    before = len(waiting(page, KEY))
    page.locator("[data-task] button:visible", has_text=text).click()
    until(page, lambda: len(waiting(page, KEY)) == before + 1)


def test_what_is_timed_in_the_cellar_arrives_once_in_order_and_at_its_time(
    page_for: PageFor, morning: Morning
) -> None:
    database, (sweep, lamp), now = morning
    page = page_for("caretaker")
    page.goto("/desk/tasks")
    worker_ready(page)
    for path in ("/desk/tasks", f"/desk/tasks/{sweep}", f"/desk/tasks/{lamp}"):
        page.goto(path)
        phones.keeps(page, KEY, path)
    page.context.set_offline(True)
    page.goto("/desk/tasks")
    page.click("text=Fej kældergangen")
    says = page.locator("[data-clock-waits]")
    press(page, now - 60 * MINUTE, "Start uret")
    expect(says).to_contain_text("Uret har kørt siden")
    press(page, now - 45 * MINUTE, "En beboer stoppede mig")
    expect(says).to_contain_text("På pause")
    press(page, now - 30 * MINUTE, "Start uret")
    page.reload()
    expect(says).to_contain_text("Uret har kørt siden")
    press(page, now - 10 * MINUTE, "Færdig")
    expect(says).to_contain_text("Færdig kl.")
    expect(page.locator("[data-task] button:visible")).to_have_count(0)
    page.goto("/desk/tasks")
    page.click("text=Skift lampe 14")
    press(page, now - 8 * MINUTE, "Start uret")
    page.clock.set_fixed_time(now)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.context.set_offline(False)
    page.evaluate("opgang.outbox.send(opgang.reader, true)")
    until(page, lambda: not waiting(page, KEY))
    page.goto(f"/desk/tasks/{lamp}")
    expect(page.locator("[data-task]")).to_have_attribute("data-state", "running")
    with database.read() as session:
        states = session.scalars(select(Task.state).order_by(Task.id)).all()
        entries = session.execute(
            select(TaskEntry.task_id, TaskEntry.step, TaskEntry.at, TaskEntry.clamped).order_by(
                TaskEntry.id
            )
        ).all()
        spells = session.execute(
            select(Spell.task_id, Spell.started_at, Spell.ended_at, Spell.pause).order_by(Spell.id)
        ).all()
    assert states == [State.DONE, State.RUNNING]
    assert [tuple(one[:2]) for one in entries] == [
        (sweep, Step.START),
        (sweep, Step.PAUSE),
        (sweep, Step.START),
        (sweep, Step.FINISH),
        (lamp, Step.START),
    ]
    assert not any(one.clamped for one in entries)
    for entry, ago in zip(entries, (60, 45, 30, 10, 8), strict=True):
        assert abs(entry.at - (now - ago * MINUTE)) < timedelta(seconds=5)
    worked = [one.ended_at - one.started_at for one in spells if one.ended_at]
    assert [round(one / MINUTE) for one in worked] == [15, 20]
    assert [one.pause for one in spells] == ["resident", "", ""]
