"""Reading jobs, and when duties were last done."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from estate.jobs.models import Duty, Job, JobState, Lease
from estate.language import Message, unpack_message

OPEN = (JobState.WAITING, JobState.RUNNING)


class JobView(NamedTuple):
    """A job as its owner sees it."""

    id: int
    kind: str
    state: JobState
    done: int
    total: int
    result: str
    title: str
    refusal: Mapping[str, Any]
    asked_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None
    given: Mapping[str, Any]

    @property
    def under_way(self) -> bool:
        """Whether it waits or is being worked on."""
        return self.state in OPEN

    @property
    def failed(self) -> bool:
        """Whether it was given up."""
        return self.state is JobState.FAILED

    @property
    def why(self) -> Message | None:
        """Why the work cannot be done, when it is the work itself that said so."""
        return unpack_message(self.refusal) if self.refusal else None

    @property
    def address(self) -> str:
        """The page the work is for, as a path, where it was asked for with one."""
        return str(self.given.get("address", ""))


def own_job(session: Session, job: int, owner: int) -> JobView | None:
    """A job of this person; anybody else's is as if it were not there."""
    return _view(session, Job.id == job, Job.owner_id == owner)


def job_by_id(session: Session, job: int) -> JobView | None:
    """A job, for a page whose readers may all see how far it is, whoever asked for it."""
    return _view(session, Job.id == job)


def _view(session: Session, *conditions: ColumnElement[bool]) -> JobView | None:
    row = session.execute(
        select(
            Job.id,
            Job.kind,
            Job.state,
            Job.done,
            Job.total,
            Job.result,
            Job.title,
            Job.refusal,
            Job.asked_at,
            Job.ended_at,
            Job.expires_at,
            Job.given,
        ).where(*conditions)
    ).one_or_none()
    return JobView._make(row) if row else None


def is_under_way(session: Session, job: int | None) -> bool:
    """Whether a job waits or is being worked on."""
    found = select(Job.id).where(Job.id == job, Job.state.in_(OPEN))
    return job is not None and session.scalar(found) is not None


def duties_done(session: Session) -> Mapping[str, datetime]:
    """When each duty was last done."""
    return {row.name: row.done_at for row in session.execute(select(Duty.name, Duty.done_at))}


def lease_held(session: Session, name: str, now: datetime) -> bool:
    """Whether some process holds a lease at this moment."""
    held = session.scalar(select(Lease.until).where(Lease.name == name))
    return held is not None and held > now


def result_files(session: Session) -> Sequence[str]:
    """The names of all result files that still belong to a job."""
    return session.scalars(select(Job.result).where(Job.result != "")).all()


def running_jobs(session: Session) -> Sequence[int]:
    """Ids of the jobs that are not at their end, whose files are in the making."""
    return session.scalars(select(Job.id).where(Job.state.in_(OPEN))).all()
