"""Mails out of the outbox: to a mail server, to files, again after a pause, or given up."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.language import N_, say
from estate.mails import actions as mails
from estate.mails.models import Mail
from estate.outbox.rules import ATTEMPTS, LEASE, OutboxState, back_off
from estate.settings import Settings
from tests.letterbox import Letterbox, letterbox
from tests.loops import run
from tests.watch import Watch, held
from web.catalogues import speeches
from web.mail import Postman

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.fixture
def box() -> Iterator[Letterbox]:
    """A mail server."""
    with letterbox() as running:
        yield running


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return held(monkeypatch, NOON)


def write(database: Database, to: str = "amina@example.org", *, secret: bool = False) -> None:
    """A mail of two paragraphs."""
    with database.write() as session:
        mails.queue_mail(
            session,
            to=to,
            language="da",
            subject=say(N_("Your code is {code}"), code="123456"),
            lines=[say(N_("Hello Åse,")), say(N_("It is good until {at}."), at=NOON)],
            secret=secret,
        )


def send(database: Database, settings: Settings, url: str = "") -> int:
    """What the worker does when it is called."""
    own = settings.model_copy(update={"smtp_url": url})
    return run(Postman(database, own, speeches()).send_due())


def states(database: Database) -> list[OutboxState]:
    """How all mails stand."""
    with database.read() as session:
        return list(session.scalars(select(Mail.state).order_by(Mail.id)))


def test_a_mail_reaches_the_server_whole(
    database: Database, settings: Settings, box: Letterbox, watch: Watch
) -> None:
    write(database)
    assert send(database, settings, box.url) == 1
    (mail,) = box.taken
    assert (mail["To"], mail["Subject"]) == ("amina@example.org", "Your code is 123456")
    assert mail["From"] == "Opgang <opgang@localhost>"
    assert mail["Content-Language"] == "da"
    text = mail.get_content()
    assert text.splitlines() == ["Hello Åse,", "", "It is good until 22. november 2026 kl. 12."]
    assert states(database) == [OutboxState.SENT]
    assert send(database, settings, box.url) == 0


def test_a_secret_mail_leaves_no_row_and_any_other_only_its_subject(
    database: Database, settings: Settings, box: Letterbox
) -> None:
    write(database, secret=True)
    write(database)
    send(database, settings, box.url)
    with database.read() as session:
        (kept,) = session.scalars(select(Mail))
    assert (kept.secret, kept.lines) == (False, [])


def test_a_sign_in_code_does_not_wait_behind_the_digests(
    database: Database, settings: Settings, box: Letterbox
) -> None:
    for number in range(12):
        write(database, f"reader{number}@example.org")
    write(database, "bent@example.org", secret=True)
    send(database, settings, box.url)
    assert len(box.taken) == 13
    assert box.taken[0]["To"] == "bent@example.org"


def test_many_mails_go_over_few_connections(
    sqlite_database: Database, settings: Settings, box: Letterbox
) -> None:
    for _ in range(12):
        write(sqlite_database)
    assert send(sqlite_database, settings, box.url) == 12
    assert box.connections == 3


def test_without_a_mail_server_a_mail_is_a_file_only_we_can_read(
    sqlite_database: Database, settings: Settings
) -> None:
    write(sqlite_database)
    write(sqlite_database)
    assert send(sqlite_database, settings) == 2
    files = sorted((settings.data / "outbox").iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    mail = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert mail["To"] == "amina@example.org"


def test_a_server_that_is_away_is_tried_again_until_one_gives_up(
    database: Database, settings: Settings, watch: Watch
) -> None:
    write(database)
    for attempt in range(1, ATTEMPTS + 1):
        assert states(database) == [OutboxState.WAITING]
        assert send(database, settings, "smtp://127.0.0.1:1") == 0
        watch.pass_by(back_off(attempt))
    assert states(database) == [OutboxState.GIVEN_UP]
    with database.read() as session:
        assert "refused" in (session.scalar(select(Mail.trouble)) or "")


def test_an_address_that_is_refused_for_now_is_tried_again(
    sqlite_database: Database, settings: Settings, box: Letterbox, watch: Watch
) -> None:
    box.answers.append("451 greylisted")
    write(sqlite_database)
    send(sqlite_database, settings, box.url)
    assert states(sqlite_database) == [OutboxState.WAITING]
    watch.pass_by(timedelta(seconds=30))
    send(sqlite_database, settings, box.url)
    assert states(sqlite_database) == [OutboxState.SENT]


@pytest.mark.parametrize(
    ("at", "answer", "state"),
    [
        ("senders", "451 try later", OutboxState.WAITING),
        ("senders", "550 who are you", OutboxState.WAITING),  # ours to mend: the mail is kept
        ("answers", "452 mailbox full", OutboxState.WAITING),
        ("answers", "550 nobody here", OutboxState.GIVEN_UP),
        ("ends", "451 try later", OutboxState.WAITING),
        ("ends", "554 we do not like it", OutboxState.GIVEN_UP),
    ],
)
def test_one_mail_that_is_refused_holds_up_no_other(
    database: Database, settings: Settings, box: Letterbox, at: str, answer: str, state: OutboxState
) -> None:
    getattr(box, at).append(answer)
    for name in ("jonas", "amina", "yasmin"):
        write(database, f"{name}@example.org")
    assert send(database, settings, box.url) == 2
    assert states(database) == [state, OutboxState.SENT, OutboxState.SENT]
    assert [mail["To"] for mail in box.taken] == ["amina@example.org", "yasmin@example.org"]
    assert box.connections == 1
    with database.read() as session:
        tried = list(session.scalars(select(Mail.attempts).order_by(Mail.id)))
    assert tried == [1, 1, 1]


def test_an_address_in_letters_the_server_does_not_know_holds_up_no_other(
    database: Database, settings: Settings, box: Letterbox
) -> None:
    write(database, "søren@example.org")
    write(database)
    assert send(database, settings, box.url) == 1
    assert states(database) == [OutboxState.GIVEN_UP, OutboxState.SENT]


def test_a_server_that_leaves_in_between_finds_the_rest_waiting(
    database: Database, settings: Settings, box: Letterbox, watch: Watch
) -> None:
    box.answers.extend(["250 yes", "421 we close"])
    for name in ("amina", "jonas", "yasmin"):
        write(database, f"{name}@example.org")
    assert send(database, settings, box.url) == 1
    assert states(database) == [OutboxState.SENT, OutboxState.WAITING, OutboxState.WAITING]
    watch.pass_by(timedelta(minutes=1))
    assert send(database, settings, box.url) == 2


def test_an_address_that_is_no_address_writes_no_header_of_its_own(
    sqlite_database: Database, settings: Settings, box: Letterbox
) -> None:
    write(sqlite_database, "amina@example.org\nBcc: everybody@example.org")
    write(sqlite_database)
    send(sqlite_database, settings, box.url)
    assert states(sqlite_database) == [OutboxState.GIVEN_UP, OutboxState.SENT]


def test_a_postman_killed_on_the_way_leaves_the_mail_to_the_next(
    database: Database, settings: Settings, box: Letterbox, watch: Watch
) -> None:
    write(database)
    with database.write() as session:
        assert len(mails.claim(session, watch(), 5)) == 1
    assert send(database, settings, box.url) == 0
    watch.pass_by(LEASE)
    assert send(database, settings, box.url) == 1


def test_however_slow_a_server_is_no_mail_goes_twice(
    database: Database, settings: Settings, box: Letterbox, watch: Watch
) -> None:
    for _ in range(5):
        write(database)
    others: list[int] = []

    class Slowly(list[EmailMessage]):
        def append(self, mail: EmailMessage) -> None:
            super().append(mail)
            watch.pass_by(timedelta(seconds=70))
            with database.write() as session:
                others.extend(one.mail for one in mails.claim(session, watch(), 9))

    box.taken = Slowly()
    # Five are claimed at once, which takes six minutes; another worker comes by after each.
    assert send(database, settings, box.url) == 5
    assert others == []


def test_what_another_has_taken_meanwhile_is_not_kept(database: Database, watch: Watch) -> None:
    for _ in range(2):
        write(database)
    with database.write() as session:
        slow = mails.claim(session, watch(), 9)
        assert mails.keep(session, slow, watch.pass_by(timedelta(seconds=100))) == slow
        assert mails.claim(session, watch.pass_by(timedelta(seconds=100)), 9) == []
        quick = mails.claim(session, watch.pass_by(mails.LEASE), 1)
        assert mails.keep(session, slow, watch()) == slow[1:]
        assert mails.keep(session, quick, watch()) == quick


def test_mails_past_their_time_are_forgotten(database: Database) -> None:
    write(database)
    with database.write() as session:
        later = clock.now() + timedelta(days=1)
        assert len(mails.forget(session, later)) == 1
        assert mails.forget(session, later) == []
