"""Reading what is counted. No query here returns a person: a structure test says so."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engagement.cases.models import Case
from engagement.cases.rules import Kind
from engagement.categories.rules import Urgency
from engagement.figures.rules import Fact, Portion, Summary, Timed, clipped, summary
from engagement.promises.queries import calendar_of
from engagement.promises.rules import around_the_clock, working_time_between
from engagement.tasks.models import Spell, Task
from engagement.tasks.rules import State
from estate import clock
from estate.permissions import Scope
from estate.places.models import Organisation, Section
from estate.values.queries import default_number

MOST = 5000
"""So many of a section's latest cases in a period are counted; more say the same, later."""


class Period(NamedTuple):
    """From a day to a day, both whole."""

    begins: date
    until: date

    @property
    def start(self) -> datetime:
        """When it begins."""
        return datetime.combine(self.begins, time(), clock.LOCAL)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return datetime.combine(self.until + timedelta(days=1), time(), clock.LOCAL)


def fewest(day: date) -> int:
    """From how many cases on figures are said."""
    return default_number("figures_fewest", day)


def facts(session: Session, section: int, period: Period) -> Sequence[Fact]:
    """What is counted of the latest messages and faults a section received in a period.

    Complaints are not counted: they are nobody else's.
    """
    rows = session.execute(
        select(
            Case.kind,
            Case.category,
            Case.urgency,
            Case.received_at,
            Case.answered_at,
            Case.done_at,
            Case.visits,
            Case.reopened,
            Case.face,
        )
        .where(
            Case.section_id == section,
            Case.kind != Kind.COMPLAINT,
            Case.received_at >= period.start,
            Case.received_at < period.end,
        )
        .order_by(Case.received_at.desc())
        .limit(MOST)
    ).all()
    calendar = calendar_of(session, section, period.start) if rows else None

    def took(
        kind: Kind, urgency: Urgency, since: datetime, end: datetime | None
    ) -> timedelta | None:
        if end is None or calendar is None:
            return None
        if kind is Kind.FAULT and around_the_clock(urgency):
            return end - since
        return working_time_between(since, end, calendar)

    return [
        Fact(
            section,
            category if kind is Kind.FAULT else "",
            urgency,
            took(kind, urgency, received, answered),
            took(kind, urgency, received, done) if kind is Kind.FAULT else None,
            visits,
            reopened,
            face,
        )
        for kind, category, urgency, received, answered, done, visits, reopened, face in rows
    ]


class SectionFigures(NamedTuple):
    """A section with what its cases add up to."""

    id: int
    name: str
    figures: Summary


class Compared(NamedTuple):
    """All cases together, each section with enough of them, and faults by category."""

    together: Summary
    sections: Sequence[SectionFigures]
    too_few: Sequence[str]
    categories: Mapping[str, Summary]


def compared(session: Session, scope: Scope, period: Period, day: date) -> Compared:
    """The figures of a scope's sections. One with too few cases is named without figures."""
    enough = fewest(day)
    found: dict[tuple[int, str], Sequence[Fact]] = {
        (number, name): facts(session, number, period)
        for number, name in session.execute(
            select(Section.id, Section.name)
            .where(Section.id.in_(scope.sections))
            .order_by(Section.name, Section.id)
        )
    }
    everything = [one for group in found.values() for one in group]
    by_category: dict[str, list[Fact]] = {}
    for one in everything:
        if one.category:
            by_category.setdefault(one.category, []).append(one)
    return Compared(
        summary(everything, enough),
        [
            SectionFigures(number, name, summary(group, enough))
            for (number, name), group in found.items()
            if len(group) >= enough
        ],
        [name for (_, name), group in found.items() if len(group) < enough],
        {
            code: summary(group, enough)
            for code, group in sorted(by_category.items(), key=lambda pair: -len(pair[1]))
            if len(group) >= enough
        },
    )


def timed(session: Session, scope: Scope, period: Period, day: date) -> Sequence[Timed]:
    """By sort of work: tasks done in a period that had an estimate and a clock, if enough."""
    worked = (
        select(Spell.task_id, Spell.started_at, Spell.ended_at)
        .join(Task, Spell.task_id == Task.id)
        .where(*_done_in(scope, period), Task.estimate_minutes.is_not(None))
    )
    took: dict[int, timedelta] = {}
    for task, starts, ends in session.execute(worked):
        if ends is not None:
            took[task] = took.get(task, timedelta()) + (ends - starts)
    found: dict[str, list[tuple[timedelta, timedelta]]] = {}
    for number, sort, estimate in session.execute(
        select(Task.id, Task.type, Task.estimate_minutes).where(*_done_in(scope, period))
    ):
        if number in took and estimate is not None:
            found.setdefault(sort, []).append((timedelta(minutes=estimate), took[number]))
    enough = fewest(day)
    return [
        Timed(
            sort,
            len(pairs),
            sum((one for one, _ in pairs), start=timedelta()),
            sum((one for _, one in pairs), start=timedelta()),
        )
        for sort, pairs in sorted(found.items())
        if len(pairs) >= enough
    ]


def _done_in(scope: Scope, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        Task.section_id.in_(scope.sections),
        Task.state == State.DONE,
        Task.finished_at >= period.start,
        Task.finished_at < period.end,
    )


def split(session: Session, scope: Scope, period: Period) -> Sequence[Portion]:
    """The clocked time of a period by organisation, then by section, then by kind of task.

    Each pays for what its residents used. A clock that still runs is not counted yet.
    """
    rows = session.execute(
        select(Organisation.name, Section.name, Task.kind, Spell.started_at, Spell.ended_at)
        .join_from(Spell, Task, Spell.task_id == Task.id)
        .join(Section, Task.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .where(
            Task.section_id.in_(scope.sections),
            Spell.started_at < period.end,
            Spell.ended_at > period.start,
        )
    )
    found: dict[tuple[str, str, str], timedelta] = {}
    for organisation, section, kind, starts, ends in rows:
        if ends is not None:
            key = (organisation, section, kind.value)
            part = clipped(starts, ends, period.start, period.end)
            found[key] = found.get(key, timedelta()) + part
    return [Portion(*key, time) for key, time in sorted(found.items())]
