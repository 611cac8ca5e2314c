"""A remembered reader is never an old one."""

import datetime

import pytest
import time_machine
from sqlalchemy import event, select

from estate import clock
from estate.access.actions import begin_session, end_session
from estate.access.models import Beginning, SignInSession
from estate.access.queries import presence
from estate.database import Database
from estate.permissions import Reader, Role, ScopeKind
from tests.builders import Estate, build_estate, give_role
from web.readers import Readers


@pytest.fixture
def estate(database: Database) -> Estate:
    with database.write() as session:
        return build_estate(session)


def signed_in(database: Database, person: int) -> str:
    with database.write() as session:
        return begin_session(session, person, Beginning.EMAIL)


def found(database: Database, readers: Readers, token: str) -> Reader | None:
    with database.read() as session:
        return readers.reading(session, token)


def test_a_role_given_counts_at_the_next_request(database: Database, estate: Estate) -> None:
    readers = Readers(database)
    token = signed_in(database, estate.people["amina"])
    before = found(database, readers, token)
    with database.write() as session:
        give_role(session, estate.people["amina"], Role.BOARD, ScopeKind.SECTION, estate.section)
    after = found(database, readers, token)
    readers.close()
    assert before is not None
    assert after is not None
    assert Role.BOARD not in before.roles()
    assert Role.BOARD in after.roles()


def test_a_revoked_session_is_nobody_at_the_next_request(
    database: Database, estate: Estate
) -> None:
    readers = Readers(database)
    token = signed_in(database, estate.people["amina"])
    assert found(database, readers, token) is not None
    with database.write() as session:
        live = presence(session, token, clock.now())
        assert live is not None
        end_session(session, live.session, live.person)
    assert found(database, readers, token) is None
    readers.close()


def test_a_commit_of_another_process_counts_too(sqlite_url: str) -> None:
    ours, theirs = Database(sqlite_url), Database(sqlite_url)
    with ours.write() as session:
        estate = build_estate(session)
    readers = Readers(ours)
    token = signed_in(ours, estate.people["amina"])
    assert found(ours, readers, token) is not None
    with theirs.write() as session:
        give_role(session, estate.people["amina"], Role.CHAIR, ScopeKind.SECTION, estate.section)
    reader = found(ours, readers, token)
    readers.close()
    ours.close()
    theirs.close()
    assert reader is not None
    assert Role.CHAIR in reader.roles()


def test_a_session_ends_on_its_day_also_when_remembered(database: Database, estate: Estate) -> None:
    readers = Readers(database)
    token = signed_in(database, estate.people["amina"])
    assert found(database, readers, token) is not None
    with time_machine.travel(clock.now() + datetime.timedelta(days=366), tick=False):
        assert found(database, readers, token) is None
    readers.close()


def test_between_two_commits_nothing_is_asked_again(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
    readers = Readers(sqlite_database)
    token = signed_in(sqlite_database, estate.people["amina"])
    first = found(sqlite_database, readers, token)
    assert found(sqlite_database, readers, token) is first
    readers.close()


def last_used(database: Database, person: int) -> datetime.date:
    with database.read() as session:
        seen = session.scalars(
            select(SignInSession.seen_at).where(SignInSession.person_id == person)
        ).one()
    return clock.local(seen).date()


def test_reading_alone_moves_the_day_a_device_was_last_used_with_one_write_a_day(
    database: Database, estate: Estate
) -> None:
    amina = estate.people["amina"]
    token = signed_in(database, amina)
    readers = Readers(database)
    today = clock.today()
    with time_machine.travel(clock.now() + datetime.timedelta(days=3), tick=False):
        written: list[str] = []
        event.listen(
            database.engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, *_: written.append(statement),
        )
        for _ in range(3):
            assert found(database, readers, token) is not None
        assert last_used(database, amina) == today  # reading writes nothing by itself
        for _ in range(3):
            readers.note_seen()
            assert found(database, readers, token) is not None
        assert last_used(database, amina) == today + datetime.timedelta(days=3)
        assert len([one for one in written if one.startswith("UPDATE session")]) == 1
    readers.close()
