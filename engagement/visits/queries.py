"""Reading visits: a case's, somebody's of a day, and those that were promised and not kept."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from engagement.absences.queries import days_away
from engagement.cases import queries as cases
from engagement.cases.models import Case
from engagement.cases.queries import Desk
from engagement.cases.rules import OPEN
from engagement.visits import rules
from engagement.visits.models import CaseVisit
from engagement.visits.rules import Slot, VisitState
from estate import clock
from estate.permissions import Permission, Scope
from estate.reach.queries import holding_role_over
from estate.values.queries import default_number


class VisitLine(NamedTuple):
    """A visit as its household and the staff see it. `by` is who comes."""

    id: int
    case: int
    state: VisitState
    by: int | None
    slots: Sequence[Slot]
    agreed: Slot | None
    changed_at: datetime
    sequence: int
    goes_on: bool

    @property
    def stands(self) -> bool:
        """Whether it stands in calendars: one that was agreed and has not fallen away."""
        return self.agreed is not None and self.state in rules.OVER | {VisitState.AGREED}


def agreed_in(visit: CaseVisit) -> Slot | None:
    """The time that was agreed last, if one was, whatever became of it."""
    if visit.starts_at is None or visit.ends_at is None:
        return None
    return Slot(clock.local(visit.starts_at), clock.local(visit.ends_at))


def _line(visit: CaseVisit, case: Case) -> VisitLine:
    return VisitLine(
        visit.id,
        visit.case_id,
        visit.state,
        visit.proposed_by_id,
        rules.read(visit.slots, clock.LOCAL),
        agreed_in(visit),
        visit.changed_at,
        visit.sequence,
        case.state in OPEN,
    )


def newest(session: Session, number: int) -> CaseVisit | None:
    """The newest visit of a case; the case's row keeps it from others."""
    return session.scalars(
        select(CaseVisit).where(CaseVisit.case_id == number).order_by(CaseVisit.id.desc()).limit(1)
    ).one_or_none()


def _of(session: Session, number: int) -> VisitLine | None:
    visit, case = newest(session, number), session.get(Case, number)
    return _line(visit, case) if visit is not None and case is not None else None


def to_agree(session: Session, scope: Scope, number: int) -> VisitLine | None:
    """The newest visit of a case of one's own household. Raises Missing."""
    return _of(session, number) if cases.to_read(session, scope, number).own else None


def to_plan(session: Session, desk: Desk, number: int) -> VisitLine | None:
    """The newest visit of a case the staff handle. Raises Missing."""
    cases.to_handle(session, desk, number)
    return _of(session, number)


def _agreed() -> Select[*tuple[Any, ...]]:
    return (
        select(CaseVisit, Case)
        .join(Case, CaseVisit.case_id == Case.id)
        .where(CaseVisit.state == VisitState.AGREED, Case.state.in_(OPEN))
        .order_by(CaseVisit.starts_at, CaseVisit.id)
    )


def of_staff(session: Session, persons: Collection[int], day: date) -> Sequence[VisitLine]:
    """The agreed visits of these persons on a day, the first first."""
    begins = datetime.combine(day, datetime.min.time(), clock.LOCAL)
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), clock.LOCAL)
    rows = session.execute(
        _agreed().where(
            CaseVisit.proposed_by_id.in_(persons),
            CaseVisit.starts_at >= begins,
            CaseVisit.starts_at < ends,
        )
    )
    return [_line(visit, case) for visit, case in rows]


def promised_by(session: Session, person: int, since: datetime) -> Sequence[VisitLine]:
    """What somebody has promised from a moment on: for colleagues, when they are away."""
    rows = session.execute(
        _agreed().where(CaseVisit.proposed_by_id == person, CaseVisit.ends_at > since)
    )
    return [_line(visit, case) for visit, case in rows]


def uncertain(session: Session, desk: Desk, now: datetime) -> Sequence[VisitLine]:
    """Visits ahead, agreed or offered, to which nobody comes: who was to is away, or has left."""
    day = clock.local(now).date()
    stands = CaseVisit.state.in_([VisitState.AGREED, VisitState.PROPOSED])
    works_there = holding_role_over(
        CaseVisit.proposed_by_id, Permission.HANDLE_CASES, Case.section_id, day
    )
    rows = session.execute(
        select(CaseVisit, Case, works_there)
        .join(Case, CaseVisit.case_id == Case.id)
        .where(stands, Case.state.in_(OPEN), Case.section_id.in_(desk.cases.sections))
        .order_by(CaseVisit.starts_at, CaseVisit.id)
    ).all()
    days = {number: _days_of(visit) for number, visit in ((row[0].id, row[0]) for row in rows)}
    away = days_away(session, [row[0].proposed_by_id for row in rows], day)
    return [
        _line(visit, case)
        for visit, case, there in rows
        if not there
        or any(
            starts <= one <= ends
            for one in days[visit.id]
            for starts, ends in away.get(visit.proposed_by_id, ())
        )
    ]


def _days_of(visit: CaseVisit) -> Sequence[date]:
    """The day that was agreed, or those that are offered."""
    agreed = agreed_in(visit)
    if visit.state is VisitState.AGREED and agreed is not None:
        return [agreed.starts_at.date()]
    return [slot.starts_at.date() for slot in rules.read(visit.slots, clock.LOCAL)]


def nobody_comes(session: Session, desk: Desk, number: int, now: datetime) -> bool:
    """Whether a visit of this case is one of these."""
    return any(line.case == number for line in uncertain(session, desk, now))


def has_slipped(now: datetime) -> ColumnElement[bool]:
    """Visits whose time is past, and nobody said whether somebody came."""
    grace = default_number("visit_slipped_minutes", clock.local(now).date())
    late = now - timedelta(minutes=grace)
    return (CaseVisit.state == VisitState.AGREED) & (CaseVisit.ends_at < late)
