"""The worker: woken by a commit, killed and taken over from, undisturbed by a bug."""

import asyncio
import contextlib
import functools
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from estate import clock
from estate.audit.models import Deed
from estate.database import Database, StaleBlock
from estate.deliveries import actions as deliveries
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind
from estate.jobs.models import JobState, Lease
from estate.jobs.queries import duties_done, own_job
from estate.jobs.rules import Progress
from estate.language import N_, say
from estate.mails.actions import queue_mail
from estate.mails.models import Mail
from estate.notifications.actions import notify
from estate.outbox.rules import OutboxState
from estate.photos.store import prepare
from estate.refusals import Refused
from estate.settings import Settings
from tests.builders import build_estate
from tests.loops import run
from tests.pictures import picture
from tests.telephones import PushService, Telephone, push_service
from tests.waiting import until
from tests.working import STEPS
from web import worker
from web.app import create_app
from web.kept_photos import kept_folder
from web.live import forget_stale_blocks
from web.worker import ROUNDS, Worker

PATIENCE = 40.0
KINDS_OF_DATABASE = ["sqlite", "postgres"]


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    with push_service() as running:
        yield running


@contextlib.contextmanager
def working(folder: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.working", str(folder), url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.stdout.close()
        process.wait(10)


def subscribe(database: Database, person: int, telephone: Telephone) -> None:
    """A browser agrees to be told."""
    keys = telephone.subscription()["keys"]
    with database.write() as session:
        deliveries.subscribe(
            session, person=person, sign_in=None, endpoint=telephone.endpoint, **keys
        )


def tell(database: Database, person: int, key: str) -> None:
    """A deed that tells somebody, in this process."""
    with database.write() as session:
        notify(
            session,
            kind="board.comment",
            persons=[person],
            title="Answers",
            body=key,
            address="/",
            merge_key=key,
        )


@pytest.mark.parametrize("kind", KINDS_OF_DATABASE)
def test_a_commit_in_another_process_wakes_the_worker(
    request: pytest.FixtureRequest, tmp_path: Path, service: PushService, kind: str
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    database = Database(url, origin="test")
    with database.write() as session:
        amina = build_estate(session).people["amina"]
    phone = service.telephone("one")
    subscribe(database, amina, phone)
    with working(tmp_path, url):
        tell(database, amina, "the first finds the worker just awake")
        assert service.wait_for(phone, 1, PATIENCE)
        begun = time.monotonic()
        tell(database, amina, "the second wakes it")
        assert service.wait_for(phone, 2, PATIENCE)
        assert time.monotonic() - begun < worker.LISTEN / 2
    database.close()


@pytest.mark.parametrize("kind", KINDS_OF_DATABASE)
def test_a_worker_killed_again_and_again_counts_each_number_once(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    database = Database(url, origin="test")
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        job = jobs.ask(session, "count", amina)
    dice = random.Random(7)

    def counted() -> int:
        with database.read() as session:
            found = select(func.count()).where(Deed.verb == "counted")
            return session.scalar(found) or 0

    def reached(goal: int) -> bool:
        return counted() >= goal

    for _ in range(2):
        goal = counted() + dice.randint(3, 12)
        with working(tmp_path, url) as process:
            assert until(functools.partial(reached, goal))
            process.kill()
    with working(tmp_path, url):
        assert until(functools.partial(reached, STEPS))
        with database.read() as session:
            assert until(lambda: finished(database, job, amina))
            numbers = session.scalars(select(Deed.thing_id).where(Deed.verb == "counted")).all()
    assert sorted(numbers) == list(range(STEPS))
    database.close()


def finished(database: Database, job: int, owner: int) -> bool:
    """Whether a job is at its end."""
    with database.read() as session:
        view = own_job(session, job, owner)
    return view is not None and view.state is JobState.DONE


def test_of_two_workers_one_works_and_the_other_takes_over_when_it_stops(
    sqlite_url: str, tmp_path: Path, service: PushService
) -> None:
    database = Database(sqlite_url, origin="test")
    with database.write() as session:
        amina = build_estate(session).people["amina"]
    phone = service.telephone("one")
    subscribe(database, amina, phone)

    def holder() -> str:
        with database.read() as session:
            return session.scalar(select(Lease.holder)) or ""

    with working(tmp_path, sqlite_url) as first:
        assert until(lambda: holder() != "")
        before = holder()
        with working(tmp_path, sqlite_url):
            for number in range(10):
                tell(database, amina, str(number))
            assert service.wait_for(phone, 10, PATIENCE)
            assert holder() == before
            first.terminate()
            assert first.wait(PATIENCE) == 0
            assert until(lambda: holder() not in {"", before})
            tell(database, amina, "after")
            assert service.wait_for(phone, 11, PATIENCE)
    assert sorted(told["body"] for told in phone.heard) == sorted([*map(str, range(10)), "after"])
    database.close()


@pytest.fixture
def settings_apart(settings: Settings) -> Settings:
    """No worker but the test's own."""
    return settings.model_copy(update={"worker": "apart"})


def own_worker(settings: Settings, database: Database) -> Worker:
    """A worker that nobody has started."""
    app = create_app(settings, database)
    return Worker(app.state.house, app.state.hub)


def broken(*_: object) -> NoReturn:
    """Something with a bug."""
    raise RuntimeError("a bug")


def test_a_bug_in_one_duty_silences_no_other(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "plan", broken)
    monkeypatch.setattr(worker, "LOOK", 0.05)
    with sqlite_database.write() as session:
        queue_mail(
            session, to="a@example.org", language="en", subject=say("Hello"), lines=[say("You")]
        )

    def sent() -> bool:
        with sqlite_database.read() as session:
            return session.scalar(select(Mail.state)) is OutboxState.SENT

    async def work() -> bool:
        async with own_worker(settings_apart, sqlite_database).running():
            return await asyncio.to_thread(until, sent)

    assert run(work())


def test_a_database_that_was_away_for_a_moment_does_not_end_the_worker(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []

    def away_at_first(*asked: object) -> bool:
        looks.append(True)
        if len(looks) < 3:
            raise OperationalError("SELECT 1", {}, OSError("the server went away"))
        return True

    monkeypatch.setattr(jobs, "hold_lease", away_at_first)
    monkeypatch.setattr(worker, "LOOK", 0.01)

    async def work() -> bool:
        async with own_worker(settings_apart, sqlite_database).running():
            return await asyncio.to_thread(until, lambda: len(looks) > 3, 5.0)

    assert run(work())


def test_who_loses_the_lease_lays_nothing_out_any_more(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = iter([True])
    let_go = threading.Event()
    monkeypatch.setattr(jobs, "hold_lease", lambda *_: next(held, False))
    monkeypatch.setattr(worker, "LOOK", 0.01)
    monkeypatch.setattr(worker.PRESS, "close", let_go.set)

    async def work() -> bool:
        async with own_worker(settings_apart, sqlite_database).running():
            return await asyncio.to_thread(let_go.wait, 10.0)

    assert run(work())


def test_everything_that_comes_round_is_done_and_written_down(
    database: Database, settings_apart: Settings
) -> None:
    own = own_worker(settings_apart, database)
    own.do_rounds()
    with database.read() as session:
        done = duties_done(session)
    assert set(done) == {duty.name for duty in ROUNDS}
    own.do_rounds()
    with database.read() as session:
        assert duties_done(session) == done


def test_a_duty_that_fails_keeps_no_other_from_its_turn_and_is_tried_again(
    database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_worker(settings_apart, database)
    with monkeypatch.context() as patch:
        patch.setattr(worker.board, "take_down", broken)
        own.do_rounds()
    with database.read() as session:
        assert set(duties_done(session)) == {duty.name for duty in ROUNDS} - {"board"}
    later = clock.now() + worker.FAILED_REST
    monkeypatch.setattr(clock, "now", lambda: later)
    own.do_rounds()
    with database.read() as session:
        assert "board" in duties_done(session)


def test_what_cannot_be_erased_in_a_night_keeps_nothing_else(
    database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_worker(settings_apart, database)
    first, *others = worker.KEPT
    monkeypatch.setattr(worker, "KEPT", (replace(first, forget=broken), *others))
    with database.write() as session:
        queue_mail(
            session, to="a@example.org", language="en", subject=say("Hello"), lines=[say("You")]
        )
        session.execute(update(Mail).values(created_at=clock.now() - timedelta(days=2000)))
    with pytest.raises(RuntimeError, match="2 of"):  # and cannot be counted beforehand, either
        own.tidy_up()
    with database.read() as session:
        assert session.scalars(select(Mail.id)).all() == []


def test_a_job_whose_failure_could_not_be_noted_is_taken_up_again(
    database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(session: object, task: jobs.Task, folder: Path) -> Progress:
        return Progress(1, 1, {})

    own = own_worker(settings_apart, database)
    with database.write() as session:
        amina = build_estate(session).people["amina"]
        job = jobs.ask(session, "count", amina)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "JOB_KIND", {"count": JobKind("count", "Count", broken)})
        patch.setattr(jobs, "note_failure", broken)
        with pytest.raises(RuntimeError):
            run(own._do_jobs())
    monkeypatch.setattr(worker, "JOB_KIND", {"count": JobKind("count", "Count", step)})
    run(own._do_jobs())
    with database.read() as session:
        view = own_job(session, job, amina)
    assert view is not None
    assert view.state is JobState.DONE


@pytest.mark.parametrize("deed", ["tidy_up", "clear_photos"])
def test_files_that_belong_to_no_job_are_swept_away(
    sqlite_database: Database,
    settings_apart: Settings,
    monkeypatch: pytest.MonkeyPatch,
    deed: str,
) -> None:
    def step(session: object, task: jobs.Task, folder: Path) -> Progress:
        (folder / f"{task.job}.zip").write_text("result")
        return Progress(1, 1, {}, result=f"{task.job}.zip")

    monkeypatch.setattr(worker, "JOB_KIND", {"zip": JobKind("zip", "Zip", step)})
    own = own_worker(settings_apart, sqlite_database)
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        ended, waiting = (jobs.ask(session, "zip", amina) for _ in range(2))
        task = jobs.take(session, own.holder, clock.now())
    assert task is not None
    assert own.do_step(task) is None
    for name in (f"{waiting}.part", f"{waiting}-2.part", "999.zip"):
        (own.results / name).write_text("x")
    getattr(own, deed)()
    kept = {f"{ended}.zip", f"{waiting}.part", f"{waiting}-2.part"}
    assert {path.name for path in own.results.iterdir()} == kept


def test_however_many_files_belong_to_nothing_a_night_sweeps_them_all(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_worker(settings_apart, sqlite_database)
    monkeypatch.setattr(worker, "ERASED_AT_ONCE", 2)
    store, kept = own.house.photos, kept_folder(settings_apart, clock.today())
    shots = [prepare(picture(size=(20 + number, 20))) for number in range(5)]
    for shot in shots:
        store.keep(shot)
        kept.keep(1, shot)
    own.tidy_up()
    assert all(kept.find(1, shot.digest) for shot in shots)
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    for path in settings_apart.data.rglob("*.webp"):
        os.utime(path, (long_ago, long_ago))
    store.keep(shots[0])  # used again: the file is as if written today
    own.tidy_up()
    assert [store.path(shot.digest).exists() for shot in shots] == [True, *[False] * 4]
    assert list((settings_apart.data / "kept").iterdir()) == []


def test_a_job_nobody_knows_fails_after_its_tries(
    sqlite_database: Database, settings_apart: Settings
) -> None:
    own = own_worker(settings_apart, sqlite_database)
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        job = jobs.ask(session, "no such kind", amina)
    now = clock.now()
    for _ in range(3):
        with sqlite_database.write() as session:
            task = jobs.take(session, own.holder, now)
        assert task is not None
        assert own.do_step(task) is None
        now += timedelta(minutes=10)
    with sqlite_database.read() as session:
        view = own_job(session, job, amina)
    assert view is not None
    assert view.failed


def test_work_that_refuses_ends_its_job_and_tells_why(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(session: object, task: jobs.Task, folder: Path) -> Progress:
        raise Refused(N_("At most {count} photos."), count=3)

    monkeypatch.setattr(worker, "JOB_KIND", {"zip": JobKind("zip", "Zip", step)})
    own = own_worker(settings_apart, sqlite_database)
    with sqlite_database.write() as session:
        amina = build_estate(session).people["amina"]
        job = jobs.ask(session, "zip", amina)
        task = jobs.take(session, own.holder, clock.now())
    assert task is not None
    assert own.do_step(task) is None
    with sqlite_database.write() as session:
        view = own_job(session, job, amina)
        assert jobs.take(session, "another", clock.now() + timedelta(days=1)) is None
    assert view is not None
    assert view.failed
    assert view.why == say("At most {count} photos.", count=3)


def test_work_that_dies_is_begun_again_after_a_rest(
    sqlite_database: Database, settings_apart: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[float] = []

    async def die(_: Worker) -> None:
        begun.append(time.monotonic())
        raise RuntimeError("a bug beside all duties")

    monkeypatch.setattr(Worker, "_work", die)
    monkeypatch.setattr(worker, "LOOK", 0.01)
    monkeypatch.setattr(worker, "REST", 0.01)

    async def work() -> bool:
        async with own_worker(settings_apart, sqlite_database).running():
            return await asyncio.to_thread(until, lambda: len(begun) > 3, 5.0)

    assert run(work())
    assert begun[3] - begun[2] >= 0.04  # each rest twice the one before


def test_notices_go_after_an_hour_but_numbers_never_begin_anew(sqlite_database: Database) -> None:
    old = clock.now() - timedelta(hours=2)
    with sqlite_database.write() as session:
        session.add_all(StaleBlock(at=old, origin="x", topic="t", block="b") for _ in range(3))
    with sqlite_database.write() as session:
        forget_stale_blocks(session)
    with sqlite_database.write() as session:
        assert session.scalars(select(StaleBlock.id)).all() == [3]
        session.add(StaleBlock(at=clock.now(), origin="x", topic="t", block="b"))
    with sqlite_database.write() as session:
        forget_stale_blocks(session)
        assert session.scalars(select(StaleBlock.id)).all() == [4]
