"""The tables of jobs, duties and leases."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from estate.database import Base


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base):
    """Work for the worker: `done` of `total` steps, then a result file until `expires_at`.

    `given` is what was asked and how far it came; `holder` the worker that has it; `attempts` the
    failures in a row, `trouble` the last one for whoever looks after the house. `refusal` is the
    packed sentence its owner is told when the work itself cannot be done. `result` names the file
    in the jobs' folder, `title` what a person saves it as.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING, index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    holder: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    trouble: Mapped[str] = mapped_column(default="")
    refusal: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class Duty(Base):
    """When something that comes round (a night, an hour) was last done."""

    __tablename__ = "duty"
    name: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime]


class Lease(Base):
    """Who does a thing only one process may do, until when."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
