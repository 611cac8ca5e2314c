"""What waits to be sent: the pauses between tries, and whose a thing is meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.language import N_, say
from estate.mails.actions import queue_mail
from estate.mails.models import Mail
from estate.outbox.actions import lease
from estate.outbox.queries import due_now
from estate.outbox.rules import LEASE, OutboxState, back_off, retry_after

EVENING = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("Sun, 22 Nov 2026 22:40:00 GMT", timedelta(minutes=10)),
        ("Sun, 22 Nov 2026 20:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("²", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header: str | None, pause: timedelta | None) -> None:
    assert retry_after(header, EVENING) == pause


def test_pauses_grow_and_stay_within_a_day() -> None:
    assert [back_off(n).total_seconds() for n in range(1, 8)] == [
        30,
        120,
        480,
        1920,
        7680,
        21600,
        21600,
    ]
    assert back_off(1, timedelta(minutes=5)) == timedelta(minutes=5)
    assert back_off(1, timedelta(days=400)) == timedelta(days=1)
    assert back_off(3, timedelta(seconds=1)) == timedelta(minutes=8)


def test_what_one_sender_has_is_nobody_elses_until_its_lease_runs_out(database: Database) -> None:
    words = say(N_("Opgang"))
    with database.write() as session:
        first, second, sent = [
            queue_mail(session, to="a@example.org", language="da", subject=words, lines=[words])
            for _ in range(3)
        ]
        session.get_one(Mail, sent).state = OutboxState.SENT
        session.flush()
        now = clock.now()
        assert due_now(session, Mail, now, (Mail.id,), 10) == [first, second]
        assert due_now(session, Mail, now, (Mail.id.desc(),), 1) == [second]
        assert due_now(session, Mail, now - timedelta(days=1), (Mail.id,), 10) == []
        lease(session, Mail, [first, sent], now)
        assert due_now(session, Mail, now, (Mail.id,), 10) == [second]
        assert due_now(session, Mail, now + LEASE, (Mail.id,), 10) == [first, second]
        session.expire_all()
        tries = session.scalars(select(Mail.attempts).order_by(Mail.id)).all()
    assert list(tries) == [1, 0, 0]
