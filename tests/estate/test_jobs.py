"""Long work in steps, leases, and what comes round."""

from datetime import datetime, time, timedelta

import pytest

from estate import clock
from estate.database import Database
from estate.jobs import actions as jobs
from estate.jobs.actions import TakenOver, Task
from estate.jobs.models import JobState
from estate.jobs.queries import duties_done, own_job, running_jobs
from estate.jobs.rules import TRIES, Progress, Round, due, pause_after
from tests.builders import build_estate

MINUTE = timedelta(minutes=1)


@pytest.fixture
def amina(database: Database) -> int:
    """Somebody who asks for things."""
    with database.write() as session:
        return build_estate(session).people["amina"]


def ask(database: Database, owner: int) -> int:
    """A job of three steps."""
    with database.write() as session:
        return jobs.ask(session, "export", owner, what="everything")


def take(database: Database, holder: str, now: datetime) -> Task | None:
    """The next job for a worker."""
    with database.write() as session:
        return jobs.take(session, holder, now)


def step(database: Database, task: Task, done: int) -> Task | None:
    """One step of three."""
    progress = Progress(done, 3, {"at": done}, result="a.zip", title="Alt.zip")
    with database.write() as session:
        return jobs.advance(session, task, progress, clock.now())


def test_a_job_goes_step_by_step_to_its_file(database: Database, amina: int) -> None:
    job = ask(database, amina)
    task = take(database, "one", clock.now())
    assert task is not None
    assert (task.given, task.done) == ({"what": "everything"}, 0)
    for number in (1, 2):
        following = step(database, task, number)
        assert following is not None
        assert following.given == {"at": number}
        task = following
    with database.read() as session:
        view = own_job(session, job, amina)
        assert view is not None
        assert (view.state, view.done, view.total) == (JobState.RUNNING, 2, 3)
    assert step(database, task, 3) is None
    with database.read() as session:
        view = own_job(session, job, amina)
    assert view is not None
    assert (view.state, view.result, view.title) == (JobState.DONE, "a.zip", "Alt.zip")
    assert view.expires_at is not None
    assert view.expires_at > clock.now() + timedelta(days=6)


def test_a_killed_workers_job_goes_on_where_its_last_step_ended(
    database: Database, amina: int
) -> None:
    ask(database, amina)
    task = take(database, "killed", clock.now())
    assert task is not None
    step(database, task, 1)
    assert take(database, "killed", clock.now()) is None, "it is under way"
    again = take(database, "next", clock.now())
    assert again is not None
    assert (again.done, again.given) == (1, {"at": 1})
    with pytest.raises(TakenOver):
        step(database, task, 2)
    assert step(database, again, 2) is not None


def test_a_job_is_tried_three_times_and_then_fails_where_it_can_be_seen(
    database: Database, amina: int
) -> None:
    job = ask(database, amina)
    now = clock.now()
    for attempt in range(1, TRIES + 1):
        task = take(database, "one", now)
        assert task is not None
        assert task.attempts == attempt - 1
        with database.write() as session:
            final = jobs.note_failure(session, task, "no room on the disk", now)
        assert final is (attempt == TRIES)
        assert take(database, "one", now) is None
        now += pause_after(attempt)
    with database.read() as session:
        view = own_job(session, job, amina)
        assert running_jobs(session) == []
    assert view is not None
    assert view.failed


def test_a_step_that_works_forgives_the_failures_before_it(database: Database, amina: int) -> None:
    ask(database, amina)
    task = take(database, "one", clock.now())
    assert task is not None
    with database.write() as session:
        jobs.note_failure(session, task, "once", clock.now())
    task = take(database, "one", clock.now() + MINUTE)
    assert task is not None
    assert task.attempts == 1
    following = step(database, task, 1)
    assert following is not None
    assert following.attempts == 0


def test_a_job_is_its_owners_alone(database: Database, amina: int) -> None:
    job = ask(database, amina)
    with database.read() as session:
        assert own_job(session, job, amina) is not None
        assert own_job(session, job, amina + 1) is None


def test_one_of_two_workers_holds_the_lease_until_it_runs_out(database: Database) -> None:
    now, lasts = clock.now(), timedelta(seconds=15)

    def hold(holder: str, moment: datetime) -> bool:
        with database.write() as session:
            return jobs.hold_lease(session, "worker", holder, moment, lasts)

    assert hold("one", now)
    assert not hold("two", now + timedelta(seconds=14))
    assert hold("one", now + timedelta(seconds=14))
    assert not hold("two", now + timedelta(seconds=28))
    assert hold("two", now + timedelta(seconds=29))
    assert not hold("one", now + timedelta(seconds=30))
    with database.write() as session:
        jobs.give_up_lease(session, "worker", "one")
    assert not hold("one", now + timedelta(seconds=31))
    with database.write() as session:
        jobs.give_up_lease(session, "worker", "two")
    assert hold("one", now + timedelta(seconds=31))


def test_when_a_duty_was_done_is_remembered(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        jobs.note_duty(session, "night", now - MINUTE)
        jobs.note_duty(session, "night", now)
    with database.read() as session:
        assert duties_done(session) == {"night": now}


NIGHT = Round("night", daily_at=time(3, 30))
HOURLY = Round("hour", every=timedelta(hours=1))


@pytest.mark.parametrize(
    ("duty", "last", "now", "wanted"),
    [
        (NIGHT, None, "2026-11-22T12:00+01:00", True),
        (NIGHT, "2026-11-22T03:30+01:00", "2026-11-22T23:59+01:00", False),
        (NIGHT, "2026-11-22T03:30+01:00", "2026-11-23T03:29+01:00", False),
        (NIGHT, "2026-11-22T03:31+01:00", "2026-11-23T03:30+01:00", True),
        # a machine that slept for days makes up for it once
        (NIGHT, "2026-11-18T03:30+01:00", "2026-11-22T12:00+01:00", True),
        (NIGHT, "2026-11-22T12:00+01:00", "2026-11-22T12:01+01:00", False),
        # both nights in which the clock is changed
        (NIGHT, "2026-03-28T03:30+01:00", "2026-03-29T03:30+02:00", True),
        (NIGHT, "2026-10-24T03:30+02:00", "2026-10-25T03:30+01:00", True),
        (HOURLY, "2026-11-22T12:00+01:00", "2026-11-22T12:59+01:00", False),
        (HOURLY, "2026-11-22T12:00+01:00", "2026-11-22T13:00+01:00", True),
    ],
)
def test_a_duty_comes_round_once(duty: Round, last: str | None, now: str, wanted: bool) -> None:
    before = datetime.fromisoformat(last) if last else None
    assert due(duty, before, clock.local(datetime.fromisoformat(now))) is wanted
