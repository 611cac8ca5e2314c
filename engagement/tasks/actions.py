"""What is done with tasks: each a step of the one table, dated by the clock of who does it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from engagement.cases import queries as cases
from engagement.cases.queries import Desk
from engagement.categories.queries import categories
from engagement.tasks import queries, rules
from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import Draft, Kind, Moment, Place, State, Step
from estate import clock
from estate.audit.actions import record
from estate.database import insert_for, one_at_a_time, stale
from estate.language import N_
from estate.notifications.actions import notify
from estate.people.queries import called
from estate.permissions import Scope
from estate.photos import actions as photos
from estate.photos.store import Picture, Store
from estate.refusals import Refused
from estate.retention.actions import STEP
from estate.told import Told


def open_task(
    session: Session,
    draft: Draft,
    place: Place,
    now: datetime,
    *,
    by: int | None = None,
    assignee: int | None = None,
    case: int | None = None,
    origin: str | None = None,
    language: str = "da",
) -> int:
    """Write a task down; returns its id. The draft has no problems, and the assignee works there.

    What has an `origin` is opened once: asked again, the id is that of the task that is there.
    """
    values = {
        "kind": draft.kind,
        "type": draft.type,
        "state": State.OPEN,
        "section_id": place.section,
        "building_id": place.building,
        "stairwell_id": place.stairwell,
        "home_id": place.home,
        "part_id": place.part,
        "case_id": case,
        "origin": origin,
        "title": draft.title,
        "text": draft.text,
        "language": language,
        "estimate_minutes": draft.estimate,
        "assignee_id": assignee,
        "due_on": draft.due,
        "latest_on": draft.latest,
        "opened_by_id": by,
        "opened_at": now,
        "step_at": now,
    }
    made: int | None = session.scalars(
        insert_for(session, Task)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["origin"])
        .returning(Task.id)
    ).one_or_none()
    if made is None:
        return session.scalars(select(Task.id).where(Task.origin == origin)).one()
    record(session, "opened", (rules.OWNER, made), actor=by, kind=draft.kind.value)
    if assignee is not None and assignee != by:
        _tell(session, made, assignee, now)
    _refresh(session, place.section, made)
    return made


def open_for_case(session: Session, desk: Desk, scope: Scope, number: int, now: datetime) -> int:
    """The task of a case, opened where there is none yet; returns its id. Raises Missing."""
    case = cases.held_to_handle(session, desk, number)
    if case.section_id not in scope.sections:
        raise Refused(N_("You do no tasks there."))
    there = queries.of_case(session, scope, number)
    if there is not None:
        return there.id
    if case.closed_at is not None:
        raise Refused(N_("This case is closed. Write a new one if it comes again."))
    day = clock.local(now).date()
    sort = queries.types(day)["visit" if case.home_id is not None else "repair"]
    category = categories(day).get(case.category)
    title = case.title or (category.title("da") if category else case.text)
    return open_task(
        session,
        Draft(Kind.FAULT, rules.headline(title), sort.code, estimate=sort.minutes),
        Place(case.section_id, case.building_id, case.stairwell_id, case.home_id, case.part_id),
        now,
        by=scope.person,
        assignee=case.holder_id if case.holder_id is not None else scope.person,
        case=number,
        origin=rules.case_origin(number),
    )


def take(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """Take it. Of two who do at once one gets it, and the other hears who was quicker.

    What somebody has who is away can be taken too: their clock, if it runs, stops.
    """
    task = queries.held_to_work(session, scope, number)
    if task.assignee_id == scope.person:
        return
    _claim(session, scope, task, N_("{name} took this a moment ago."), now)
    _move(session, task, Step.TAKE, scope.person, Moment(now), now)
    task.assignee_id = scope.person


def give(session: Session, scope: Scope, number: int, to: int, now: datetime) -> None:
    """Give it to a colleague who does tasks there; they are told."""
    task = queries.held_to_work(session, scope, number)
    if to not in queries.staff_there(session, task.section_id, clock.local(now).date()):
        raise Refused(N_("Choose somebody who works there."))
    _move(session, task, Step.GIVE, scope.person, Moment(now), now)
    task.assignee_id = to
    if to != scope.person:
        _tell(session, task.id, to, now)


def release(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """Let it go, for whoever has time."""
    task = queries.held_to_work(session, scope, number)
    _move(session, task, Step.RELEASE, scope.person, Moment(now), now)
    task.assignee_id = None


def start(session: Session, scope: Scope, number: int, told: Told | None, now: datetime) -> None:
    """Let the clock run, first or again; one's other running task pauses at that moment.

    Raises Refused where somebody else has it.
    """
    _clock_of(session, scope.person)
    task = queries.held_to_work(session, scope, number)
    _claim(session, scope, task, HAS_IT, now)
    rules.after(task.state, Step.START)
    other = _running(session, scope.person)
    if other is not None:
        before = session.get_one(Task, other.task_id, with_for_update=True)
        _stop(session, before, Step.PAUSE, scope.person, told, now, pause=rules.OTHER_TASK)
    at = rules.moment(told, task.step_at, now)
    free = _free_since(session, scope.person)
    if free is not None and at.at < free:
        at = Moment(free, told, clamped=True)
    _move(session, task, Step.START, scope.person, at, now)
    task.assignee_id = scope.person
    session.add(Spell(task_id=task.id, person_id=scope.person, started_at=at.at, ended_at=None))
    session.flush()


def pause(
    session: Session, scope: Scope, number: int, reason: str, told: Told | None, now: datetime
) -> None:
    """Stop the clock for a reason of `pauses.csv`."""
    _clock_of(session, scope.person)
    task = _own(session, scope, number, now)
    known = queries.pauses(clock.local(now).date()).get(reason)
    if known is None or not known.tapped:
        raise Refused(N_("Choose why."))
    _stop(session, task, Step.PAUSE, scope.person, told, now, pause=reason)


def finish(session: Session, scope: Scope, number: int, told: Told | None, now: datetime) -> None:
    """It is done; where its clock runs, the clock stops."""
    _clock_of(session, scope.person)
    task = _own(session, scope, number, now)
    _stop(session, task, Step.FINISH, scope.person, told, now)
    task.finished_at, task.finished_by_id = task.step_at, scope.person


def finish_for_case(session: Session, scope: Scope, case: int, now: datetime) -> None:
    """A case is done, and with it its task, if there is one that is not."""
    found = queries.of_case(session, scope, case)
    if found is None or not found.to_do:
        return
    task = queries.held_to_work(session, scope, found.id)
    _stop(session, task, Step.FINISH, scope.person, None, now)
    task.finished_at, task.finished_by_id = task.step_at, scope.person


def finish_by_origin(session: Session, person: int, origin: str, now: datetime) -> None:
    """What a task was opened for is done already; where there is such a task, so is that."""
    task = _by_origin(session, origin)
    if task is not None:
        _stop(session, task, Step.FINISH, person, None, now)
        task.finished_at, task.finished_by_id = task.step_at, person


def withdraw(session: Session, person: int, origin: str, why: str, now: datetime) -> None:
    """What a task was opened for holds no more; it is off the list unless somebody is at it."""
    task = _by_origin(session, origin)
    if task is not None and task.state is not State.RUNNING:
        _stop(session, task, Step.DROP, person, None, now, text=why)
        task.finished_at, task.finished_by_id = task.step_at, person


def _by_origin(session: Session, origin: str) -> Task | None:
    """The task opened from something, if it is yet to be done."""
    return session.scalars(
        select(Task)
        .where(Task.origin == origin, Task.finished_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def drop(session: Session, scope: Scope, number: int, why: str, now: datetime) -> None:
    """It is not to be done after all; the words say why."""
    _clock_of(session, scope.person)
    task = _own(session, scope, number, now)
    _stop(session, task, Step.DROP, scope.person, None, now, text=why)
    task.finished_at, task.finished_by_id = task.step_at, scope.person


def reopen(session: Session, scope: Scope, number: int, now: datetime) -> None:
    """It is to be done again, or still."""
    task = queries.held_to_work(session, scope, number)
    _move(session, task, Step.REOPEN, scope.person, Moment(now), now)
    task.finished_at = task.finished_by_id = None


def note(
    session: Session,
    scope: Scope,
    number: int,
    text: str,
    language: str,
    pictures: Sequence[Picture],
    store: Store,
    told: Told | None,
    now: datetime,
) -> None:
    """Write what was found or done, with photos."""
    task = queries.held_to_work(session, scope, number)
    at = rules.moment(told, task.opened_at, now)
    entry = _enter(session, task, None, scope.person, at, now, text=text, language=language)
    for picture in pictures:
        photos.add(session, store, rules.ENTRY, entry, picture)
    _refresh(session, task.section_id, task.id)


HAS_IT = N_("{name} has this task. Ask them to let it go.")


def _own(session: Session, scope: Scope, number: int, now: datetime) -> Task:
    """A task for whoever has it, or anybody where nobody who is there has it."""
    task = queries.held_to_work(session, scope, number)
    _claim(session, scope, task, HAS_IT, now)
    return task


def _claim(session: Session, scope: Scope, task: Task, refusal: str, now: datetime) -> None:
    """Refuse what a colleague has who is there; of one who is away, a running clock stops."""
    holder = task.assignee_id
    if holder is None or holder == scope.person:
        return
    if not queries.is_free(session, task.id, clock.local(now).date()):
        raise Refused(refusal, name=called(session, holder).in_role)
    if task.state is State.RUNNING:
        _stop(session, task, Step.PAUSE, None, None, now, pause=rules.AWAY)


def _clock_of(session: Session, person: int) -> None:
    """Two phones of one person wait for each other: one clock runs."""
    one_at_a_time(session, f"clock person:{person}")


def _running(session: Session, person: int) -> Spell | None:
    return session.scalars(
        select(Spell).where(Spell.person_id == person, Spell.ended_at.is_(None))
    ).one_or_none()


def _free_since(session: Session, person: int) -> datetime | None:
    """When this person's last stretch of work ended: the next does not begin before it."""
    return session.scalar(select(func.max(Spell.ended_at)).where(Spell.person_id == person))


