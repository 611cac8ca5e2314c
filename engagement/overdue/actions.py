"""Telling the office, once, what stands past its time."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.cases import actions as cases
from engagement.cases.models import Case
from engagement.cases.rules import OPEN
from engagement.overdue import queries, rules
from engagement.overdue.models import CaseAlarm
from engagement.visits.models import CaseVisit
from engagement.visits.queries import has_slipped
from estate import clock
from estate.language import N_
from estate.notifications.actions import notify
from estate.people.models import RoleHolding
from estate.permissions import Permission
from estate.reach.queries import Place, reached

SOME = 100
"""Looked at in one transaction of a round."""


def come_round(session: Session, now: datetime) -> int:
    """Tell the offices of alarms nobody answered and of slipped visits; returns how many."""
    return _alarms(session, now) + _slipped(session, now)


def _alarms(session: Session, now: datetime) -> int:
    told = select(CaseAlarm.case_id)
    found = session.scalars(
        select(Case)
        .where(Case.state.in_(OPEN), queries.unanswered_alarms(now), Case.id.not_in(told))
        .order_by(Case.id)
        .limit(SOME)
        .with_for_update(skip_locked=True)
    ).all()
    for case in found:
        session.add(CaseAlarm(case_id=case.id, told_at=now))
        _tell(session, case, N_("This cannot wait, and nobody has answered"), now)
    return len(found)


def _slipped(session: Session, now: datetime) -> int:
    found = session.execute(
        select(CaseVisit, Case)
        .join(Case, CaseVisit.case_id == Case.id)
        .where(Case.state.in_(OPEN), has_slipped(now), CaseVisit.slipped_at.is_(None))
        .order_by(CaseVisit.id)
        .limit(SOME)
        .with_for_update(skip_locked=True)
    ).all()
    for visit, case in found:
        visit.slipped_at = now
        _tell(session, case, N_("A visit was agreed, and nobody said that somebody came"), now)
    return len(found)


def _tell(session: Session, case: Case, title: str, now: datetime) -> None:
    """The office of that section; where none has an office, whoever handles cases there."""
    everybody = session.scalars(select(RoleHolding.person_id).distinct())
    office, day = Permission.HANDLE_COMPLAINTS, clock.local(now).date()
    persons = reached(session, everybody, office, Place(case.section_id), day)
    notify(
        session,
        kind=rules.OVERDUE.name,
        persons=persons or cases.staff(session, case, now),
        title=title,
        body=N_("Case {number}"),
        values={"number": case.id},
        address=cases.ADDRESS["desk_case"](case.id),
        merge_key=f"overdue-{case.id}",
        urgent=True,
    )
    cases.refresh(session, case)
