"""Erased means gone: from the tables' files, their indexes and logs, the server's log, the folders.

And gone again when a backup from before comes back.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import psycopg
import pytest
import sqlalchemy as sa
from PIL import Image

from engagement.absences.models import Absence
from engagement.board.models import Post
from engagement.cases.models import Case
from engagement.cases.rules import State
from engagement.guides.models import Guide
from engagement.guides.rules import OWNER as GUIDE
from engagement.plans.models import PlanItem
from engagement.tasks.models import Task
from engagement.tasks.rules import State as TaskState
from estate import clock, schema
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.changes.models import ApiKey, Webhook
from estate.consents.models import Consent
from estate.contacts.models import Contact
from estate.database import Base, Database, HeldUp, StaleBlock
from estate.jobs.models import Job, JobState
from estate.mails.models import Mail
from estate.passkeys import actions as passkeys
from estate.passkeys.models import Passkey
from estate.people.models import Helper, Household, Member, RoleHolding
from estate.permissions import Permission, scope
from estate.photos.models import Photo
from estate.places.models import Home, Part
from estate.retention.log import ErasureLog
from estate.settings import Settings
from estate.texts.models import TextMessage
from tests import postgres
from tests.backups import back_up, untold
from tests.builders import build_estate, reader
from tests.house.cast import gather
from tests.journeys.processes import House, environment
from tests.neighbours import OWN, form
from tests.nights import live_on, pass_a_night
from tests.pictures import picture
from tests.posts import put_up
from tests.remains import files_of, new_word, remains, remains_in
from tests.waiting import until
from voting.papers.models import PaperVersion
from web.backups.reading import Restoring
from web.visits import SESSION_COOKIE
from web.wiping import TABLES, wipe


@pytest.fixture(scope="module")
def postgres_server(own_postgres_server: str) -> str:
    """Here the `database` of a test is on the module's own cluster, too."""
    return own_postgres_server


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Each test's database on that cluster."""
    postgres.run_sql(postgres_server, 'CREATE DATABASE "t_own"')
    url = postgres_server.format(name="t_own")
    schema.upgrade(url)
    yield url
    postgres.run_sql(postgres_server, 'DROP DATABASE "t_own" WITH (FORCE)')


LONG = timedelta(days=21 * 366)
"""By then every period is over, the twenty years of what was looked after included."""

SAID_IN_FEW_WORDS = {
    ("change", "kind"),
    ("file", "digest"),  # names of files, which go with their row
    ("file", "owner_kind"),
    ("left_file", "digest"),
    ("photo", "digest"),
    ("photo", "owner_kind"),
    ("night_count", "kind"),
    ("notification", "kind"),
    ("post", "topic"),
}
"""Columns whose words are the house's own, and by which it finds what belongs together."""


def holds_words(column: sa.Column[Any]) -> bool:
    """Whether a column may hold what somebody wrote, or what was made of it."""
    written = isinstance(column.type, sa.String | sa.JSON) and not isinstance(column.type, sa.Enum)
    named = (column.table.name, column.name) in SAID_IN_FEW_WORDS
    tied = column.primary_key or bool(column.foreign_keys) or column.computed is not None
    return written and not named and not tied


def with_word(value: Any, word: str) -> Any:
    """A value that says the word, too; a long text so long that it is kept apart from its row."""
    match value:
        case dict():
            return {**value, "word": word}
        case list():
            return [*value, word]
        case _:
            return f"{value} {word}"


def write_everywhere(database: Database, word: str) -> set[str]:
    """Let every text there is say the word; returns the tables that did."""
    said = set()
    with database.write() as session:
        for name in TABLES:
            table = Base.metadata.tables[name]
            columns = [column for column in table.columns if holds_words(column)]
            keys = list(table.primary_key)
            for row in session.execute(sa.select(*keys, *columns)).all():
                kept = row._mapping
                changed = {c.name: with_word(kept[c], word) for c in columns if kept[c] is not None}
                if changed:
                    session.execute(
                        sa.update(table).where(*(k == kept[k] for k in keys)).values(changed)
                    )
                    said.add(name)
        long = f"{word} " + "".join(new_word() for _ in range(250))
        session.execute(sa.update(Post).values(text=long))
    return said


def end_everything(database: Database) -> None:
    """Everybody moves out, homes are pulled down, tasks end, what hangs comes down, cases close."""
    now, yesterday = clock.now(), clock.today() - timedelta(days=1)
    with database.write() as session:
        for table in (Household, Member, RoleHolding, Helper):
            session.execute(sa.update(table).values(ends_on=yesterday))
        session.execute(sa.update(Absence).values(starts_on=yesterday, ends_on=yesterday))
        for pulled_down in (Home, Part):
            session.execute(sa.update(pulled_down).values(closed_on=yesterday))
        session.execute(sa.update(Job).values(state=JobState.DONE, ended_at=now))
        session.execute(sa.update(Consent).values(withdrawn_at=now))
        for kept_by_hand in (Contact, Webhook, ApiKey, Guide):
            session.execute(sa.delete(kept_by_hand))
        session.execute(sa.delete(Photo).where(Photo.owner_kind == GUIDE))
        session.execute(sa.update(PaperVersion).values(withdrawn_at=now))
        session.execute(sa.update(Post).values(withdrawn_at=now, listed=False))
        session.execute(sa.update(Case).values(state=State.CLOSED, closed_at=now))
        session.execute(sa.update(PlanItem).values(ended_at=now, due_on=None))
        session.execute(sa.update(Task).values(state=TaskState.DONE, finished_at=now))


