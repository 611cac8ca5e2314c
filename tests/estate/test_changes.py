"""What Opgang tells the administration: in order, to its own programs only."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from estate import clock
from estate.changes.actions import (
    add_webhook,
    forget,
    make_key,
    note_heard,
    note_not_heard,
    remove_webhook,
    revoke_key,
    start_webhook_again,
    tell,
    tell_of,
)
from estate.changes.models import ApiKey, Change, Webhook
from estate.changes.queries import (
    changes_since,
    machine_by_key,
    webhook_states,
    webhooks_due,
)
from estate.changes.rules import PAUSES, address_allowed, pause_after, signature
from estate.database import Database
from estate.places.models import Administration
from estate.refusals import Missing, Refused
from estate.retention.actions import replay
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from web.kinds import REPLAYED


def test_changes_come_back_in_order_and_only_to_their_administration(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        other = Administration(name="En anden")
        session.add(other)
        session.flush()
        for number in range(5):
            tell_of(session, estate.north, "member.added", number, {"number": number})
        tell(session, other.id, None, "member.added", 99, {})
        stranger = other.id
    with database.read() as session:
        first = changes_since(session, estate.administration, 0, 3)
        rest = changes_since(session, estate.administration, first[-1].id)
        theirs = changes_since(session, stranger, 0)
    assert [change.thing for change in first + rest] == [0, 1, 2, 3, 4]
    assert {change.organisation for change in first} == {"N"}
    assert [change.thing for change in theirs] == [99]


def test_a_reader_never_passes_a_change_that_is_still_being_made(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
    with database.write() as session:
        tell_of(session, estate.north, "member.added", 1, {})

        def later() -> None:
            with database.write() as other:
                tell_of(other, estate.north, "member.added", 2, {})

        second = threading.Thread(target=later)
        second.start()
        second.join(0.2)
        assert second.is_alive()  # waits for the first to commit
        with database.read() as other:
            assert changes_since(other, estate.administration, 0) == []
    second.join(10)
    with database.read() as session:
        things = [change.thing for change in changes_since(session, estate.administration, 0)]
    assert things == [1, 2]


def test_a_key_opens_until_it_is_revoked_and_is_kept_as_its_hash(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        key = make_key(session, estate.administration, "unik")
    with database.read() as session:
        machine = machine_by_key(session, key)
        stored = session.query(ApiKey).one().key_hash
        assert machine_by_key(session, key + "x") is None
    assert machine is not None
    assert machine.administration == estate.administration
    assert key not in stored
    with database.write() as session:
        assert revoke_key(session, estate.administration, "unik", erasures) == 1
        assert revoke_key(session, estate.administration, "unik", erasures) == 0
        assert machine_by_key(session, key) is None


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://example.org/hook", True),
        ("http://localhost:9000/", True),
        ("http://127.0.0.1/x", True),
        ("http://[::1]:8/x", True),
        ("http://example.org/hook", False),
        ("https://user:word@example.org/", False),
        ("ftp://example.org", False),
        ("https:///x", False),
        ("", False),
    ],
)
def test_a_webhook_goes_over_https_or_stays_on_this_machine(address: str, allowed: bool) -> None:
    assert address_allowed(address) is allowed


def test_an_address_without_https_is_refused(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        with pytest.raises(Refused):
            add_webhook(session, estate.administration, "http://example.org/")


def test_a_signature_is_that_of_the_published_example() -> None:
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert (
        signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@given(st.integers(1, 40))
def test_each_pause_is_longer_than_the_last_until_it_gives_up(failures: int) -> None:
    pause, following = pause_after(failures), pause_after(failures + 1)
    assert (pause is None) == (failures > len(PAUSES))
    assert following is None or (pause is not None and following > pause)


def test_a_webhook_waits_longer_each_time_and_is_given_up_where_it_shows(
    database: Database,
) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        add_webhook(session, estate.administration, "https://example.org/hook")
        assert not webhooks_due(session, now)
        tell_of(session, estate.north, "member.added", 1, {})
        (webhook,) = webhooks_due(session, now)
        for pause in PAUSES:
            note_not_heard(session, webhook.id, "HTTP 500", now)
            assert not webhooks_due(session, now + pause - timedelta(seconds=1))
            assert webhooks_due(session, now + pause)
        note_not_heard(session, webhook.id, "HTTP 500", now)
        assert not webhooks_due(session, now + timedelta(days=365))
        (state,) = webhook_states(session)
        assert state.trouble == "HTTP 500"
        assert state.stopped_at is not None
        start_webhook_again(session, webhook.id)
        assert webhooks_due(session, now)
        with pytest.raises(Missing):
            start_webhook_again(session, 999)


def test_a_program_that_was_shut_out_stays_out_after_a_restore(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        administration = build_estate(session).administration
        key = make_key(session, administration, "unik")
        for _ in range(2):
            add_webhook(session, administration, "https://example.org/hook")
        backup = dict(session.execute(select(Webhook.__table__)).mappings().first() or {})
        revoke_key(session, administration, "unik", erasures)
        remove_webhook(session, backup["id"], erasures)
        session.execute(update(ApiKey).values(revoked_at=None))
        session.execute(insert(Webhook).values(backup))
    with database.write() as session:
        assert replay(session, REPLAYED, erasures.read()) == 2
        assert machine_by_key(session, key) is None
        (left,) = webhook_states(session)
        assert left.id != backup["id"]
        session.execute(insert(Webhook).values({**backup, "created_at": clock.now()}))
        replay(session, REPLAYED, erasures.read())
        assert len(webhook_states(session)) == 2, "another one that got its number"


def test_a_new_webhook_hears_of_what_comes_and_not_of_what_was(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        tell_of(session, estate.north, "member.added", 1, {})
        add_webhook(session, estate.administration, "https://example.org/hook")
        assert not webhooks_due(session, clock.now())


def test_old_changes_are_forgotten_but_not_before_a_webhook_heard_them(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        tell_of(session, estate.north, "member.added", 1, {})
        add_webhook(session, estate.administration, "https://example.org/hook")
        tell_of(session, estate.north, "member.added", 2, {})
        session.execute(update(Change).values(at=clock.now() - timedelta(days=400)))
        tell_of(session, estate.north, "member.added", 3, {})
    before = clock.now() - timedelta(days=365)
    with database.write() as session:
        assert forget(session, before) == 1
        (webhook,) = webhooks_due(session, clock.now())
        latest = changes_since(session, estate.administration, 0)
        assert [change.thing for change in latest] == [2, 3]
        note_heard(session, webhook.id, latest[0].id)
    with database.write() as session:
        assert forget(session, before) == 1
        assert [c.thing for c in changes_since(session, estate.administration, 0)] == [3]
