"""Asking for long work, and the worker's steps through it, each its own transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import JOBS as JOBS_BLOCK
from estate.database import WORKER, insert_for, stale
from estate.jobs.models import Duty, Job, JobState, Lease
from estate.jobs.rules import JOBS, TRIES, Progress, pause_after
from estate.language import Message, pack_message
from estate.retention.actions import erase_some
from estate.retention.queries import days_kept


class TakenOver(Exception):
    """Another worker has taken the job meanwhile: this step must not count."""


class Task(NamedTuple):
    """A job as its steps see it; `holder` is who took it, and whose steps alone count.

    `found` is what its kind's `beforehand` returned for this step.
    """

    holder: str
    job: int
    kind: str
    owner: int | None
    given: Mapping[str, Any]
    done: int
    total: int
    attempts: int
    found: Any = None


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of long work. `step` does at most two seconds of it in the given transaction.

    A Refusal it raises ends the job, and its sentence is what the owner reads. It may write below
    the folder it is given; a step that is cut off is done again from the same `given`, so what it
    writes must not depend on how often it ran. `label` is a msgid, and so is `did`, what its owner
    reads once it is done, where that is more than that it is. What takes longer and needs no
    database, `beforehand(task, folder)` does before the transaction begins; its step finds it in
    `task.found`.
    """

    name: str
    label: str
    step: Callable[[Session, Task, Path], Progress]
    beforehand: Callable[[Task, Path], object] | None = None
    did: str = ""


def ask(session: Session, kind: str, owner: int | None, **given: Any) -> int:
    """Have a job done by the worker; returns its id."""
    now = clock.now()
    job = Job(kind=kind, owner_id=owner, given=given, asked_at=now, due_at=now)
    session.add(job)
    session.flush()
    stale(session, WORKER, JOBS_BLOCK)
    return job.id


def take(session: Session, holder: str, now: datetime) -> Task | None:
    """The next job for this holder: one that waits, or that another one left unfinished.

    A worker takes under a new name whenever it starts afresh, so that what it left itself is free.
    """
    job = session.scalars(
        select(Job)
        .where(
            Job.due_at <= now,
            or_(
                Job.state == JobState.WAITING,
                (Job.state == JobState.RUNNING) & (Job.holder != holder),
            ),
        )
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if job is None:
        return None
    job.state = JobState.RUNNING
    job.holder = holder
    return Task(
        holder, job.id, job.kind, job.owner_id, job.given, job.done, job.total, job.attempts
    )


def advance(session: Session, task: Task, progress: Progress, now: datetime) -> Task | None:
    """Write a step down in its own transaction; the task for the next step, None after the last.

    Raises TakenOver when it is no longer its holder's job.
    """
    values: dict[str, Any] = {
        "done": progress.done,
        "total": progress.total,
        "given": dict(progress.given),
        "attempts": 0,
        "trouble": "",
    }
    if progress.finished:
        values |= {
            "state": JobState.DONE,
            "ended_at": now,
            "expires_at": _expires(now),
            "result": progress.result,
            "title": progress.title,
        }
    mine = session.scalars(
        update(Job)
        .where(Job.id == task.job, Job.holder == task.holder, Job.state == JobState.RUNNING)
        .values(**values)
        .returning(Job.id)
    ).all()
    if not mine:
        raise TakenOver
    if task.owner is not None:
        stale(session, f"person:{task.owner}", "job")
    if progress.finished:
        return None
    return task._replace(
        given=dict(progress.given), done=progress.done, total=progress.total, attempts=0, found=None
    )


def _expires(now: datetime) -> datetime:
    return now + timedelta(days=days_kept(JOBS, clock.local(now).date()))


def note_failure(session: Session, task: Task, trouble: str, now: datetime) -> bool:
    """Have a failed step tried again later, or fail the job for good; returns whether it did."""
    attempts = task.attempts + 1
    final = attempts >= TRIES
    values: dict[str, Any] = {"attempts": attempts, "trouble": trouble[:500], "holder": ""}
    if final:
        values |= {"state": JobState.FAILED, "ended_at": now, "expires_at": _expires(now)}
    else:
        values |= {"state": JobState.WAITING, "due_at": now + pause_after(attempts)}
    _put_down(session, task, values)
    return final


def note_refusal(session: Session, task: Task, refusal: Message, now: datetime) -> None:
    """End a job whose work said that it cannot be done; no further try would change that."""
    ended = {"state": JobState.FAILED, "ended_at": now, "expires_at": _expires(now)}
    _put_down(session, task, {**ended, "holder": "", "refusal": pack_message(refusal)})


def stop(session: Session, ids: Collection[int], why: Message, now: datetime) -> None:
    """End those of these jobs that are under way, and a step of theirs with them; they say why."""
    ended = {"state": JobState.FAILED, "ended_at": now, "expires_at": _expires(now)}
    owners = session.scalars(
        update(Job)
        .where(Job.id.in_(ids), Job.state.in_((JobState.WAITING, JobState.RUNNING)))
        .values(**ended, holder="", refusal=pack_message(why))
        .returning(Job.owner_id)
    ).all()
    for owner in owners:
        if owner is not None:
            stale(session, f"person:{owner}", "job")


def _put_down(session: Session, task: Task, values: Mapping[str, Any]) -> None:
    session.execute(
        update(Job).where(Job.id == task.job, Job.holder == task.holder).values(**values)
    )
    if task.owner is not None:
        stale(session, f"person:{task.owner}", "job")


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 jobs that ended before; returns their ids.

    Their files belong to nobody then, and the worker's night sweeps them away.
    """
    return erase_some(session, Job, Job.ended_at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these jobs."""
    session.execute(delete(Job).where(Job.id.in_(ids)))


def hold_lease(session: Session, name: str, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or keep a lease; whether it is this holder's for `lasts` from now."""
    insert = insert_for(session, Lease)
    mine = session.scalars(
        insert.values(name=name, holder=holder, until=now + lasts)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": now + lasts},
            where=(Lease.holder == holder) | (Lease.until <= now),
        )
        .returning(Lease.name)
    ).all()
    return bool(mine)


def give_up_lease(session: Session, name: str, holder: str) -> None:
    """Let another one take over at once."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def note_duty(session: Session, name: str, now: datetime) -> None:
    """Write down that a duty was done."""
    insert = insert_for(session, Duty)
    session.execute(
        insert.values(name=name, done_at=now).on_conflict_do_update(
            index_elements=["name"], set_={"done_at": now}
        )
    )
