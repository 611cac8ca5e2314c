"""A worker in a process of its own: `python -m tests.working FOLDER DATABASE_URL`.

Its lease runs out quickly, and it knows one kind of job: `count`, which records a deed and writes a
line a step, resting a little, so that it can be killed on the way.
"""

import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from estate.audit.actions import record
from estate.database import Database
from estate.jobs.actions import JobKind, Task
from estate.jobs.rules import Progress
from estate.settings import Settings
from web import worker
from web.app import create_app

STEPS = 40


def count(session: Session, task: Task, folder: Path) -> Progress:
    """One step of forty."""
    record(session, "counted", ("number", task.done), actor=task.owner)
    with (folder / f"{task.job}.txt").open("a") as file:
        file.write(f"{task.done}\n")
    time.sleep(0.02)
    return Progress(task.done + 1, STEPS, {}, result=f"{task.job}.txt", title="Tal.txt")


async def work(folder: Path, url: str) -> None:
    """Be the worker until killed."""
    settings = Settings(data=folder, database_url=url, worker="apart", secret="x")
    database = Database(url, origin=f"working-{time.monotonic_ns()}")
    app = create_app(settings, database)
    print("ready", flush=True)  # noqa: T201 - how the test is told
    await worker.work_apart(app.state.house, app.state.hub)


if __name__ == "__main__":
    worker.LEASE = timedelta(seconds=1)
    worker.LOOK = 0.2
    worker.JOB_KIND = {"count": JobKind("count", "Counting", count)}
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2]))
