"""Reading tasks: the day's list by building, one task with its course, what somebody worked."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from engagement.absences.queries import in_hands
from engagement.tasks import rules
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import TO_DO, Kind, Pause, Place, State, Step, TaskType, Worked
from estate.people.models import Person, RoleHolding
from estate.people.rules import name_in_role, short_address
from estate.permissions import Permission, Scope
from estate.places.models import Building, Home, Part, Section, Stairwell
from estate.reach.queries import Place as Reached
from estate.reach.queries import reached
from estate.refusals import Missing

HERE = Path(__file__).parent
SHOWN = 200
"""Tasks of a list; a day that holds more says so instead of counting."""

LINES = 200
AHEAD = timedelta(days=7)
"""So far ahead a list shows what comes, folded."""


@functools.lru_cache(maxsize=8)
def types(day: date) -> Mapping[str, TaskType]:
    """The sorts of work of a day, by code."""
    with (HERE / "types.csv").open(encoding="utf-8", newline="") as file:
        return rules.parse_types(file, day)


@functools.lru_cache(maxsize=8)
def pauses(day: date) -> Mapping[str, Pause]:
    """The reasons to pause of a day, by code."""
    with (HERE / "pauses.csv").open(encoding="utf-8", newline="") as file:
        return rules.parse_pauses(file, day)


class TaskLine(NamedTuple):
    """A task as lists show it. `running_since` is when the stretch began that runs now.

    `free` is what whoever has time can take: nobody has it, or whoever has it is away.
    """

    id: int
    kind: Kind
    type: str
    state: State
    title: str
    language: str
    section: int
    section_name: str
    building: int | None
    building_name: str
    place: str
    home: int | None
    part_code: str
    case: int | None
    assignee: int | None
    assignee_name: str
    estimate: int | None
    due: date | None
    latest: date | None
    running_since: datetime | None
    free: bool

    @property
    def to_do(self) -> bool:
        """Whether somebody has yet to do something about it."""
        return self.state in TO_DO

    def overdue(self, day: date) -> bool:
        """Whether it should have been done before a day."""
        return self.to_do and rules.is_overdue(self.due, self.latest, day)


_HOLDER = aliased(Person)


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Task,
            Section.name,
            Building.number,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Part.name,
            Part.code,
            _HOLDER,
            Spell.started_at,
        )
        .join_from(Task, Section, Task.section_id == Section.id)
        .outerjoin(Building, Task.building_id == Building.id)
        .outerjoin(Stairwell, Task.stairwell_id == Stairwell.id)
        .outerjoin(Home, Task.home_id == Home.id)
        .outerjoin(Part, Task.part_id == Part.id)
        .outerjoin(_HOLDER, Task.assignee_id == _HOLDER.id)
        .outerjoin(Spell, and_(Spell.task_id == Task.id, Spell.ended_at.is_(None)))
    )


def _line(row: Any) -> TaskLine:
    task, section, building, street, number, floor, side, part, code, holder, since = row
    return TaskLine(
        task.id,
        task.kind,
        task.type,
        task.state,
        task.title,
        task.language,
        task.section_id,
        section,
        task.building_id,
        building or "",
        _place_name(street, number, floor, side, part),
        task.home_id,
        code or "",
        task.case_id,
        task.assignee_id,
        _name(holder),
        task.estimate_minutes,
        task.due_on,
        task.latest_on,
        since,
        task.assignee_id is None,
    )


def _place_name(
    street: str | None, number: str | None, floor: str | None, side: str | None, part: str | None
) -> str:
    if part is not None:
        return f"{part}, {street} {number}" if street else part
    return short_address(street or "", number or "", floor or "", side or "") if street else ""


def _name(person: Person | None) -> str:
    if person is None:
        return ""
    return name_in_role(person.given_name, person.alias, protected=person.protected)


def _in(scope: Scope) -> ColumnElement[bool]:
    """What is done in the places of a scope."""
    return Task.section_id.in_(scope.sections)


class Filter(NamedTuple):
    """Which tasks a list shows: `whose` is "mine", "free", "all", or empty: mine and the free."""

    whose: str = ""
    section: int | None = None


def _in_hands(day: date) -> ColumnElement[bool]:
    """Who has it works there and is not away; what is in no hands is free for anybody."""
    return in_hands(Task.assignee_id, Task.section_id, day, Permission.DO_TASKS)


def is_free(session: Session, number: int, day: date) -> bool:
    """Whether whoever has time can take a task: nobody who is there has it."""
    return not session.scalar(select(exists().where(Task.id == number, _in_hands(day))))


def to_do(session: Session, scope: Scope, wanted: Filter, day: date) -> Sequence[TaskLine]:
    """What is to be done until some days from now, building by building, what is due first first.

    One more than `SHOWN` where there are more.
    """
    found = (
        _lines()
        .add_columns(_in_hands(day))
        .where(
            _in(scope),
            Task.finished_at.is_(None),
            or_(Task.due_on.is_(None), Task.due_on <= day + AHEAD),
        )
    )
    mine = Task.assignee_id == scope.person
    free = ~_in_hands(day)
    whose = {"mine": mine, "free": free, "": or_(mine, free)}.get(wanted.whose)
    if whose is not None:
        found = found.where(whose)
    if wanted.section is not None:
        found = found.where(Task.section_id == wanted.section)
    rows = session.execute(
        found.order_by(
            Section.name,
            Section.id,
            Building.number.is_(None).desc(),
            Building.number,
            Task.due_on.is_(None),
            Task.due_on,
            Task.id,
        ).limit(SHOWN + 1)
    )
    return [_line(row[:-1])._replace(free=not row[-1]) for row in rows]


def due_today(session: Session, scope: Scope, day: date) -> int:
    """How many tasks are one's own or free, and due by a day; one more than `SHOWN` at most."""
    mine = or_(Task.assignee_id == scope.person, ~_in_hands(day))
    due = (
        select(Task.id)
        .where(_in(scope), Task.finished_at.is_(None), Task.due_on <= day, mine)
        .limit(SHOWN + 1)
    )
    return session.scalar(select(func.count()).select_from(due.subquery())) or 0


