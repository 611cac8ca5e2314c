"""Keeping the maintenance plan: adding, changing and ending items, and saying what was done."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engagement.plans import rules
from engagement.plans.models import PlanDone, PlanItem
from engagement.plans.queries import parts_of, recurrence_of
from engagement.plans.rules import OWNER, Wording
from engagement.tasks import actions as tasks
from engagement.tasks.queries import task_place, to_work
from engagement.tasks.rules import Draft, Kind, worked
from engagement.tasks.rules import minutes as in_minutes
from estate import clock
from estate.audit.actions import record
from estate.language import N_, say
from estate.permissions import Scope
from estate.refusals import Missing, Problems, Refused
from estate.retention.actions import STEP, erase_some
from estate.values.queries import default_number


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
    item.type = wording.type
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


def change(session: Session, scope: Scope, number: int, wording: Wording, now: datetime) -> None:
    """Write an item anew: it is due by the new rule, after what was done last."""
    item = _held(session, scope, number)
    if item.ended_at is not None:
        raise Refused(N_("This is no longer in the plan."))
    _write(session, scope, item, wording)
    _withdraw(session, scope, item, now)
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
    session.flush()
    tasks.finish_by_origin(session, scope.person, rules.task_origin(number, due), now)
    _note(session, item, scope.person, done_on, minutes, note, None, now)


def _note(
    session: Session,
    item: PlanItem,
    by: int,
    done_on: date,
    minutes: int | None,
    note: str,
    task: int | None,
    now: datetime,
) -> None:
    """What is due of an item was done; its next date follows."""
    if item.due_on is None:
        return
    session.add(
        PlanDone(
            item_id=item.id,
            due_on=item.due_on,
            done_on=done_on,
            by_id=by,
            minutes=minutes,
            note=note,
            task_id=task,
            at=now,
        )
    )
    _next(item, recurrence_of(item).next_due(item.due_on, done_on))
    record(session, "done", (OWNER, item.id), actor=by, section=item.section_id)


def task_finished(session: Session, scope: Scope, task: int, now: datetime) -> None:
    """A task is done: if the plan opened it, that occurrence is done, as long as its clock ran.

    What was changed or written down meanwhile stays as it is.
    """
    whole = to_work(session, scope, task)
    occurrence = rules.occurrence_of(whole.origin)
    if occurrence is None or whole.finished_at is None:
        return
    number, due = occurrence
    item = session.scalar(
        select(PlanItem)
        .where(PlanItem.id == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if item is None or item.due_on != due:
        return
    took = in_minutes(worked(whole.spells, now)) if whole.spells else None
    done_on = clock.local(whole.finished_at).date()
    _note(session, item, scope.person, done_on, took, "", task, now)


def open_due(session: Session, now: datetime) -> int:
    """Open the tasks of some items that are due soon; returns how many. Each date opens once."""
    day = clock.local(now).date()
    ahead = timedelta(days=default_number("plan_open_days", day))
    found = session.scalars(
        select(PlanItem)
        .where(
            PlanItem.due_on <= day + ahead,
            or_(PlanItem.opened_for.is_(None), PlanItem.opened_for != PlanItem.due_on),
        )
        .order_by(PlanItem.id)
        .limit(STEP)
        .with_for_update(skip_locked=True)
    ).all()
    for item in found:
        due = item.due_on
        if due is None:
            continue
        text = "\n".join(filter(None, [item.place, item.note]))
        draft = Draft(
            Kind.RECURRING, item.title, item.type, text, item.minutes, due, item.latest_on
        )
        tasks.open_task(
            session,
            draft,
            task_place(session, item.section_id, item.part_id),
            now,
            origin=rules.task_origin(item.id, due),
        )
        item.opened_for = due
    return len(found)


def _withdraw(session: Session, scope: Scope, item: PlanItem, now: datetime) -> None:
    """What was opened for a date that no longer holds is off the list, unless somebody is at it."""
    if item.opened_for is not None:
        origin = rules.task_origin(item.id, item.opened_for)
        tasks.withdraw(session, scope.person, origin, N_("The plan was changed."), now)
    item.opened_for = None


def end(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """Take an item out of the plan; what was done stays, and so does the item. Twice is once."""
    item = _held(session, scope, number)
    if item.ended_at is not None:
        return
    _withdraw(session, scope, item, now)
    item.ended_at, item.due_on, item.latest_on = now, None, None
    record(session, "ended", (OWNER, number), actor=scope.person, section=item.section_id)


def forget(session: Session, before: datetime) -> int:
    """Erase what was done before a moment, and ended items that nothing stands against."""
    day = clock.local(before).date()
    gone = erase_some(session, PlanDone, PlanDone.done_on < day)
    bare = PlanItem.id.not_in(select(PlanDone.item_id))
    ended = erase_some(session, PlanItem, (PlanItem.ended_at < before) & bare)
    return len(gone) + len(ended)
