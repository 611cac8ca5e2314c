"""Two processes that lay letters out ahead of a printing job's steps.

WeasyPrint takes seconds for a stairwell: within a step it would hold the one writer SQLite has, and
keep all other jobs waiting. So it works beside them; a step takes in what is done.
"""

import contextlib
import importlib
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import cast

from estate import clock
from estate.database import Database
from estate.files.queries import file_of
from estate.files.store import FILES, PdfStore
from estate.jobs.actions import Task
from estate.language import N_
from estate.letters.actions import OWNER
from estate.letters.queries import LetterView, kind_of, letter_by_id
from estate.refusals import Refused
from estate.rounds.actions import Made, leave_made, made
from estate.rounds.queries import Envelope, envelopes

PROCESSES = 2
PATIENCE = 1.0
"""Seconds one step waits for the press; the other jobs have their turn in between."""


@dataclass(frozen=True, slots=True)
class Order:
    """The letters of one stairwell to lay out; `pdf` is what somebody brought instead of words."""

    letter: LetterView
    envelopes: Sequence[Envelope]
    address: str
    pdf: bytes | None


def lay_out(order: Order) -> Made:
    """Lay one stairwell's letters out; runs in a process of the press, which alone loads it."""
    return cast(Made, importlib.import_module("web.press").lay_out(order))


class Press:
    """The processes, for as long as there is something to lay out."""

    def __init__(self, processes: int = PROCESSES) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._under_way: dict[tuple[int, int], Future[Made]] = {}
        self._lock = Lock()

    def ahead(self, database: Database, task: Task, folder: Path) -> None:
        """Keep the processes at work for a job, and leave below the folder what they finished."""
        with self._lock:
            self._submit(database, task, folder)
            mine = {key: work for key, work in self._under_way.items() if key[0] == task.job}
            wait(mine.values(), timeout=PATIENCE, return_when=FIRST_COMPLETED)
            for key in [key for key, work in mine.items() if work.done()]:
                self._collect(key, folder)
            if not self._under_way:
                self.close()

    def _submit(self, database: Database, task: Task, folder: Path) -> None:
        """Give the processes one stairwell each, and one more to go on with."""
        for stairwell, _ in task.given["doors"]:
            key = (task.job, stairwell)
            if len(self._under_way) > self._processes:
                return
            if key not in self._under_way and made(folder, *key) is None:
                order = _order(database, task, stairwell, folder)
                self._under_way[key] = self._running().submit(lay_out, order)

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not forked: threads of this process hold locks that a copy would never see released.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context)
        return self._pool

    def _collect(self, key: tuple[int, int], folder: Path) -> None:
        work = self._under_way.pop(key)
        try:
            leave_made(folder, *key, work.result())
        except BrokenProcessPool:
            self.close()
            raise
        except OSError as trouble:
            raise Refused(
                N_("Letters cannot be laid out on this machine: {trouble}"), trouble=str(trouble)
            ) from trouble

    def close(self) -> None:
        """Let the processes go."""
        pool, self._pool = self._pool, None
        self._under_way.clear()
        if pool is not None:
            with contextlib.suppress(OSError):
                pool.shutdown(wait=False, cancel_futures=True)


def _order(database: Database, task: Task, stairwell: int, folder: Path) -> Order:
    number, again = task.given["letter"], task.given["again"]
    with database.read() as session:
        letter = letter_by_id(session, number)
        if letter is None:
            raise Refused(N_("The letter is no longer there."))
        found = envelopes(session, number, stairwell, clock.today(), again=again)
        held = file_of(session, OWNER, number)
    store = PdfStore(folder.with_name(FILES))
    pdf = store.path(held.digest).read_bytes() if held else None
    formal = kind_of(letter.kind).matter.formal
    address = "" if formal else f"{task.given['base']}/letters/{number}"
    return Order(letter, found, address, pdf)


PRESS = Press()
