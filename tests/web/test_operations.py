"""What whoever runs Opgang relies on: health, figures, logs, starting and stopping."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from estate.database import Database
from estate.revision import RESTORING, leave_stamp, stamped_head, up_to_date
from estate.settings import CHECKOUT, Settings
from tests.builders import build_estate
from tests.servers import PATIENCE, answers, free_port
from web.app import create_app


@contextlib.contextmanager
def asking(
    tmp_path: Path, url: str, address: str = "127.0.0.1", *, vacant: bool = False, **more: Any
) -> Iterator[TestClient]:
    """Somebody who asks from an address."""
    folder = tmp_path / "var"
    folder.mkdir(exist_ok=True)
    settings = Settings(data=folder, database_url=url, secret="s" * 32, worker="apart", **more)
    with contextlib.closing(Database(url, origin="asked")) as data:
        app = create_app(settings, data, vacant=vacant)
        with TestClient(app, base_url=settings.base_url, client=(address, 5000)) as client:
            yield client


def test_a_house_in_order_is_alive_and_ready(tmp_path: Path, database_url: str) -> None:
    with asking(tmp_path, database_url) as client:
        assert client.get("/healthz").text == "ok\n"
        ready = client.get("/readyz")
        assert (ready.status_code, ready.text) == (200, "ready\n")
        assert ready.headers["cache-control"] == "no-store"


def test_a_house_without_its_database_is_alive_but_not_ready(tmp_path: Path) -> None:
    with asking(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:1/none") as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "The database does not answer.\n")


def test_a_house_behind_its_revision_is_not_ready(tmp_path: Path, sqlite_url: str) -> None:
    with asking(tmp_path, sqlite_url) as client:
        leave_stamp(tmp_path / "var", "9999")
        assert client.get("/readyz").text == "The database is not at the newest revision.\n"


def test_a_house_that_cannot_write_is_not_ready(tmp_path: Path, sqlite_url: str) -> None:
    with asking(tmp_path, sqlite_url) as client:
        (tmp_path / "var").rename(tmp_path / "away")
        answer = client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "The data folder cannot be written to.\n")


@pytest.mark.parametrize(
    ("address", "more", "headers", "status"),
    [
        ("127.0.0.1", {}, {}, 200),
        ("::1", {}, {}, 200),
        ("192.0.2.7", {}, {}, 404),
        ("127.0.0.1", {}, {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {}, {"Forwarded": "for=192.0.2.7"}, 404),
        ("127.0.0.1", {"trusted_proxies": "127.0.0.1"}, {}, 404),
        ("192.0.2.7", {"metrics_token": "lang"}, {}, 401),
        ("192.0.2.7", {"metrics_token": "lang"}, {"Authorization": "Bearer kort"}, 401),
        ("192.0.2.7", {"metrics_token": "lang"}, {"Authorization": "Bearer lang"}, 200),
        (
            "127.0.0.1",
            {"metrics_token": "lang", "trusted_proxies": "127.0.0.1"},
            {"Authorization": "Bearer lang", "X-Forwarded-For": "192.0.2.7"},
            200,
        ),
    ],
)
def test_figures_are_for_this_machine_or_whoever_has_the_token(
    tmp_path: Path,
    sqlite_url: str,
    address: str,
    more: dict[str, Any],
    headers: dict[str, str],
    status: int,
) -> None:
    with asking(tmp_path, sqlite_url, address, **more) as client:
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == status
        if status == 200:
            assert "opgang_requests_total" in answer.text
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"


def test_a_failed_statement_does_not_tell_what_people_wrote(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as broken, database.read() as session:
        session.execute(sa.text("SELECT :words FROM nowhere"), {"words": "my own words"})
    assert "my own words" not in str(broken.value)


def test_a_database_that_was_restarted_costs_nobody_an_error(postgres_url: str) -> None:
    data = Database(postgres_url, origin="test")
    with data.read() as session:
        mine = session.scalar(sa.select(sa.func.pg_backend_pid()))
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.pg_terminate_backend(mine, 5000)))
    with data.read() as session:
        assert session.scalar(sa.select(sa.func.pg_backend_pid())) != mine
    data.close()


def test_figures_name_routes_and_never_addresses(tmp_path: Path, sqlite_url: str) -> None:
    with asking(tmp_path, sqlite_url) as client:
        client.get("/sign-in/very-secret-code")
        told = client.get("/metrics").text
        assert "very-secret-code" not in told
        assert 'route="/sign-in/{code}"' in told


def test_an_empty_house_under_a_public_address_says_how_to_import(
    tmp_path: Path, sqlite_url: str
) -> None:
    public = "https://opgang.example"
    with asking(tmp_path, sqlite_url, vacant=True, base_url=public) as client:
        for path in ("/", "/sign-in", "/board"):
            answer = client.get(path, headers={"Accept-Language": "en"})
            assert "Import your estate" in answer.text
            assert "opgang import-estate" in answer.text
        assert client.get("/healthz").text == "ok\n"
        data = Database(sqlite_url, origin="import")
        with data.write() as session:
            build_estate(session)
        data.close()
        answer = client.get("/sign-in", headers={"Accept-Language": "en"})
        assert "Import your estate" not in answer.text


def test_the_stamp_holds_only_for_the_migrations_it_was_left_for(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Database(sqlite_url, origin="test")
    assert not up_to_date(data, tmp_path)
    with data.read() as session:
        head = str(session.scalar(sa.text("SELECT version_num FROM alembic_version")))
    leave_stamp(tmp_path, head)
    assert up_to_date(data, tmp_path)
    monkeypatch.setattr("estate.revision.VERSIONS", tmp_path)
    (tmp_path / "new.py").write_text("revision = 'new'")
    assert stamped_head(tmp_path) is None
    assert not up_to_date(data, tmp_path)
    data.close()


# Whole processes, as systemd starts them.


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPGANG")}
    return {**kept, "OPGANG_DATA": str(folder), **more}


@contextlib.contextmanager
def served(folder: Path, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`opgang serve` with nobody at its terminal, from another folder than the checkout."""
    with (folder / "out.txt").open("wb") as out, (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "serve"],
            env=environment(folder, OPGANG_PORT=str(port), PYTHONPATH=str(CHECKOUT), **more),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
        )
    try:
        assert answers(process, f"http://localhost:{port}/healthz"), (
            folder / "log.txt"
        ).read_text()[-2000:]
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_demo_starts_prints_nine_ways_in_and_stops_when_asked(demo_settings: Settings) -> None:
    folder, port = demo_settings.data, free_port()
    with served(folder, port) as process:
        links = re.findall(r"http://localhost:\d+(/sign-in/\S+)", (folder / "out.txt").read_text())
        assert len(links) == 9
        with httpx2.Client(base_url=f"http://localhost:{port}") as client:
            same = {"Sec-Fetch-Site": "same-origin"}
            assert client.get(links[0]).status_code == 200
            # Looking spends nothing; taking it does, once.
            assert client.post(links[0], headers=same).status_code == 303
            assert client.get("/board").status_code == 200
            client.cookies.clear()
            assert client.post(links[0], headers=same).status_code != 303
        second = subprocess.run(
            [sys.executable, "-m", "web", "serve"],
            env=environment(folder, OPGANG_PORT=str(port)),
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert f"Port {port}" in second.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    lines = [json.loads(line) for line in (folder / "log.txt").read_text().splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert requests
    assert all(line["request_id"] and line["timestamp"] and line["route"] for line in requests)
    assert not any("sign-in/" in line["route"] and "{" not in line["route"] for line in requests)


def test_a_server_nobody_listens_to_serves_all_the_same(demo_settings: Settings) -> None:
    folder, port = demo_settings.data, free_port()
    command = f"exec {sys.executable} -m web serve <&- >&- 2>&-"
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], env=environment(folder, OPGANG_PORT=str(port)), cwd=CHECKOUT
    )
    try:
        assert answers(process, f"http://localhost:{port}/healthz")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def refused(folder: Path, **more: str) -> str:
    """What `opgang serve` says when it does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "web", "serve"],
        env=environment(folder, OPGANG_PORT=str(free_port()), **more),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_demo_refuses_a_public_address(demo_settings: Settings) -> None:
    said = refused(demo_settings.data, OPGANG_BASE_URL="https://opgang.example")
    assert "demo estate" in said
    assert "https://opgang.example" in said


def test_no_server_starts_while_a_restore_is_unfinished(demo_settings: Settings) -> None:
    (demo_settings.data / RESTORING).touch()
    assert "opgang restore" in refused(demo_settings.data)
