"""Reminding the organisations that the pages have to be looked at again."""

from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.accessibility.queries import audit_days
from estate.accessibility.rules import AUDIT_DUE, Audit, reminder_due
from estate.jobs.actions import note_duty
from estate.jobs.queries import duties_done
from estate.language import N_
from estate.notifications.actions import notify
from estate.people.models import RoleHolding
from estate.permissions import TABLE, Permission

REMINDED = "accessibility-reminded"
"""The duty that says when somebody was last told."""


def remind(session: Session, audit: Audit, now: datetime) -> int:
    """Tell whoever answers for the statement that the audit is outdated, once a year.

    Returns how many were told.
    """
    today = clock.local(now).date()
    last = duties_done(session).get(REMINDED)
    told = clock.local(last).date() if last else None
    if not reminder_due(audit.day, told, today, audit_days(today)):
        return 0
    persons = _answering(session, today)
    notify(
        session,
        kind=AUDIT_DUE.name,
        persons=persons,
        title=N_("The pages’ accessibility has to be checked again"),
        body=N_("It was last checked on {day}. The statement is to be renewed once a year."),
        values={"day": audit.day},
        address="/was",
        merge_key="accessibility-audit",
    )
    if persons:
        note_duty(session, REMINDED, now)
    return len(persons)


def _answering(session: Session, day: date) -> set[int]:
    roles = [role for role, may in TABLE.items() if Permission.KEEP_STATEMENT in may]
    return set(
        session.scalars(
            select(RoleHolding.person_id).where(
                RoleHolding.role.in_(roles),
                RoleHolding.starts_on <= day,
                or_(RoleHolding.ends_on.is_(None), RoleHolding.ends_on >= day),
            )
        )
    )
