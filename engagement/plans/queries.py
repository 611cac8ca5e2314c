"""Reading the maintenance plan: what is due when, and what was done."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engagement.plans.models import PlanDone, PlanItem
from engagement.plans.rules import Follows, Recurrence, Season
from estate.people.models import Person
from estate.people.rules import name_in_role
from estate.permissions import Scope
from estate.places.models import Part, Section

MOST = 2000
"""So many rows a page or file of what was done holds at most."""


class Item(NamedTuple):
    """An item of the plan as its table has it, read once: what pages show outlives the reading."""

    id: int
    section_id: int
    part_id: int | None
    type: str
    title: str
    place: str
    note: str
    rule: str
    starts_on: date
    season_begins: str
    season_ends: str
    spare_days: int
    follows: Follows
    minutes: int | None
    due_on: date | None
    latest_on: date | None
    valid_until: date | None
    ended_at: datetime | None


_ITEM = [getattr(PlanItem, name) for name in Item._fields]


class ItemLine(NamedTuple):
    """An item of the plan with what its section and part are called."""

    item: Item
    section_name: str
    part_name: str

    @property
    def where(self) -> str:
        """The part's name and what else was said of the place."""
        return " · ".join(filter(None, [self.part_name, self.item.place]))

    @property
    def recurrence(self) -> Recurrence:
        """How often it is done."""
        return recurrence_of(self.item)


def recurrence_of(item: PlanItem | Item) -> Recurrence:
    """How often an item is done."""
    season = Season(item.season_begins, item.season_ends) if item.season_begins else None
    return Recurrence(item.rule, item.starts_on, season, item.spare_days, item.follows)


class Done(NamedTuple):
    """That an item was done, as its table has it."""

    id: int
    item_id: int
    due_on: date
    done_on: date
    minutes: int | None
    note: str
    task_id: int | None


_DONE = [getattr(PlanDone, name) for name in Done._fields]


class DoneLine(NamedTuple):
    """Something that was done, by whom (empty where the person is no longer known)."""

    done: Done
    title: str
    section_name: str
    where: str
    by: str


def items_in(session: Session, scope: Scope) -> Sequence[ItemLine]:
    """The items that are looked after in a scope, what is due first before the others."""
    rows = session.execute(
        select(*_ITEM, Section.name, Part.name)
        .join_from(PlanItem, Section, PlanItem.section_id == Section.id)
        .outerjoin(Part, PlanItem.part_id == Part.id)
        .where(PlanItem.section_id.in_(scope.sections), PlanItem.due_on.is_not(None))
        .order_by(PlanItem.due_on, PlanItem.id)
    )
    return [ItemLine(Item(*row[:-2]), row[-2], row[-1] or "") for row in rows]


def item_line(session: Session, scope: Scope, number: int) -> ItemLine | None:
    """One item of a scope's sections, also one that has ended."""
    row = session.execute(
        select(*_ITEM, Section.name, Part.name)
        .join_from(PlanItem, Section, PlanItem.section_id == Section.id)
        .outerjoin(Part, PlanItem.part_id == Part.id)
        .where(PlanItem.id == number, PlanItem.section_id.in_(scope.sections))
    ).one_or_none()
    return ItemLine(Item(*row[:-2]), row[-2], row[-1] or "") if row else None


def done_in(
    session: Session,
    scope: Scope,
    *,
    item: int | None = None,
    section: int | None = None,
    begins: date | None = None,
    ends: date | None = None,
) -> Sequence[DoneLine]:
    """What was done in a scope, the latest first; of an item, a section, a period."""
    wanted: list[ColumnElement[bool]] = [PlanItem.section_id.in_(scope.sections)]
    if item is not None:
        wanted.append(PlanDone.item_id == item)
    if section is not None:
        wanted.append(PlanItem.section_id == section)
    if begins is not None:
        wanted.append(PlanDone.done_on >= begins)
    if ends is not None:
        wanted.append(PlanDone.done_on <= ends)
    rows = session.execute(
        select(*_DONE, PlanItem.title, PlanItem.place, Section.name, Part.name, Person)
        .join_from(PlanDone, PlanItem, PlanDone.item_id == PlanItem.id)
        .join(Section, PlanItem.section_id == Section.id)
        .outerjoin(Part, PlanItem.part_id == Part.id)
        .outerjoin(Person, PlanDone.by_id == Person.id)
        .where(*wanted)
        .order_by(PlanDone.done_on.desc(), PlanDone.id.desc())
        .limit(MOST)
    )
    return [
        DoneLine(
            Done(*row[: len(_DONE)]),
            title,
            section_name,
            " · ".join(filter(None, [part, place])),
            _name(person),
        )
        for row in rows
        for title, place, section_name, part, person in [row[len(_DONE) :]]
    ]


def _name(person: Person | None) -> str:
    if person is None:
        return ""
    return name_in_role(person.given_name, person.alias, protected=person.protected)


def parts_of(session: Session, scope: Scope, section: int) -> Sequence[tuple[int, str]]:
    """The parts in use in a section of the scope, by name."""
    rows = session.execute(
        select(Part.id, Part.name)
        .where(Part.section_id == section, Part.section_id.in_(scope.sections))
        .where(Part.closed_on.is_(None))
        .order_by(Part.sorting, Part.id)
    )
    return [(number, name) for number, name in rows]