def left_in(database: Database) -> set[str]:
    """The tables with a period that still have a row."""
    with database.read() as session:
        return {
            name
            for name in TABLES
            if session.scalar(sa.select(sa.exists().select_from(Base.metadata.tables[name])))
        }


def test_nothing_of_any_table_with_a_period_is_left_on_disk_when_all_are_over(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    settings = Settings(data=folder, database_url=database.url, secret="erasure")
    word, now = new_word(), clock.now()
    with database.write() as session:
        gather(session, folder)
    said = write_everywhere(database, word)
    assert {"post", "comment", "thread_message", "person", "deed", "letter", "notification"} <= said
    assert remains_in(database, word)
    end_everything(database)
    live_on(monkeypatch, now + LONG)
    pass_a_night(settings, database)
    assert left_in(database) <= {"change", "night_count"}
    assert remains_in(database, word, tmp_path) == []
    lying = [path for name in ("photos", "files", "jobs") for path in (folder / name).rglob("*.*")]
    assert lying == []


def test_what_was_erased_leaves_no_copy_behind_where_pages_were_split(
    database: Database,
) -> None:
    word = new_word()
    with database.write() as session:
        estate = build_estate(session)
        for number in range(400):
            text = f"{word} {number} " + "x" * (number * 37 % 900)
            put_up(session, estate, "amina", f"{number}", text=text)
    with database.write() as session:
        session.execute(sa.delete(Post))
    wipe(database)
    assert remains_in(database, word) == []


def test_sqlite_overwrites_a_row_where_it_stood_and_not_what_moved_when_a_page_was_split(
    sqlite_database: Database,
) -> None:
    """Why a night writes the file anew, though `secure_delete` is on: each half of it is needed."""
    chance, numbers = Random(1), list(range(400))
    chance.shuffle(numbers)
    words = {number: new_word() for number in numbers}
    rows = [
        {
            "id": number + 1,
            "at": clock.now(),
            "origin": "",
            "topic": words[number] + "x" * chance.randrange(20, 900),
            "block": "",
        }
        for number in numbers
    ]
    gone = numbers[::2]
    with sqlite_database.write() as session:
        session.execute(sa.insert(StaleBlock), rows)
    with sqlite_database.write() as session:
        session.execute(sa.delete(StaleBlock).where(StaleBlock.id.in_([n + 1 for n in gone])))
    (file, *_) = files_of(sqlite_database)

    def left() -> int:
        with sqlite_database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        content = file.read_bytes()
        return sum(words[number].encode() in content for number in gone)

    assert 0 < left() < len(gone) / 10
    sqlite_database.wipe(())
    assert left() == 0


def test_a_wipe_waits_for_whoever_may_still_see_what_was_erased(
    postgres_url: str, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction anywhere on the server keeps dead rows alive, in databases it never saw."""
    monkeypatch.setattr("estate.database.LOCK_PATIENCE", 0.2)
    database, word = Database(postgres_url, origin="test"), new_word()
    with database.write() as session:
        put_up(session, build_estate(session), "amina", word, text=word)
    with psycopg.connect(postgres.plain_address(postgres_server, "postgres")) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        with database.write() as session:
            session.execute(sa.delete(Post))
        with pytest.raises(HeldUp, match="still open"):
            wipe(database)
    wipe(database)
    assert remains_in(database, word) == []
    database.close()


class Doors:
    """Amina and yasmin at the doors of a running house, writing one word through each."""

    def __init__(self, house: House, database: Database, word: str) -> None:
        self.house = house
        self.word = word
        with database.write() as session:
            self.estate = build_estate(session)
            self.tokens = {
                name: access.begin_session(
                    session, self.estate.people[name], Beginning.PASSKEY, f"Device {word}"
                )
                for name in ("amina", "yasmin", "office")
            }

    def ask(self, who: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request of somebody; what is sent is accepted."""
        headers = {**OWN, "cookie": f"{SESSION_COOKIE}={self.tokens[who]}"}
        answer = httpx2.request(method, f"{self.house.url}{path}", headers=headers, **more)
        assert answer.status_code < 500, answer.text
        return answer

    def post(self, who: str, path: str, fields: dict[str, str], **more: Any) -> str:
        """A form that is taken; returns where it leads."""
        answer = self.ask(who, "POST", path, data=fields, **more)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[-1500:])
        return str(answer.headers["location"])

    def write(self) -> None:
        """Through every door that takes words or pictures."""
        word, estate = self.word, self.estate
        exif = Image.Exif()
        exif[0x010E] = word
        photo = {"photos": (f"{word}.jpg", picture("JPEG", exif=exif), "image/jpeg")}
        fields = form(estate, title=f"Stige {word}", text=word, submission=word[:12])
        hung = self.post("amina", "/board/new", fields, files=photo)
        rewritten = {**fields, "title": "Stige", "text": "x", "version": "1"}
        self.post("amina", f"{hung}/edit", {**rewritten, "submission": f"{word[:12]}2"})
        self.post("yasmin", f"{hung}/comments", {"text": word})
        self.post("yasmin", f"{hung}/threads", {"text": word})
        self.post("yasmin", f"{hung}/report", {"why": word})
        self.post("amina", "/me/name", {"shown": "alias", "alias": word[:12]})
        household = f"/me/household/{estate.households['amina']}"
        adult = {"given_name": word, "family_name": word, "email": f"{word}@example.org"}
        self.post("amina", f"{household}/members", {**adult, "adult": "yes"})
        today = clock.today().isoformat()
        helper = {"name": word, "email": f"{word}@example.org", "starts_on": today}
        self.post("amina", "/me/household/helpers", helper)
        self.post("amina", "/me/email", {"email": f"{word}@example.org"})
        self.post("amina", "/me/phone", {"phone": "+45 55 12 34 56"})
        self.ask("amina", "GET", f"/board?q={word}")
        self.ask("amina", "GET", f"/board/{word}?{word}={word}")
        self.ask("amina", "POST", "/board/new", data={"title": word, "kind": "weapon"}, files=photo)


def outgoing(database: Database) -> bool:
    """Whether something still waits to be sent."""
    with database.read() as session:
        mail = session.scalar(sa.select(sa.exists().where(Mail.state == "waiting")))
        text = session.scalar(sa.select(sa.exists().where(TextMessage.state == "waiting")))
        job = session.scalar(sa.select(sa.exists().where(Job.ended_at.is_(None))))
    return bool(mail or text or job)


def test_a_word_through_every_door_is_on_no_disk_when_its_time_is_over(
    database: Database, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, passing = tmp_path / "var", tmp_path / "passing"
    for made in (folder, passing):
        made.mkdir()
    settings = Settings(data=folder, database_url=database.url, secret="kills")
    word, now = new_word(), clock.now()
    house = House(folder, database.url, TMPDIR=str(passing))
    doors = Doors(house, database, word)  # before the house opens: an empty one shows the demo
    with house:
        doors.write()
        assert until(lambda: not outgoing(database)), house.said()
    logged = (folder / "server.log").read_bytes()
    assert b'"event": "request"' in logged
    assert word[4:-1].encode() not in logged
    assert remains(word, passing, folder / "photos") == []
    assert remains_in(database, word)
    assert {path.suffix for path in (folder / "outbox").iterdir()} == {".eml", ".sms"}
    end_everything(database)
    backup = tmp_path / "backup.tar"
    back_up(settings, backup)
    assert remains(word, backup)

    live_on(monkeypatch, now + LONG)
    pass_a_night(settings, database)
    assert list((folder / "outbox").iterdir()) == []
    assert remains_in(database, word, folder) == []

    Restoring(elsewhere, backup).restore(None, ErasureLog(settings.erasure_log).path, untold)
    restored = Database(elsewhere.database_url, origin="after")
    assert remains_in(restored, word, elsewhere.data) == []
    restored.close()


def erase_by_hand(database: Database, log: ErasureLog, person: int, passkey: int) -> None:
    """What Amina erases herself: a key of hers."""
    with database.write() as session:
        own = scope(reader(session, person), Permission.OWN_PAGES)
        passkeys.remove_passkey(session, own, passkey, log)


def opgang(settings: Settings, folder: Path) -> Callable[..., str]:
    """The command line over an installation."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "web", *arguments],
            env=environment(folder, settings.database_url),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_log_of_erasures_outlives_the_installation_on_the_command_line(
    database: Database, elsewhere: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    settings = Settings(data=folder, database_url=database.url, secret="kills")
    word, backup = new_word(), tmp_path / "backup.tar"
    with database.write() as session:
        estate = build_estate(session)
        old = put_up(session, estate, "amina", f"Stige {word}", text=word)
        old.listed, old.expires_at = False, clock.now() - timedelta(days=364, hours=23)
        amina = estate.people["amina"]
        own = scope(reader(session, amina), Permission.OWN_PAGES)
        passkeys.add_passkey(session, own, b"credential", b"key", 0, word, clock.now())
        session.flush()
        passkey = session.scalars(sa.select(Passkey.id)).one()
    opgang(settings, folder)("backup", str(backup))
    with database.write() as session:
        session.execute(sa.update(Post).values(expires_at=clock.now() - timedelta(days=366)))
    erase_by_hand(database, ErasureLog(settings.erasure_log), amina, passkey)
    pass_a_night(settings, database)
    assert remains_in(database, word) == []

    saved = tmp_path / "saved.log"
    settings.erasure_log.replace(saved)
    elsewhere.make_folder()
    told = opgang(elsewhere, elsewhere.data)("restore", str(backup), "--erasures", str(saved))
    assert "Restored as it was on" in told
    restored = Database(elsewhere.database_url, origin="after")
    assert remains_in(restored, word, elsewhere.data) == []
    restored.close()
