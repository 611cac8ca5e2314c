"""Keeping the maintenance plan: adding, changing and ending items, and saying what was done."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.plans.models import PlanDone, PlanItem
from engagement.plans.queries import parts_of, recurrence_of
from engagement.plans.rules import OWNER, Wording
from estate import clock
from estate.audit.actions import record
from estate.language import N_, say
from estate.permissions import Scope
from estate.refusals import Missing, Problems, Refused
from estate.retention.actions import erase_some


def add(session: Session, scope: Scope, wording: Wording) -> int:
    """Put an item into the plan; it has no problems. Raises Missing outside the scope."""
    item = PlanItem(section_id=wording.section)
    _write(session, scope, item, wording)
    _next(item, recurrence_of(item).first())
    session.add(item)
    session.flush()
    record(session, "planned", (OWNER, item.id), actor=scope.person, section=item.section_id)
    return item.id


def _write(session: Session, scope: Scope, item: PlanItem, wording: Wording) -> None:
    there = {number for number, _ in parts_of(session, scope, wording.section)}
    if wording.section not in scope.sections or wording.part not in {*there, None, item.part_id}:
        raise Missing
    how = wording.recurrence
    item.part_id, item.title, item.place = wording.part, wording.title, wording.place
    item.note, item.minutes, item.valid_until = wording.note, wording.minutes, wording.valid_until
    item.rule, item.starts_on, item.follows = how.rule, how.starts_on, how.follows
    item.season_begins = how.season.begins if how.season else ""
    item.season_ends = how.season.ends if how.season else ""
    item.spare_days = how.spare


def _next(item: PlanItem, due: date | None) -> None:
    """What is to be done next; nothing once the item is no longer valid."""
    over = due is None or (item.valid_until is not None and due > item.valid_until)
    item.due_on = None if over else due
    item.latest_on = None if item.due_on is None else recurrence_of(item).latest(item.due_on)


def _held(session: Session, scope: Scope, number: int) -> PlanItem:
    """An item as it stands now, kept so until the commit. Raises Missing."""
    item = session.scalar(
        select(PlanItem)
        .where(PlanItem.id == number, PlanItem.section_id.in_(scope.sections))
        .with_for_update()
    )
    if item is None:
        raise Missing
    session.refresh(item)
    return item


def change(session: Session, scope: Scope, number: int, wording: Wording) -> None:
    """Write an item anew: it is due by the new rule, after what was done last."""
    item = _held(session, scope, number)
    if item.ended_at is not None:
        raise Refused(N_("This is no longer in the plan."))
    _write(session, scope, item, wording)
    last = session.execute(
        select(PlanDone.due_on, PlanDone.done_on)
        .where(PlanDone.item_id == number)
        .order_by(PlanDone.due_on.desc())
        .limit(1)
    ).one_or_none()
    how = recurrence_of(item)
    _next(item, how.next_due(last[0], last[1]) if last else how.first())
    record(session, "changed", (OWNER, number), actor=scope.person, section=item.section_id)


def say_done(
    session: Session,
    scope: Scope,
    number: int,
    due: date,
    done_on: date,
    minutes: int | None,
    note: str,
    now: datetime,
) -> None:
    """Write down that an item was done for a due date, once; its next date follows.

    Raises Problems when that due date was done, or changed, meanwhile.
    """
    item = _held(session, scope, number)
    if item.due_on != due:
        raise Problems({"done_on": say(N_("Somebody has written this down meanwhile."))})
    session.add(
        PlanDone(
            item_id=number,
            due_on=due,
            done_on=done_on,
            by_id=scope.person,
            minutes=minutes,
            note=note,
            at=now,
        )
    )
    _next(item, recurrence_of(item).next_due(due, done_on))
    record(session, "done", (OWNER, number), actor=scope.person, section=item.section_id)


def end(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """Take an item out of the plan; what was done stays, and so does the item. Twice is once."""
    item = _held(session, scope, number)
    if item.ended_at is not None:
        return
    item.ended_at, item.due_on, item.latest_on = now, None, None
    record(session, "ended", (OWNER, number), actor=scope.person, section=item.section_id)


def forget(session: Session, before: datetime) -> int:
    """Erase what was done before a moment, and ended items that nothing stands against."""
    day = clock.local(before).date()
    gone = erase_some(session, PlanDone, PlanDone.done_on < day)
    bare = PlanItem.id.not_in(select(PlanDone.item_id))
    ended = erase_some(session, PlanItem, (PlanItem.ended_at < before) & bare)
    return len(gone) + len(ended)
