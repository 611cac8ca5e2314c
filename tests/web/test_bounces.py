"""A mail that comes back: the report is read, the proof undone, and the letter printed."""

import io
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.letters.rules import PlaceKind
from estate.mails.models import Mail
from estate.mails.rules import stamp
from estate.notifications.models import Notification
from estate.people.models import Person
from estate.proof import actions as proof
from estate.proof.models import LetterCopy
from estate.proof.rules import Manner
from estate.settings import Settings
from tests.builders import build_estate
from tests.letterbox import Letterbox, letterbox
from tests.letters import announce, give
from tests.loops import run
from web.__main__ import main
from web.bounces import Bounce, read_bounce
from web.catalogues import speeches
from web.mail import Postman

GROUP = "Final-Recipient: rfc822; amina@example.org\nAction: {action}\nStatus: {status}\n"
REPORT = """From: MAILER-DAEMON@relay.example
To: opgang@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="edge"

--edge
Content-Type: text/plain; charset=us-ascii

I am sorry to have to inform you that your message could not be delivered.

--edge
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
Arrival-Date: Mon, 23 Nov 2026 12:00:00 +0100

{groups}Diagnostic-Code: smtp; 550 5.1.1 <amina@example.org>: no
    such mailbox

--edge
Content-Type: {kind}

Message-ID: <{message_id}>
From: opgang@localhost
To: amina@example.org
Subject: A letter

{body}
--edge--
"""


def report(
    message_id: str = "7.20261123110000@localhost",
    action: str = "failed",
    kind: str = "message/rfc822",
    body: str = "Read it here",
) -> bytes:
    """What a mail server sends back."""
    groups = GROUP.format(action=action, status="5.1.1")
    told = REPORT.format(groups=groups, kind=kind, message_id=message_id, body=body)
    return told.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_names_the_mail_and_says_why(kind: str) -> None:
    found = read_bounce(report(kind=kind))
    assert found == Bounce(
        "7.20261123110000@localhost",
        "5.1.1 smtp; 550 5.1.1 <amina@example.org>: no such mailbox",
    )


@pytest.mark.parametrize(
    "raw",
    [
        report(action="delayed"),
        report(action="relayed"),
        report().replace(b"multipart/report; report-type=delivery-status;", b"multipart/mixed;"),
        report().replace(b"Message-ID", b"X-Other"),
        report().replace(b"message/delivery-status", b"text/plain"),
        b"Subject: Tak for brevet\r\n\r\nHvad betyder det?",
        b"",
        b"\x00\xff\xfe",
    ],
)
def test_what_is_no_report_of_a_failure_is_none(raw: bytes) -> None:
    assert read_bounce(raw) is None


@pytest.fixture
def box() -> Iterator[Letterbox]:
    with letterbox() as running:
        yield running


def note(raw: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says to a mail on its standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    capsys.readouterr()
    assert main(["note-bounce"]) == 0
    return capsys.readouterr().out


def test_a_letter_whose_mail_comes_back_is_no_longer_proven_and_is_printed(
    sqlite_database: Database,
    sqlite_url: str,
    settings: Settings,
    box: Letterbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OPGANG_DATA", str(settings.data))
    monkeypatch.setenv("OPGANG_DATABASE_URL", sqlite_url)
    database = sqlite_database
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        amina = session.get_one(Person, estate.people["amina"])
        amina.email_confirmed_at = clock.now()
        letter = give(session, estate, places=[(PlaceKind.HOUSEHOLD, estate.households["amina"])])
    own = settings.model_copy(update={"smtp_url": box.url})
    assert run(Postman(database, own, speeches()).send_due()) == 1
    with database.write() as session:
        assert proof.note_accepted(session) == 1
        (copy,) = session.scalars(select(LetterCopy))
        assert copy.delivered_how is Manner.MAIL

    message_id = str(box.taken[0]["Message-ID"]).strip("<>")
    for other in (report(), report(message_id.replace("@", "1@")), b"Subject: Hej\r\n\r\nHej"):
        assert "Nothing is changed" in note(other, monkeypatch, capsys)
    assert "came back, and its letter" in note(report(message_id), monkeypatch, capsys)
    assert "came back." in note(report(message_id), monkeypatch, capsys)

    with database.read() as session:
        (copy,) = session.scalars(select(LetterCopy))
        mail = session.scalars(select(Mail)).one()
        heard = select(Notification).where(Notification.person_id == estate.people["office"])
        told = session.scalars(heard).one()
    assert (copy.delivered_at, copy.accepted_at, copy.paper_why) == (None, None, "returned")
    assert copy.paper_at is not None
    assert message_id.startswith(stamp(mail.id, mail.created_at))
    assert mail.trouble.startswith("5.1.1")
    assert told.address == f"/desk/letters/{letter}/print"


def test_what_comes_back_twice_or_is_printed_changes_nothing_more(
    database: Database,
) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        give(session, estate, places=[(PlaceKind.HOUSEHOLD, estate.households["amina"])])
        (copy,) = session.scalars(select(LetterCopy))
        copy.paper_at = now
        mail = session.scalars(select(Mail.id)).one()
        assert proof.note_returned(session, mail, now)
        assert not proof.note_returned(session, mail, now)
        session.refresh(copy)
        assert (copy.paper_at, copy.paper_why) == (now, "")
