"""Reading what belongs to a complaint: for its household and for those who handle complaints."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases.queries import Desk, to_handle, to_read
from engagement.cases.rules import Kind
from engagement.complaints.models import Complaint, ComplaintDate, ComplaintStep
from engagement.complaints.rules import MayTell, Named, parse
from estate.people.models import Person
from estate.people.rules import name_in_role
from estate.permissions import Scope

HERE = Path(__file__).parent


@functools.lru_cache(maxsize=8)
def tried_before(day: date) -> Mapping[str, Named]:
    """What can have been tried, by code."""
    with (HERE / "tried.csv").open(encoding="utf-8", newline="") as file:
        return parse(file, day)


@functools.lru_cache(maxsize=8)
def steps(day: date) -> Mapping[str, Named]:
    """The office's steps by code, in the order they usually follow."""
    with (HERE / "steps.csv").open(encoding="utf-8", newline="") as file:
        return parse(file, day)


class DateLine(NamedTuple):
    """One line of the log."""

    day: date
    begun: str
    lasted: str
    text: str
    language: str


class StepLine(NamedTuple):
    """One step of the office; `name` is empty where nobody knows any more who it was."""

    step: str
    day: date
    note: str
    language: str
    name: str


class Kept(NamedTuple):
    """All that belongs to a complaint beside its thread; steps are the office's alone."""

    tried: Sequence[str]
    may_tell: MayTell
    dates: Sequence[DateLine]
    steps: Sequence[StepLine] = ()


def to_tell(session: Session, scope: Scope, number: int) -> Kept | None:
    """What its household reads of a complaint; None of any other case. Raises Missing."""
    whole = to_read(session, scope, number)
    if whole.line.kind is not Kind.COMPLAINT or not whole.own:
        return None
    return _kept(session, number)


def to_decide(session: Session, desk: Desk, number: int) -> Kept | None:
    """What those who handle complaints read of one; None of any other case. Raises Missing."""
    if to_handle(session, desk, number).line.kind is not Kind.COMPLAINT:
        return None
    rows = session.execute(
        select(ComplaintStep, Person)
        .outerjoin(Person, ComplaintStep.by_id == Person.id)
        .where(ComplaintStep.case_id == number)
        .order_by(ComplaintStep.taken_on, ComplaintStep.id)
    )
    taken = [
        StepLine(row.step, row.taken_on, row.note, row.language, _name(person))
        for row, person in rows
    ]
    return _kept(session, number)._replace(steps=taken)


def _name(person: Person | None) -> str:
    if person is None:
        return ""
    return name_in_role(person.given_name, person.alias, protected=person.protected)


def _kept(session: Session, number: int) -> Kept:
    row = session.get(Complaint, number)
    dates = session.execute(
        select(
            ComplaintDate.happened_on,
            ComplaintDate.begun,
            ComplaintDate.lasted,
            ComplaintDate.text,
            ComplaintDate.language,
        )
        .where(ComplaintDate.case_id == number)
        .order_by(ComplaintDate.happened_on, ComplaintDate.id)
    )
    return Kept(
        [code for code, ticked in row.tried.items() if ticked] if row else (),
        row.may_tell if row else MayTell.NOBODY,
        [DateLine(*one) for one in dates],
    )


def follows(taken: Sequence[StepLine], day: date) -> tuple[Named, date | None] | None:
    """The step that usually follows, and when it is time for it; None after the last."""
    known = list(steps(day).values())
    order = {one.code: at for at, one in enumerate(known)}
    done = [one for one in taken if one.step in order]
    if not done:
        return known[0], None
    last = max(done, key=lambda one: order[one.step])
    at = order[last.step]
    if at + 1 == len(known):
        return None
    waits = known[at].days
    return known[at + 1], last.day + timedelta(days=waits) if waits else None
