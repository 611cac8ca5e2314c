"""Putting right which building project a case belongs to; what it was before stays written."""

from datetime import datetime

from sqlalchemy.orm import Session

from engagement.belonging.queries import NOWHERE, Work, kept, works_for
from engagement.cases import actions as cases
from engagement.cases.actions import Words
from engagement.cases.queries import Desk, held_to_handle
from engagement.cases.rules import Seen, Step
from estate import clock
from estate.language import N_
from estate.refusals import Refused


def put_right(session: Session, desk: Desk, number: int, key: str, now: datetime) -> None:
    """Say that a case belongs to another running project or stage, or to none.

    Who, when, from what and to what is an entry for the staff, as everything done to a case.
    """
    case = held_to_handle(session, desk, number)
    choices = {one.key: one for one in works_for(session, desk, number, clock.local(now).date())}
    wanted = choices.get(key) if key else NOWHERE
    if wanted is None:
        raise Refused(N_("Choose a project that runs there."))
    before = kept(session, case)
    if before.key == wanted.key:
        return
    values = {**_told("before", before), **_told("after", wanted)}
    words = Words(values=values)
    cases.by_staff(session, desk, case, Step.PROJECT, words, Seen.STAFF, now)
    case.project_id, case.stage_id = wanted.project, wanted.stage


def _told(side: str, work: Work) -> dict[str, str]:
    """What an entry keeps of one side: the number, and what it was called that day."""
    return {
        side: work.key,
        f"{side}_name": work.name,
        f"{side}_stage": work.kind.value if work.kind else "",
        f"{side}_stage_name": work.stage_name,
    }
