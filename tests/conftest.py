"""The background every test stands on: both databases, an estate, and the app."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from filelock import FileLock

from estate import schema
from estate.database import Database
from estate.settings import Settings

POSTGRES = Path("/usr/lib/postgresql")


def _postgres_binaries() -> Path | None:
    found = sorted(POSTGRES.glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _as_postgres(*command: str) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all worker processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres_server(shared_folder: Path, worker_id: str) -> Iterator[str]:
    """A PostgreSQL of our own on its own socket, started once a run, stopped by the last user."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Its parents must be open to the postgres user, which pytest's own folders are not.
    run = os.getpid() if worker_id == "master" else os.getppid()
    folder = Path(f"/tmp/opgang-pg-{shared_folder.name}-{run}")  # noqa: S108
    users = folder / "users"
    with FileLock(str(shared_folder / "postgres.lock")):
        if not (folder / "ready").exists():
            subprocess.run(
                [
                    "install",
                    "-d",
                    *(["-o", "postgres"] if os.geteuid() == 0 else []),
                    "-m",
                    "700",
                    str(folder),
                ],
                check=True,
            )
            data = folder / "data"
            subprocess.run(
                _as_postgres(
                    str(binaries / "initdb"),
                    "-D",
                    str(data),
                    "-A",
                    "trust",
                    "-U",
                    "postgres",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ),
                check=True,
                stdout=subprocess.DEVNULL,
                cwd="/",
            )
            options = (
                f"-c listen_addresses= -c unix_socket_directories={folder} "
                "-c fsync=off -c max_connections=200"
            )
            subprocess.run(
                _as_postgres(
                    str(binaries / "pg_ctl"),
                    "-D",
                    str(data),
                    "-w",
                    "-l",
                    str(folder / "log"),
                    "-o",
                    options,
                    "start",
                ),
                check=True,
                stdout=subprocess.DEVNULL,
                cwd="/",
            )
            (folder / "ready").touch()
            users.write_text("0")
        users.write_text(str(int(users.read_text()) + 1))
    yield f"postgresql+psycopg://postgres@/{{name}}?host={folder}"
    with FileLock(str(shared_folder / "postgres.lock")):
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if left == 0:
            subprocess.run(
                _as_postgres(
                    str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"
                ),
                check=False,
                stdout=subprocess.DEVNULL,
                cwd="/",
            )
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(shared_folder: Path) -> Path:
    """An empty SQLite file at the present schema, migrated once a run and copied by each test."""
    file = shared_folder / "template.db"
    with FileLock(str(shared_folder / "sqlite.lock")):
        if not file.exists():
            fresh = file.with_suffix(".new")
            schema.upgrade(f"sqlite:///{fresh}")
            fresh.replace(file)
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, shared_folder: Path) -> str:
    """The name of a PostgreSQL database at the present schema, to be used as a TEMPLATE."""
    name = "template_opgang"
    with FileLock(str(shared_folder / "template.lock")):
        if not (shared_folder / "template.ready").exists():
            _run_sql(postgres_server, f'CREATE DATABASE "{name}"')
            schema.upgrade(postgres_server.format(name=name))
            (shared_folder / "template.ready").touch()
    return name


def _run_sql(server: str, statement: str) -> None:
    address = server.format(name="postgres").replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database of this test's own, on SQLite."""
    file = tmp_path / "opgang.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(
    postgres_server: str, postgres_template: str, shared_folder: Path
) -> Iterator[str]:
    """A database of this test's own, on PostgreSQL."""
    name = f"t_{secrets.token_hex(6)}"
    with FileLock(str(shared_folder / "template.lock")):
        _run_sql(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    yield postgres_server.format(name=name)
    _run_sql(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same test against both databases."""
    data = Database(request.getfixturevalue(f"{request.param}_url"), origin="test")
    yield data
    data.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """For tests in which the database is only background."""
    data = Database(sqlite_url, origin="test")
    yield data
    data.close()


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """Settings of an installation of this test's own."""
    return Settings(data=tmp_path / "var", database_url=sqlite_url, secret="test-secret")
