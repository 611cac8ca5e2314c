"""The worker: brings what the outbox holds, does long work in steps, and what comes round.

One of several processes is the worker, by a lease. Duties that come round are a table asked twice
a minute, not apscheduler's timers: what a machine slept through is found again after a restart.
"""

import asyncio
import contextlib
import functools
import importlib
import secrets
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from engagement.board import actions as board
from engagement.cases import actions as cases
from engagement.notices import actions as notices
from engagement.overdue import actions as overdue
from engagement.pace import actions as pace
from engagement.plans import actions as plans
from engagement.visits import actions as agreed
from estate import clock
from estate.accessibility.actions import remind
from estate.accessibility.queries import last_audit
from estate.database import CHANGES, JOBS, OUTBOX, WORKER, Database
from estate.deliveries.queries import outbox_health
from estate.digests.actions import gather_digests
from estate.files import actions as files
from estate.files.actions import Keeping
from estate.files.queries import file_digests, unowned
from estate.jobs import actions as jobs
from estate.jobs.actions import TakenOver, Task
from estate.jobs.queries import duties_done, result_files, running_jobs
from estate.jobs.rules import Round, due
from estate.photos import actions as photos
from estate.photos.queries import all_digests
from estate.proof import actions as proof
from estate.refusals import Refusal
from estate.retention.actions import Kept, forget_some, look_ahead, note_due, note_erased
from estate.retention.queries import kept_since
from web.kinds import JOB_KIND, KEPT, KIND, SWEPT
from web.live import Hub, forget_stale_blocks
from web.mail import Postman
from web.metrics import JOBS as JOBS_COUNTED
from web.metrics import WAITING
from web.pressing import PRESS
from web.sweeping import Swept, old_files, sweep
from web.visits import House
from web.wiping import wipe

log = structlog.get_logger("opgang.worker")

LATER = ("web.push", "web.webhooks", "web.texts")
LEASE = timedelta(seconds=15)
LOOK = 5.0
"""Seconds between looks at the lease; three may fail before another worker takes over."""

REST, LONGEST_REST = 2.0, 300.0
"""Seconds until work that died is begun again: twice as many each time it dies soon again."""

ERASED_AT_ONCE = 200
"""Files that belong to nothing, looked at once more and erased in one transaction."""

FAILED_REST = timedelta(minutes=5)
"""Until a duty that failed is tried again."""

LISTEN = 10.0
"""Seconds until the outbox is looked at although nobody called: pauses and quiet hours end."""

ROUNDS = (
    Round("board", every=timedelta(minutes=1)),
    Round("notices", every=timedelta(minutes=1)),
    Round("photos", every=timedelta(minutes=5)),
    Round("letters", every=timedelta(minutes=1)),
    Round("digests", every=timedelta(minutes=5)),
    Round("stale", every=timedelta(hours=1)),
    Round("cases", every=timedelta(minutes=5)),
    Round("visits", every=timedelta(minutes=5)),
    Round("night", daily_at=time(3, 30)),
    Round("pace", daily_at=time(4, 30)),
    Round("plan", daily_at=time(5)),
    Round("reminders", daily_at=time(9)),
)


