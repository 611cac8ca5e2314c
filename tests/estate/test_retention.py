"""What is past its time goes, is written down, and stays gone after a restore."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.models import Deed
from estate.database import STALE, Base, Database, stale
from estate.files.models import LeftFile
from estate.jobs.models import Job, JobState
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.passkeys.models import Challenge
from estate.retention import actions
from estate.retention.actions import (
    STEP,
    Kept,
    forget_some,
    look_ahead,
    note_due,
    note_erased,
    replay,
)
from estate.retention.log import ErasureLog
from estate.retention.queries import days_kept, kept_since, nights
from estate.retention.rules import Erasure, Retention, line_of, read_lines
from estate.submissions.models import Submission
from estate.tries.models import Tries
from tests.builders import build_estate
from web.kinds import KEPT, KEPT_KIND, RETENTIONS

LONG_AGO = clock.now() - timedelta(days=2000)


def put(session: Session, person: int, moment: Any, name: str) -> None:
    """One of each thing with a period."""
    session.add_all(
        [
            Deed(at=moment, actor_id=person, verb="did", thing_kind="thing", thing_id=1),
            Submission(author_id=person, id=name * 8, digest="d", address="/", received_at=moment),
            Notification(
                person_id=person,
                kind="k",
                title="t",
                body="b",
                address="/",
                merge_key=name,
                created_at=moment,
                changed_at=moment,
            ),
            Mail(
                to="a@example.org",
                language="da",
                subject={},
                lines=[],
                created_at=moment,
                due_at=moment,
            ),
            Job(
                kind="k",
                state=JobState.DONE,
                asked_at=moment,
                due_at=moment,
                ended_at=moment,
                owner_id=person,
            ),
        ]
    )


TABLES: dict[str, type[Base]] = {
    "deed": Deed,
    "submission": Submission,
    "notification": Notification,
    "mail": Mail,
    "job": Job,
}


def count(database: Database, table: type[Base]) -> int:
    """How many rows."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def night(database: Database, kept: Kept, log: ErasureLog) -> int:
    """As the worker does it."""
    total, some = 0, 1
    while some:
        with database.write() as session:
            some = forget_some(session, kept, log, clock.now())
        total += some
    database.wipe(kept.tables)
    return total


@pytest.mark.parametrize("kind", TABLES)
def test_what_is_old_goes_and_what_is_new_stays(
    database: Database, tmp_path: Path, kind: str
) -> None:
    kept, log = KEPT_KIND[kind], ErasureLog(tmp_path / "erasures.log")
    with database.write() as session:
        person = build_estate(session).people["amina"]
        put(session, person, LONG_AGO, "old")
        put(session, person, clock.now(), "new")
    before = count(database, TABLES[kind])
    assert night(database, kept, log) == 1
    assert count(database, TABLES[kind]) == before - 1
    (line,) = log.read()
    assert line.kind == kind
    assert len(line.ids) == 1
    assert night(database, kept, log) == 0


@pytest.mark.parametrize("kind", TABLES)
def test_a_backup_that_comes_back_forgets_again(
    database: Database, tmp_path: Path, kind: str
) -> None:
    log = ErasureLog(tmp_path / "erasures.log")
    with database.write() as session:
        person = build_estate(session).people["amina"]
        put(session, person, clock.now(), "kept")
        session.flush()
        ids: Sequence[Any] = session.execute(
            select(*TABLES[kind].__table__.primary_key.columns)
        ).all()
        gone = [list(row) if len(row) > 1 else row[0] for row in ids]
    log.append(Erasure(kind, gone, clock.now()))
    log.append(Erasure("a kind of a later version", [1], clock.now()))
    with database.write() as session:
        assert replay(session, KEPT_KIND, log.read()) == len(gone)
    assert count(database, TABLES[kind]) == 0