def _stop(
    session: Session,
    task: Task,
    step: Step,
    actor: int | None,
    told: Told | None,
    now: datetime,
    *,
    pause: str = "",
    text: str = "",
) -> None:
    """A step after which the clock does not run; its stretch ends then."""
    at = rules.moment(told, task.step_at, now)
    _move(session, task, step, actor, at, now, pause=pause, text=text)
    spell = session.scalars(
        select(Spell).where(Spell.task_id == task.id, Spell.ended_at.is_(None))
    ).one_or_none()
    if spell is not None:
        spell.ended_at, spell.pause = at.at, pause
        session.flush()


def _move(
    session: Session,
    task: Task,
    step: Step,
    actor: int | None,
    at: Moment,
    now: datetime,
    *,
    pause: str = "",
    text: str = "",
) -> None:
    """Take a step of the table and write it down. Raises Refused where it cannot be taken."""
    task.state = rules.after(task.state, step)
    task.step_at = max(task.step_at, at.at)
    _enter(session, task, step, actor, at, now, pause=pause, text=text)
    record(session, step.value, (rules.OWNER, task.id), actor=actor)
    _refresh(session, task.section_id, task.id)


def _enter(
    session: Session,
    task: Task,
    step: Step | None,
    actor: int | None,
    at: Moment,
    now: datetime,
    *,
    pause: str = "",
    text: str = "",
    language: str = "",
) -> int:
    entry = TaskEntry(
        task_id=task.id,
        step=step,
        author_id=actor,
        text=text,
        language=language or (task.language if text else ""),
        pause=pause,
        at=at.at,
        said_at=at.told.said if at.told else None,
        offset_seconds=round(at.told.offset.total_seconds()) if at.told else None,
        clamped=at.clamped,
        received_at=now,
    )
    session.add(entry)
    session.flush()
    return entry.id


def _tell(session: Session, number: int, person: int, now: datetime) -> None:
    notify(
        session,
        kind=rules.WORK.name,
        persons=[person],
        title=N_("A task was given to you"),
        body=N_("Task {number}"),
        values={"number": number},
        address=f"/desk/tasks/{number}",
        merge_key=rules.task_key(number),
    )


def _refresh(session: Session, section: int, number: int) -> None:
    for block in (f"task-{number}", "tasks", "today"):
        stale(session, f"tasks:{section}", block)


# What the nights do


def forget(session: Session, before: datetime) -> list[int]:
    """Erase some of the tasks that were over before a moment; returns their ids."""
    ids = list(session.scalars(select(Task.id).where(Task.finished_at < before).limit(STEP)))
    erase(session, ids)
    return ids


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these tasks with their course, their stretches of work and their photos."""
    entries = list(session.scalars(select(TaskEntry.id).where(TaskEntry.task_id.in_(ids))))
    photos.remove_all(session, rules.ENTRY, entries)
    session.execute(delete(Task).where(Task.id.in_(ids)))
