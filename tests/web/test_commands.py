"""The command line: found by name, helpful, quick, and one sentence where it cannot help."""

import contextlib
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from estate import clock, schema
from estate.access.models import SignInSession
from estate.database import Base, Database
from estate.settings import CHECKOUT, Settings
from tests.builders import Estate, build_estate
from web.__main__ import COMMANDS, main
from web.app import create_app
from web.backups.scratch import LOCK
from web.backups.writing import LastBackup, note_backup
from web.personal import OWN, TOLD, references

CLI = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> CLI:
    """`cli("doctor", …)`: exit code, stdout, stderr, over a database of this test's own."""
    monkeypatch.setenv("OPGANG_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("OPGANG_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def estate(sqlite_database: Database) -> Estate:
    with sqlite_database.write() as session:
        return build_estate(session)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(cli: CLI, name: str) -> None:
    code, out, _ = cli(name, "--help")
    assert code == 0
    assert f"opgang {name}" in out
    assert "Example: " in out


def test_help_names_every_command_and_loads_none() -> None:
    asked = (
        "import sys; from web.__main__ import main; main(['--help']);"
        "heavy = {'sqlalchemy', 'starlette', 'typer', 'pydantic', 'PIL'} & set(sys.modules);"
        "sys.exit(bool(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    for name, command in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert command.summary in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serv"], "Did you mean serve?"),
        (["xyzzy"], "opgang --help"),
        (["migrate", "--foo"], "--foo"),
        (["backup"], "file"),
        (["demo", "--today", "yesterday"], "yesterday is not a day"),
        (["demo", "--seed", "one"], "--seed"),
        (["sign-in-link", "nobody@example.org"], "nobody@example.org"),
        (["export-person", "nobody@example.org"], "nobody@example.org"),
        (["import-estate", "/nothing/here.csv"], "/nothing/here.csv"),
        (["restore", "/nothing/here.tar"], "/nothing/here.tar"),
        (["backup", "/nothing/here.tar"], "/nothing"),
        (["backup", "b.tar", "--passphrase-file", "/nothing/pass"], "/nothing/pass"),
        (["revoke-key", "none"], "estate first"),
        (["make-webhook", "ftp://x"], ""),
    ],
)
def test_trouble_is_one_sentence_and_two(cli: CLI, arguments: list[str], said: str) -> None:
    code, out, err = cli(*arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not out


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OPGANG_PORT", "eighty", "OPGANG_PORT"),
        ("OPGANG_PORT", "99999", "OPGANG_PORT"),
        ("OPGANG_BASE_URL", "opgang.example", "OPGANG_BASE_URL"),
        ("OPGANG_BASE_URL", "https://opgang.example/sub", "OPGANG_BASE_URL"),
        ("OPGANG_DATABASE_URL", "mysql://x", "OPGANG_DATABASE_URL"),
        ("OPGANG_TRUSTED_PROXIES", "the proxy", "OPGANG_TRUSTED_PROXIES"),
        ("OPGANG_LIVE", "carrier pigeon", "OPGANG_LIVE"),
        ("OPGANG_PUSH_CONTACT", "me@example.org", "OPGANG_PUSH_CONTACT"),
        ("OPGANG_WORKER", "somewhere", "OPGANG_WORKER"),
        ("OPGANG_SMTP_URL", "mail.example:25", "OPGANG_SMTP_URL"),
        ("OPGANG_SMTP_URL", "smtp://mail.example:ninety", "OPGANG_SMTP_URL"),
        ("OPGANG_SMTP_URL", "https://mail.example", "OPGANG_SMTP_URL"),
        ("OPGANG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "does not answer"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    code, _, err = cli("migrate")
    assert (code, err.count("\n")) == (2, 1)
    assert said in err


def test_a_setting_left_empty_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "BASE_URL", "DATA", "WORKER", "TRUSTED_PROXIES"):
        monkeypatch.setenv(f"OPGANG_{name}", "")
    assert Settings().port == 8000
    assert Settings().data == CHECKOUT / "var"


def test_the_data_lie_in_the_checkout_wherever_one_calls_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings().data == CHECKOUT / "var"
    monkeypatch.setenv("OPGANG_DATA", "here")
    assert Settings().data == tmp_path / "here"


def test_of_several_processes_the_first_ones_secret_stays(tmp_path: Path) -> None:
    first, second = Settings(data=tmp_path / "var"), Settings(data=tmp_path / "var")
    assert first.key() == second.key()
    assert (tmp_path / "var" / "secret").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_migrate_says_where_the_database_stands(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, empty_url: str
) -> None:
    monkeypatch.setenv("OPGANG_DATABASE_URL", empty_url)
    head = schema.head()
    assert f"revision {head}. It stood at nothing." in cli("migrate")[1]
    assert cli("migrate")[1] == f"The database stands at revision {head}.\n"


def test_a_database_that_is_behind_is_not_touched_until_told(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, empty_url: str
) -> None:
    monkeypatch.setenv("OPGANG_DATABASE_URL", empty_url)
    schema.upgrade(empty_url, "0001")
    if schema.head() == "0001":
        pytest.skip("There is only one revision.")
    code, _, err = cli("sign-in-link", "amina@example.org")
    assert code == 2
    assert "opgang migrate" in err


def test_a_link_from_the_command_line_lets_in_once_and_is_trusted_less(
    cli: CLI, estate: Estate, sqlite_url: str, tmp_path: Path
) -> None:
    code, out, _ = cli("sign-in-link", "amina@example.org")
    assert code == 0
    link = out.strip().removeprefix("http://localhost:8000")
    settings = Settings(data=tmp_path / "var", database_url=sqlite_url, worker="apart")
    same = {"Sec-Fetch-Site": "same-origin"}
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        assert client.post(link, headers=same, follow_redirects=False).status_code == 303
        client.cookies.clear()
        assert client.post(link, headers=same, follow_redirects=False).status_code != 303
    data = Database(sqlite_url, origin="test")
    with data.read() as session:
        (began,) = session.scalars(sa.select(SignInSession.began))
    data.close()
    assert began == "command"


def test_everything_about_a_person_is_printed_and_no_secret(cli: CLI, estate: Estate) -> None:
    cli("sign-in-link", "amina@example.org")
    code, out, _ = cli("export-person", "amina@example.org")
    assert code == 0
    told = json.loads(out)
    assert told["person"]["given_name"] == "Amina"
    assert told["homes"][0]["address"] == "Lærkevej 8, 2. tv."
    assert told["own"]["member"]
    assert told["own"]["sign_in_code"]
    assert "hash" not in out
    assert told["person"]["created_at"].endswith("+00:00")


ACTED = frozenset(
    {
        "actor_id",
        "agreed_by_id",
        "assignee_id",
        "begun_by_id",
        "by_id",
        "confirmed_by_id",
        "decided_by_id",
        "delivered_by_id",
        "filed_by_id",
        "finished_by_id",
        "given_by_id",
        "holder_id",
        "issued_by_id",
        "last_by_id",
        "proposed_by_id",
        "let_in_by_id",
        "made_by_id",
        "named_id",
        "noted_by_id",
        "opened_by_id",
        "paused_by_id",
        "printed_by_id",
    }
)
"""Columns in which somebody acted on what is another's; a new one is put here or into OWN."""


def test_every_column_that_names_a_person_is_somebodys_own_or_a_deed() -> None:
    assert {column for _, column in references(Base.metadata)} <= OWN | ACTED


def test_every_table_of_a_persons_own_has_a_name_on_their_page() -> None:
    own = {table.name for table, column in references(Base.metadata) if column in OWN}
    assert own <= set(TOLD)


def test_a_key_opens_the_api_until_it_is_revoked(
    cli: CLI, estate: Estate, sqlite_url: str, tmp_path: Path
) -> None:
    key = cli("make-key", "erp")[1].strip()
    settings = Settings(data=tmp_path / "var", database_url=sqlite_url, worker="apart")
    bearer = {"Authorization": f"Bearer {key}"}
    with TestClient(create_app(settings), base_url=settings.base_url) as client:
        assert client.get("/api/changes", headers=bearer).status_code == 200
        assert cli("revoke-key", "erp")[0] == 0
        assert client.get("/api/changes", headers=bearer).status_code == 401
    assert cli("revoke-key", "erp")[0] == 2


def test_push_keys_are_made_once(cli: CLI, tmp_path: Path) -> None:
    first = cli("vapid")[1]
    assert cli("vapid")[1] == first
    assert (tmp_path / "var" / "vapid.pem").stat().st_mode & 0o777 == 0o600


def test_the_description_of_the_api_is_printed(cli: CLI) -> None:
    code, out, _ = cli("openapi")
    assert code == 0
    assert "/api/changes" in json.loads(out)["paths"]


def test_the_demo_stays_off_public_addresses_and_estates(
    cli: CLI, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "estate in this database already" in cli("demo")[2]
    monkeypatch.setenv("OPGANG_BASE_URL", "https://opgang.example")
    assert "public address" in cli("demo")[2]


# The doctor.


@contextlib.contextmanager
def listener() -> Iterator[tuple[int, socket.socket]]:
    """Another program, and the port it listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1], listening


def test_a_house_in_order_gets_a_clean_bill(
    cli: CLI, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("vapid")
    with listener() as (free, _):
        monkeypatch.setenv("OPGANG_PORT", str(free))
    monkeypatch.setenv("OPGANG_SMTP_URL", "smtp://localhost")
    monkeypatch.setenv("OPGANG_MAIL_FROM", "opgang@example.org")
    monkeypatch.setenv("OPGANG_PUSH_CONTACT", "mailto:opgang@example.org")
    with listener() as (gateway, _):
        monkeypatch.setenv("OPGANG_SMS_URL", f"http://127.0.0.1:{gateway}/send")
        code, out, _ = cli("doctor")
    assert code == 0
    assert "wrong" not in out
    assert [line for line in out.splitlines() if line.startswith("look")] == [
        "look   No worker is running: pushes, mails and nightly work wait."
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OPGANG_BASE_URL", "http://opgang.example", "not https"),
        ("OPGANG_LIVE", "postgres", "needs PostgreSQL"),
        ("OPGANG_OIDC_ISSUER", "https://broker.example", "half set up"),
        ("OPGANG_SECRET", "short", "OPGANG_SECRET is short"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    cli: CLI, estate: Estate, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    cli("vapid")
    monkeypatch.setenv(name, value)
    code, out, _ = cli("doctor")
    assert code == 1
    lines = out.splitlines()
    (found,) = [n for n, line in enumerate(lines) if said in line]
    assert lines[found].startswith("wrong")
    assert lines[found + 1].lstrip().startswith("→")


def test_the_doctor_tells_how_old_the_last_backup_is_and_what_a_killed_one_left(
    cli: CLI, estate: Estate, tmp_path: Path
) -> None:
    assert "last backup" not in cli("doctor")[1]
    assert cli("backup", str(tmp_path / "b.tar"))[0] == 0
    assert f"fine   The last backup is 0 hours old: {tmp_path / 'b.tar'}." in cli("doctor")[1]
    note_backup(tmp_path / "var", LastBackup(clock.now() - timedelta(days=3), tmp_path / "b.tar"))
    left = tmp_path / ".opgang-killed"
    left.mkdir()
    (left / LOCK).touch()
    out = cli("doctor")[1]
    assert "look   The last backup is 72 hours old" in out
    assert f"left {left}" in out


def test_a_webhook_is_listed_and_removed(cli: CLI, estate: Estate) -> None:
    assert cli("make-webhook", "https://erp.example/opgang")[0] == 0
    assert cli("remove-webhook")[1] == "1  https://erp.example/opgang\n"
    assert cli("remove-webhook", "1")[1] == "There is no webhook.\n"
    assert cli("remove-webhook", "1")[0] == 2


def test_files_that_others_can_read_are_found(cli: CLI, estate: Estate, tmp_path: Path) -> None:
    cli("vapid")
    (tmp_path / "var").chmod(0o755)
    (tmp_path / "var" / "vapid.pem").chmod(0o644)
    out = cli("doctor")[1]
    assert "chmod 700" in out
    assert "chmod 600" in out


def test_another_server_on_the_port_is_not_taken_for_this_one(
    cli: CLI, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listener() as (port, _):
        monkeypatch.setenv("OPGANG_PORT", str(port))
        out = cli("doctor")[1]
    assert f"look   Something listens on port {port}, and it may be another server." in out
    assert "Pages answer" not in out


def test_the_database_is_its_owners_alone_even_where_it_was_not(
    cli: CLI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "var" / "opgang.db"
    monkeypatch.setenv("OPGANG_DATABASE_URL", f"sqlite:///{file}")
    assert cli("migrate")[0] == 0
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    assert "Others can read opgang.db" in cli("doctor")[1]
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        build_estate(session)
        beside = sorted(path.name for path in file.parent.glob("opgang.db*"))
        modes = {stat.S_IMODE((file.parent / name).stat().st_mode) for name in beside}
    database.close()
    assert beside == ["opgang.db", "opgang.db-shm", "opgang.db-wal"]
    assert modes == {0o600}


def test_a_doctor_changes_nothing(
    cli: CLI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("OPGANG_DATABASE_URL")
    code, out, _ = cli("doctor")
    assert code == 1
    assert "opgang serve makes it" in out
    assert not (tmp_path / "var").exists()
