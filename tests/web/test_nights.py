"""What the nights erase, shown in numbers; files that go by their age; logs that name nobody."""

import os
import smtplib
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import update

from estate import clock
from estate.database import Database
from estate.jobs.actions import note_duty
from estate.language import say
from estate.mails.actions import queue_mail
from estate.mails.models import Mail
from estate.outbox.rules import OUTBOX_FILES
from estate.retention.actions import note_due, note_erased
from estate.retention.queries import nights
from estate.settings import Settings
from tests.builders import Estate, build_estate
from tests.letterbox import letterbox
from tests.neighbours import Who
from tests.nights import live_on, pass_a_night
from tests.web.test_mail import send
from web.logs import without_values
from web.mail import plainly
from web.sweeping import Swept, old_files, sweep

DAY = timedelta(days=1)


def write_files(folder: Path, *ages: float) -> list[Path]:
    """Files that many days old."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for age in ages:
        file = folder / f"{age}.eml"
        file.write_text("To: amina@example.org")
        moment = (clock.now() - age * DAY).timestamp()
        os.utime(file, (moment, moment))
        files.append(file)
    return files


def test_files_go_by_their_age_and_empty_folders_with_them(tmp_path: Path) -> None:
    outbox = Swept(OUTBOX_FILES, "outbox")
    old, fresh = write_files(tmp_path / "outbox", 8, 6)
    (inner,) = write_files(tmp_path / "outbox" / "7", 9)
    before = clock.now() - 7 * DAY
    assert set(old_files(outbox, tmp_path, before)) == {old, inner}
    assert sweep(outbox, tmp_path, before) == 2
    assert list((tmp_path / "outbox").iterdir()) == [fresh]
    assert sweep(outbox, tmp_path / "nowhere", before) == 0


def test_a_night_says_what_the_next_one_will_erase_and_that_one_that_it_did(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path / "var", database_url=database.url, secret="nights")
    today = clock.today()
    with database.write() as session:
        build_estate(session)
        words = {"subject": say("Hello"), "lines": [say("You")]}
        for _ in range(3):
            queue_mail(session, to="a@example.org", language="en", **words)
        session.execute(update(Mail).values(created_at=clock.now() - 29.5 * DAY))
    write_files(settings.data / "outbox", 6.5)
    pass_a_night(settings, database)
    with database.read() as session:
        assert nights(session, today) == [
            (today + DAY, "mail", 3, 0),
            (today + DAY, "outbox_file", 1, 0),
        ]
    live_on(monkeypatch, clock.now() + DAY)
    pass_a_night(settings, database)
    with database.read() as session:
        assert nights(session, today) == [
            (today + DAY, "mail", 3, 3),
            (today + DAY, "outbox_file", 1, 1),
        ]


def test_the_page_tells_numbers_to_the_office_and_the_organisation_only(
    house: tuple[Database, Estate, Who],
) -> None:
    database, _, who = house
    today = clock.today()
    office = who("office")
    assert "No night has been counted yet." in office.get("/desk/retention").text
    with database.write() as session:
        note_due(session, today, {"mail": 9})
        note_erased(session, today, "mail", 1234)
        note_due(session, today + DAY, {"post": 2000, "gone_kind": 1})
        note_duty(session, "night", clock.now())
    for name in ("office", "organisation"):
        page = who(name).get("/desk/retention").text
        for words in ("1,234", "2,000 or more", "9 had been counted the day before", "gone_kind"):
            assert words in page, words
        assert "/desk/retention" in who(name).get("/privacy").text
    assert "/desk/retention" not in who("amina").get("/privacy").text
    for name in ("amina", "chair", "caretaker"):
        assert who(name).get("/desk/retention").status_code == 403


def test_privacy_is_printed_whole(house: tuple[Database, Estate, Who]) -> None:
    page = house[2]("amina").get("/privacy/print").text
    assert "Boligforeningen Nord" in page
    assert "To whom a mail went and when" in page
    assert "60 days" in page
    assert "dt@datatilsynet.dk" in page


REFUSED = b"5.1.1 <amina@example.org>: no such person"


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            smtplib.SMTPRecipientsRefused({"amina@example.org": (550, REFUSED)}),
            "SMTPRecipientsRefused 550",
        ),
        (smtplib.SMTPDataError(554, REFUSED), "SMTPDataError 554"),
        (smtplib.SMTPServerDisconnected("amina@example.org"), "SMTPServerDisconnected"),
        (ConnectionRefusedError(111, "Connection refused"), "[Errno 111] Connection refused"),
        (ValueError("amina@example.org"), "ValueError"),
    ],
)
def test_the_log_says_what_was_wrong_with_a_mail_and_not_whose(
    trouble: Exception, words: str
) -> None:
    assert plainly(trouble) == words


def test_a_refused_mail_leaves_its_address_in_no_log(
    sqlite_database: Database, settings: Settings
) -> None:
    with letterbox() as box, structlog.testing.capture_logs() as logged:
        box.answers.append("550 5.1.1 <hidden@example.org>: no such person")
        with sqlite_database.write() as session:
            words = {"subject": say("Hello"), "lines": [say("You")]}
            queue_mail(session, to="hidden@example.org", language="en", **words)
        assert send(sqlite_database, settings, box.url) == 0
    assert logged
    assert "hidden" not in repr(logged)


def test_the_databases_own_words_about_a_row_stay_out_of_the_log() -> None:
    said = "duplicate key\nDETAIL:  Key (email)=(amina@example.org) already exists.\n[SQL: …]"
    event = without_values(None, "", {"event": "broken", "exception": said})
    assert event["exception"] == "duplicate key\n[SQL: …]"
    assert without_values(None, "", {"event": "x", "exception": None})["exception"] is None
