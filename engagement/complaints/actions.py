"""Keeping a complaint: what the household writes down, and what the office does."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from engagement.cases import actions as cases
from engagement.cases.models import Case
from engagement.cases.queries import Desk, held_own, held_to_handle
from engagement.cases.rules import FINAL, OWNER, Kind
from engagement.complaints.models import Complaint, ComplaintDate, ComplaintStep
from engagement.complaints.queries import steps, tried_before
from engagement.complaints.rules import Line, MayTell
from estate import clock
from estate.audit.actions import record
from estate.language import N_
from estate.permissions import Scope
from estate.refusals import Refused


def add_dates(
    session: Session, scope: Scope, number: int, lines: Sequence[Line], language: str, now: datetime
) -> None:
    """Write down when it happened; the lines have no problems, and the empty ones are left out."""
    case = _open(held_own(session, scope, number))
    session.add_all(
        ComplaintDate(
            case_id=case.id,
            happened_on=line.day,
            begun=line.begun,
            lasted=line.lasted,
            text=line.text,
            language=language,
            author_id=scope.person,
            at=now,
        )
        for line in lines
        if not line.empty
    )
    case.last_at = now
    cases.tell_staff(session, case, scope.person, N_("New in the log of a complaint"))
    cases.refresh(session, case)


def _open(case: Case) -> Case:
    if case.kind is not Kind.COMPLAINT:
        raise Refused(N_("This is not a complaint."))
    if case.state in FINAL:
        raise Refused(N_("This case is closed. Write a new one if it comes again."))
    return case


def say_how(
    session: Session, scope: Scope, number: int, tried: Collection[str], may_tell: MayTell
) -> None:
    """What was tried, and what the office may say; both can be said otherwise while it is open."""
    case = _open(held_own(session, scope, number))
    known = tried_before(clock.local(case.received_at).date())
    row = session.get(Complaint, case.id)
    if row is None:
        row = Complaint(case_id=case.id, tried={}, may_tell=MayTell.NOBODY)
        session.add(row)
    row.tried = {code: code in tried for code in known}
    row.may_tell = may_tell
    record(session, "complaint_said", (OWNER, case.id), actor=scope.person)
    cases.refresh(session, case)


def take_step(
    session: Session,
    desk: Desk,
    number: int,
    step: str,
    day: date,
    note: str,
    language: str,
    now: datetime,
) -> None:
    """Write down a step of the office; only those who handle complaints ever read it."""
    case = _open(held_to_handle(session, desk, number))
    if step not in steps(clock.local(now).date()):
        raise Refused(N_("Choose which step it is."))
    session.add(
        ComplaintStep(
            case_id=case.id,
            step=step,
            taken_on=day,
            note=note,
            language=language,
            by_id=desk.cases.person,
            at=now,
        )
    )
    record(session, "complaint_step", (OWNER, case.id), actor=desk.cases.person)
    cases.refresh(session, case)
