"""A caretaker's tasks: late, today, free for whoever has time, and done yesterday."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from engagement.guides.models import Guide
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import Kind, State, Step
from estate.places.models import Section
from web.demo.material import Told, told
from web.demo.people import Town, at
from web.demo.rows import Rows


class _Stretch(NamedTuple):
    begins: datetime
    ends: datetime
    pause: str


def set_to_work(rows: Rows, town: Town, today: date) -> None:
    """Every task of `tasks.toml`, in amina's section and her stairwell."""
    caretaker, amina = town.persons["Kenneth Møller"], town.cast["Amina Haddad"].dwelling
    for plan in told("tasks")["task"]:
        begun = at(today - timedelta(days=plan["days"]), time(7, 40))
        stretches = _stretches(plan, today)
        done = plan.get("done", False)
        there = plan.get("place") == "door"
        last = stretches[-1].ends if stretches else begun
        number = rows.add(
            Task,
            kind=Kind(plan["kind"]),
            type=plan["type"],
            state=State.DONE if done else State.OPEN,
            section_id=amina.section,
            building_id=amina.building if there else None,
            stairwell_id=amina.stairwell if there else None,
            title=plan["title"],
            text=plan.get("text", ""),
            language="da",
            estimate_minutes=plan["estimate"],
            assignee_id=caretaker if plan["mine"] else None,
            due_on=_day(plan, "due", today),
            latest_on=_day(plan, "latest", today),
            opened_by_id=caretaker,
            opened_at=begun,
            step_at=last,
            finished_at=last if done else None,
            finished_by_id=caretaker if done else None,
        )
        for stretch in stretches:
            _work(rows, number, caretaker, stretch)


def guide(rows: Rows, town: Town, today: date) -> None:
    """The guides of `guides.toml`, of the organisation that owns amina's home."""
    section = town.cast["Amina Haddad"].dwelling.section
    organisation = next(row["organisation_id"] for row in rows.of(Section) if row["id"] == section)
    for plan in told("guides")["guide"]:
        rows.add(
            Guide,
            organisation_id=organisation,
            type=plan["type"],
            title=plan["title"],
            steps="\n".join(plan["steps"]),
            language="da",
            changed_at=at(today - timedelta(days=plan["days"]), time(10, 15)),
        )


def _day(plan: Told, name: str, today: date) -> date | None:
    return today + timedelta(days=plan[name]) if name in plan else None


def _stretches(plan: Told, today: date) -> list[_Stretch]:
    found = []
    for day, hour, minute, length, pause in plan.get("spells", []):
        begins = at(today + timedelta(days=day), time(hour, minute))
        found.append(_Stretch(begins, begins + timedelta(minutes=length), pause))
    return found


def _work(rows: Rows, task: int, person: int, stretch: _Stretch) -> None:
    rows.add(
        Spell,
        task_id=task,
        person_id=person,
        started_at=stretch.begins,
        ended_at=stretch.ends,
        pause=stretch.pause,
    )
    ended = Step.PAUSE if stretch.pause else Step.FINISH
    for step, moment in ((Step.START, stretch.begins), (ended, stretch.ends)):
        rows.add(
            TaskEntry,
            task_id=task,
            step=step,
            author_id=person,
            pause=stretch.pause if step is Step.PAUSE else "",
            at=moment,
            received_at=moment,
        )