class Worker:
    """One process's worker; idle while another process holds the lease."""

    def __init__(self, house: House, hub: Hub) -> None:
        self.house = house
        self.database: Database = house.database
        self.holder = f"{house.database.origin}-{secrets.token_hex(4)}"
        self.results = house.settings.data / "jobs"
        speeches = house.templates.speeches
        self._failed: dict[str, datetime] = {}
        self._postman = Postman(self.database, house.settings, speeches)
        self._pushes, self._mails = asyncio.Event(), asyncio.Event()
        self._texts = asyncio.Event()
        self._jobs, self._changes = asyncio.Event(), asyncio.Event()
        hub.heed(WORKER, self._hear)

    def _hear(self, block: str) -> None:
        if block == OUTBOX:
            self._pushes.set()
            self._mails.set()
            self._texts.set()
        if block == JOBS:
            self._jobs.set()
        if block == CHANGES:
            self._changes.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the block lasts; then let another take over at once."""
        keeping = asyncio.create_task(self._keep_lease())
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await asyncio.to_thread(PRESS.close)
            with self.database.write() as session:
                jobs.give_up_lease(session, WORKER, self.holder)

    async def _keep_lease(self) -> None:
        work: asyncio.Task[None] | None = None
        try:
            while True:
                try:
                    held = await asyncio.to_thread(self._hold)
                except SQLAlchemyError as trouble:  # what the lease says is asked again soon
                    log.warning("lease not looked at", error=str(trouble))
                    held = work is not None
                if held and work is None:
                    log.info("working", holder=self.holder)
                    work = asyncio.create_task(self._work_on())
                elif not held and work is not None:
                    await _end(work)
                    work = None
                    # What is laid out now is for another to take in, who lays it out, too.
                    await asyncio.to_thread(PRESS.close)
                await asyncio.sleep(LOOK)
        finally:
            if work is not None:
                await _end(work)

    async def _work_on(self) -> None:
        """Work, and when that dies of something no duty caught, begin again after a rest."""
        rest = REST
        while True:
            begun = asyncio.get_running_loop().time()
            try:
                await self._work()
            except Exception as trouble:
                log.error("work died", begins_again_in=rest, exc_info=trouble)
            await asyncio.sleep(rest)
            lasted = asyncio.get_running_loop().time() - begun - rest
            rest = REST if lasted > LONGEST_REST else min(2 * rest, LONGEST_REST)

    def _hold(self) -> bool:
        with self.database.write() as session:
            return jobs.hold_lease(session, WORKER, self.holder, clock.now(), LEASE)

    async def _work(self) -> None:
        # Slow to load, and the first page does not wait for a push.
        push, webhooks, texts = [
            await asyncio.to_thread(importlib.import_module, name) for name in LATER
        ]
        speeches = self.house.templates.speeches
        sender = push.Sender(self.database, self.house.settings, speeches)

        crier = webhooks.Crier(self.database)
        texter = texts.Texter(self.database, self.house.settings, speeches)
        async with sender, crier, texter, asyncio.TaskGroup() as group:
            group.create_task(self._whenever(self._pushes, sender.deliver_due))
            group.create_task(self._whenever(self._mails, self._postman.send_due))
            group.create_task(self._whenever(self._texts, texter.send_due))
            group.create_task(self._whenever(self._jobs, self._do_jobs))
            group.create_task(self._whenever(self._changes, crier.tell_due))
            group.create_task(self._come_round())

    async def _whenever(
        self, called: asyncio.Event, deed: Callable[[], Coroutine[Any, Any, object]]
    ) -> None:
        """Do it when called, and every ten seconds uncalled; a bug in it is logged, not fatal."""
        while True:
            called.clear()
            try:
                await deed()
            except Exception as trouble:
                log.error("broken", deed=deed.__qualname__, exc_info=trouble)
                await asyncio.sleep(LOOK)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), LISTEN)

    async def _do_jobs(self) -> None:
        """All jobs that are due, a step of each in turn: the neighbours do not wait for a file."""
        # A new name each time: what an earlier time left running under its name is taken up again.
        holder = f"{self.holder}-{secrets.token_hex(4)}"
        hand: deque[Task] = deque()
        while True:
            if (task := await asyncio.to_thread(self._take, holder)) is not None:
                hand.append(task)
            if not hand:
                return
            following = await asyncio.to_thread(self.do_step, hand.popleft())
            if following is not None:
                hand.append(following)

    def _take(self, holder: str) -> Task | None:
        with self.database.write() as session:
            return jobs.take(session, holder, clock.now())

    def do_step(self, task: Task) -> Task | None:
        """One step of a job in its own transaction; the task to go on with, None when it ended."""
        self.results.mkdir(parents=True, exist_ok=True)
        try:
            kind = JOB_KIND[task.kind]
            if kind.beforehand is not None:
                task = task._replace(found=kind.beforehand(task, self.results))
            with self.database.write() as session:
                progress = kind.step(session, task, self.results)
                following = jobs.advance(session, task, progress, clock.now())
        except TakenOver:
            return None
        except Refusal as refusal:
            self._note_refusal(task, refusal)
            return None
        except Exception as trouble:
            log.error("job failed", job=task.job, kind=task.kind, exc_info=trouble)
            self._note_failure(task, trouble)
            return None
        if following is None:
            JOBS_COUNTED.labels(task.kind, "done").inc()
        return following

    def _note_refusal(self, task: Task, refusal: Refusal) -> None:
        log.info("job refused", job=task.job, kind=task.kind, why=refusal.message.text)
        with self.database.write() as session:
            jobs.note_refusal(session, task, refusal.message, clock.now())
        JOBS_COUNTED.labels(task.kind, "refused").inc()

    def _note_failure(self, task: Task, trouble: Exception) -> None:
        with self.database.write() as session:
            final = jobs.note_failure(session, task, repr(trouble), clock.now())
        JOBS_COUNTED.labels(task.kind, "failed" if final else "retried").inc()

    async def _come_round(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.do_rounds)
            except Exception as trouble:
                log.error("broken", deed="round", exc_info=trouble)
            await asyncio.sleep(30)

    def do_rounds(self) -> None:
        """Whatever is due by what the table says was last done."""
        now = clock.now()
        with self.database.read() as session:
            done = duties_done(session)
            WAITING.set(outbox_health(session, now).waiting)
        deeds: dict[str, Callable[[], None]] = {
            "board": self.take_down_posts,
            "notices": self.look_at_notices,
            "photos": self.clear_photos,
            "letters": self.follow_letters,
            "digests": self.send_digests,
            "stale": self.take_down_notices,
            "cases": self.close_cases,
            "visits": self.look_at_visits,
            "night": self.tidy_up,
            "pace": self.count_pace,
            "plan": self.open_planned,
            "reminders": self.send_reminders,
        }
        for duty in ROUNDS:
            rested = self._failed.get(duty.name, now) <= now
            if rested and due(duty, done.get(duty.name), clock.local(now)):
                self._do_duty(duty.name, deeds[duty.name], now)

    def _do_duty(self, name: str, deed: Callable[[], None], now: datetime) -> None:
        """Do one and write it down; when it fails, after a rest again, and the others meanwhile."""
        try:
            deed()
            with self.database.write() as session:
                jobs.note_duty(session, name, now)
        except Exception as trouble:
            log.error("broken", deed=name, exc_info=trouble)
            self._failed[name] = now + FAILED_REST

    def send_digests(self) -> None:
        """Queue the mails that gather what no phone was told."""
        path = self.house.templates.addresses.url_for("notification_settings")
        count = 1
        while count:
            with self.database.write() as session:
                count = gather_digests(
                    session,
                    KIND,
                    clock.now(),
                    base_url=self.house.settings.base_url,
                    settings_path=path,
                )

    def send_reminders(self) -> None:
        """What comes round once a year: the audit of the pages."""
        with self.database.write() as session:
            remind(session, last_audit(), clock.now())

    def follow_letters(self) -> None:
        """Letters whose mail a server took, or nobody; what is not shown to arrive is printed."""
        count = 1
        while count:
            with self.database.write() as session:
                count = proof.note_accepted(session)
        for follow in (proof.note_given_up, proof.print_unopened):
            count = 1
            while count:
                with self.database.write() as session:
                    count = follow(session, clock.now())

    def take_down_posts(self) -> None:
        """Posts whose time is over."""
        count = 1
        while count:
            with self.database.write() as session:
                count = board.take_down(session, clock.now())

    def close_cases(self) -> None:
        """Cases that were done and to which nobody objected in time."""
        count = 1
        while count:
            with self.database.write() as session:
                count = cases.lapse(session, clock.now(), self.house.erasures)

    def count_pace(self) -> None:
        """How long cases usually take, for those who report the next."""
        with self.database.write() as session:
            pace.count(session, clock.now())

    def open_planned(self) -> None:
        """Tasks of what the maintenance plan has due soon."""
        count = 1
        while count:
            with self.database.write() as session:
                count = plans.open_due(session, clock.now())

    def look_at_visits(self) -> None:
        """Visits to remind of, times nobody chose from, and what the office has to hear of."""
        for come_round in (agreed.come_round, overdue.come_round):
            count = 1
            while count:
                with self.database.write() as session:
                    count = come_round(session, clock.now())

    def look_at_notices(self) -> None:
        """Service messages whose time has come, or is over."""
        with self.database.write() as session:
            notices.come_round(session, clock.now(), self.house.settings.base_url)

    def clear_photos(self) -> None:
        """Files their last owner let go of, and those of jobs that are over."""
        with self.database.write() as session:
            files.clear(session, self._keepings())
        self._sweep_results()

    def take_down_notices(self) -> None:
        """Stale names that every process has long read."""
        with self.database.write() as session:
            forget_stale_blocks(session)

    def tidy_up(self) -> None:
        """What is past its time, and files that belong to nothing; raises if a part failed.

        Then no file is to hold any of it, and what the next night will erase is written down.
        """
        parts: list[Callable[[], None]] = [
            *(functools.partial(self._forget, kept) for kept in KEPT),
            *(functools.partial(self._sweep, swept) for swept in SWEPT),
            self._sweep_files,
            self._sweep_results,
            functools.partial(wipe, self.database),
            self._look_ahead,
        ]
        broken = [part for part in parts if not _done(part)]
        if broken:
            raise RuntimeError(f"{len(broken)} of {len(parts)} parts of the night are not done")

    def _forget(self, kept: Kept) -> None:
        count, some = 0, 1
        while some:
            with self.database.write() as session:
                some = forget_some(session, kept, self.house.erasures, clock.now())
            count += some
        self._note_erased(kept.retention.kind, count)

    def _sweep(self, swept: Swept) -> None:
        before = kept_since(swept.retention, clock.now())
        count = sweep(swept, self.house.settings.data, before)
        self._note_erased(swept.retention.kind, count)

    def _note_erased(self, kind: str, count: int) -> None:
        if count:
            with self.database.write() as session:
                note_erased(session, clock.today(), kind, count)
            log.info("erased", kind=kind, count=count)

    def _look_ahead(self) -> None:
        tomorrow = clock.now() + timedelta(days=1)
        with self.database.write() as session:
            due = dict(look_ahead(session, KEPT, tomorrow))
        for swept in SWEPT:
            before = kept_since(swept.retention, tomorrow)
            due[swept.retention.kind] = sum(
                1 for _ in old_files(swept, self.house.settings.data, before)
            )
        with self.database.write() as session:
            note_due(session, clock.local(tomorrow).date(), due)

    def _keepings(self) -> list[Keeping]:
        return [photos.keeping(self.house.photos), files.keeping(self.house.files)]

    def _sweep_files(self) -> None:
        with self.database.read() as session:
            owned = [all_digests(session), file_digests(session)]
        for keeping, named in zip(self._keepings(), owned, strict=True):
            lost = unowned(keeping.shelf, named, clock.now())
            for start in range(0, len(lost), ERASED_AT_ONCE):
                with self.database.write() as session:
                    files.erase(session, keeping, lost[start : start + ERASED_AT_ONCE])

    def _sweep_results(self) -> None:
        # Listed before the table is read: whoever writes a file then is in the table by now.
        found = list(self.results.iterdir()) if self.results.exists() else []
        with self.database.read() as session:
            owned = set(result_files(session))
            making = {str(job) for job in running_jobs(session)}
        for path in found:
            if path.name not in owned and path.name.split("-")[0].split(".")[0] not in making:
                path.unlink(missing_ok=True)


def _done(part: Callable[[], None]) -> bool:
    """Do one part of many, whatever becomes of the others; whether it went well."""
    try:
        part()
    except Exception as trouble:
        log.error("broken", deed=repr(part), exc_info=trouble)
        return False
    return True


async def _end(work: asyncio.Task[None]) -> None:
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


async def work_apart(house: House, hub: Hub) -> None:
    """Be the worker in a process of its own, until asked to stop."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    async with hub.running(), Worker(house, hub).running():
        await over.wait()