def running(session: Session, scope: Scope) -> TaskLine | None:
    """The one task whose clock runs for this person."""
    row = session.execute(_lines().where(_in(scope), Spell.person_id == scope.person)).one_or_none()
    return _line(row) if row else None


class Whole(NamedTuple):
    """A task with all that its page shows beside its course."""

    line: TaskLine
    text: str
    opened_at: datetime
    finished_at: datetime | None
    origin: str | None
    spells: Sequence[Worked]


def to_work(session: Session, scope: Scope, number: int) -> Whole:
    """A task for whoever works there. Raises Missing."""
    row = session.execute(_lines().where(Task.id == number, _in(scope))).one_or_none()
    if row is None:
        raise Missing
    task = row[0]
    spells = session.execute(
        select(Spell.started_at, Spell.ended_at).where(Spell.task_id == number).order_by(Spell.id)
    )
    return Whole(
        _line(row),
        task.text,
        task.opened_at,
        task.finished_at,
        task.origin,
        [Worked(*one) for one in spells],
    )


def held_to_work(session: Session, scope: Scope, number: int) -> Task:
    """A task's row for an action, kept from others until it is done. Raises Missing."""
    task = session.scalars(
        select(Task)
        .where(Task.id == number, _in(scope))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if task is None:
        raise Missing
    return task


def of_case(session: Session, scope: Scope, case: int) -> TaskLine | None:
    """The task of a case, if one was opened."""
    row = session.execute(
        _lines().where(Task.origin == rules.case_origin(case), _in(scope))
    ).one_or_none()
    return _line(row) if row else None


class EntryLine(NamedTuple):
    """One thing of a task's course; `said_at` only where it was counted otherwise than said."""

    id: int
    step: Step | None
    name: str
    mine: bool
    text: str
    language: str
    pause: str
    at: datetime
    clamped: bool


def course(session: Session, scope: Scope, number: int) -> Sequence[EntryLine]:
    """What happened to a task, the first first. Raises Missing."""
    to_work(session, scope, number)
    rows = session.execute(
        select(TaskEntry, Person)
        .outerjoin(Person, TaskEntry.author_id == Person.id)
        .where(TaskEntry.task_id == number)
        .order_by(TaskEntry.id.desc())
        .limit(LINES)
    ).all()
    return [
        EntryLine(
            entry.id,
            entry.step,
            _name(author),
            entry.author_id == scope.person,
            entry.text,
            entry.language,
            entry.pause,
            entry.at,
            entry.clamped,
        )
        for entry, author in reversed(rows)
    ]


def entry_of(session: Session, scope: Scope, number: int, entry: int) -> bool:
    """Whether this is an entry of a task of this scope."""
    to_work(session, scope, number)
    found = select(TaskEntry.id).where(TaskEntry.task_id == number, TaskEntry.id == entry)
    return session.scalar(found) is not None


def staff_there(session: Session, section: int, day: date) -> frozenset[int]:
    """Whoever does tasks in a section on a day."""
    everybody = session.scalars(select(RoleHolding.person_id).distinct())
    return reached(session, everybody, Permission.DO_TASKS, Reached(section), day)


def colleagues(session: Session, scope: Scope, section: int, day: date) -> list[tuple[int, str]]:
    """Whom a task can be given to: everybody else who does tasks there, by name."""
    others = staff_there(session, section, day) - {scope.person}
    found = session.scalars(select(Person).where(Person.id.in_(others)))
    return sorted(((one.id, _name(one)) for one in found), key=lambda pair: pair[1])


def place_of(session: Session, scope: Scope, key: str) -> tuple[Place, str] | None:
    """A place of this scope with its name, by its key; None where it is not of this scope.

    A key is “section:1”, “building:2”, “door:3”, “home:4” or “part:5”.
    """
    kind, _, code = key.partition(":")
    number = int(code) if code.isascii() and code.isdigit() and len(code) < 10 else 0
    if kind == "part":
        return _part_of(session, scope, number)
    ids = {"section": Section.id, "building": Building.id, "door": Stairwell.id, "home": Home.id}
    if kind not in ids:
        return None
    row = session.execute(
        select(Section, Building, Stairwell, Home)
        .select_from(Section)
        .outerjoin(Building, Building.section_id == Section.id)
        .outerjoin(Stairwell, Stairwell.building_id == Building.id)
        .outerjoin(Home, Home.stairwell_id == Stairwell.id)
        .where(ids[kind] == number, Section.id.in_(scope.sections))
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    section, building, door, home = row
    if kind == "section":
        return Place(section.id), section.name
    if kind == "building":
        return Place(section.id, building.id), building.number
    if kind == "door":
        return Place(section.id, building.id, door.id), f"{door.street} {door.house_number}"
    name = short_address(door.street, door.house_number, home.floor, home.side)
    return Place(section.id, building.id, door.id, home.id), name


def _part_of(session: Session, scope: Scope, number: int) -> tuple[Place, str] | None:
    row = session.execute(
        select(Part, Stairwell.street, Stairwell.house_number)
        .outerjoin(Stairwell, Part.stairwell_id == Stairwell.id)
        .where(Part.id == number, Part.section_id.in_(scope.sections), Part.closed_on.is_(None))
    ).one_or_none()
    if row is None:
        return None
    part, street, house_number = row
    name = f"{part.name}, {street} {house_number}" if street else part.name
    return Place(part.section_id, part.building_id, part.stairwell_id, part=part.id), name


def task_place(session: Session, section: int, part: int | None) -> Place:
    """Where a task at a part of a section is: as closely as the part lies."""
    found = session.get(Part, part) if part is not None else None
    if found is None:
        return Place(section)
    return Place(section, found.building_id, found.stairwell_id, part=found.id)