def test_more_than_a_step_goes_in_several(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as session:
        person = build_estate(session).people["amina"]
        session.add_all(
            Deed(at=LONG_AGO, actor_id=person, verb="did", thing_kind="thing", thing_id=n)
            for n in range(1201)
        )
    log = ErasureLog(tmp_path / "erasures.log")
    assert night(sqlite_database, KEPT_KIND["deed"], log) == 1201
    assert [len(line.ids) for line in log.read()] == [500, 500, 201]


@pytest.mark.parametrize("kind", ["tries", "challenge", "left_file"])
def test_what_has_run_out_by_itself_goes_in_steps_too(database: Database, kind: str) -> None:
    moment = LONG_AGO
    rows: dict[str, Callable[[int], Base]] = {
        "tries": lambda n: Tries(bucket=f"{n}", since=moment, count=1),
        "challenge": lambda n: Challenge(challenge_hash=f"{n}", expires_at=moment),
        "left_file": lambda n: LeftFile(digest=f"{n}", left_at=moment),
    }
    with database.write() as session:
        session.add_all(rows[kind](n) for n in range(STEP + 1))
    steps: list[object] = []
    while not steps or steps[-1]:
        with database.write() as session:
            steps.append(KEPT_KIND[kind].forget(session, clock.now()))
    assert steps == [STEP, 1, 0]


def test_what_was_erased_is_in_none_of_the_files_any_more(
    sqlite_database: Database, tmp_path: Path
) -> None:
    secret = "Fru Hemmelighed bor her"
    with sqlite_database.write() as session:
        person = build_estate(session).people["amina"]
        put(session, person, LONG_AGO, "old")
        session.flush()
        session.scalars(select(Notification)).one().body = secret
    files = [Path(f"{sqlite_database.engine.url.database}{end}") for end in ("", "-wal")]
    assert any(secret.encode() in file.read_bytes() for file in files)
    night(sqlite_database, KEPT_KIND["notification"], ErasureLog(tmp_path / "erasures.log"))
    assert not any(secret.encode() in file.read_bytes() for file in files if file.exists())


def test_a_look_ahead_counts_what_the_night_will_erase_and_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    day = timedelta(days=1)
    with database.write() as session:
        person = build_estate(session).people["amina"]
        put(session, person, LONG_AGO, "old")
        put(session, person, clock.now() - timedelta(days=29, hours=12), "next night's mail")
        put(session, person, clock.now(), "new")
    with database.read() as session:
        before = {kind: count(database, table) for kind, table in TABLES.items()}
    with database.write() as session:
        stale(session, "person:1", "today")
        due = look_ahead(session, KEPT, clock.now() + day)
        assert STALE not in session.info
    assert {kind: count(database, table) for kind, table in TABLES.items()} == before
    assert {kind: due[kind] for kind in TABLES} == {
        **dict.fromkeys(TABLES, 1),
        "mail": 2,
        "job": 2,
    }
    log = ErasureLog(tmp_path / "erasures.log")
    assert not log.path.exists()
    moment = clock.now() + day
    for kind in TABLES:
        with database.write() as session:
            assert forget_some(session, KEPT_KIND[kind], log, moment) == due[kind]


def test_of_one_kind_no_more_is_counted_beforehand_than_anybody_reads(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MOST_AHEAD", STEP)
    with sqlite_database.write() as session:
        session.add_all(Tries(bucket=f"{n}", since=LONG_AGO, count=1) for n in range(STEP + 9))
    with sqlite_database.write() as session:
        assert look_ahead(session, KEPT, clock.now())["tries"] == STEP


def test_a_night_that_was_broken_off_adds_to_what_it_erased(database: Database) -> None:
    tonight = clock.today()
    with database.write() as session:
        note_due(session, tonight, {"mail": 12, "job": 0})
    with database.write() as session:
        note_erased(session, tonight, "mail", 7)
        note_erased(session, tonight, "mail", 5)
        note_erased(session, tonight, "deed", 1)
    with database.read() as session:
        assert nights(session, tonight) == [(tonight, "deed", 0, 1), (tonight, "mail", 12, 12)]
        assert nights(session, tonight + timedelta(days=1)) == []


def test_every_kind_has_one_period_with_a_reason_and_a_source() -> None:
    assert len(KEPT_KIND) == len(KEPT)
    for retention in RETENTIONS:
        assert days_kept(retention, clock.today()) > 0
        assert retention.purpose.endswith(".")
        assert retention.source


IDS = st.lists(st.one_of(st.integers(), st.text(), st.lists(st.one_of(st.integers(), st.text()))))


@given(ids=IDS, kind=st.text())
def test_a_line_of_the_log_says_what_was_put_in(ids: list[Any], kind: str) -> None:
    erasure = Erasure(kind, ids, clock.now())
    assert line_of(erasure).count("\n") == 1
    assert read_lines([line_of(erasure)]) == [erasure]


def test_a_line_cut_off_by_a_crash_spoils_no_other(tmp_path: Path) -> None:
    log = ErasureLog(tmp_path / "erasures.log")
    assert log.read() == []
    log.append(Erasure("deed", [1], clock.now()))
    with log.path.open("a") as file:
        file.write('{"kind":"deed","ids":[2,')
    log.append(Erasure("deed", [3], clock.now()))
    assert [line.ids for line in log.read()] == [[1], [3]]


def test_what_is_older_than_its_days_is_due() -> None:
    now = clock.now()
    assert kept_since(KEPT_KIND["mail"].retention, now) == now - timedelta(days=30)
    with pytest.raises(LookupError):
        days_kept(Retention("thing", "For a reason.", "Somebody"), clock.today())
