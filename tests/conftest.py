"""The background every test stands on: both databases, each test with one of its own."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

import estate.database
from estate import clock, schema
from estate.database import Database
from estate.photos.store import Store
from estate.retention.log import ErasureLog
from estate.settings import Settings
from tests import postgres
from web.demo.making import Wish, make
from web.logs import configure_logs

TEMPLATE = "template_opgang"


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """One line a record: a traceback with all local values takes a second to draw."""
    configure_logs(pretty=False)


@pytest.fixture(scope="session", autouse=True)
def patience_with_neighbours() -> None:
    """A wipe waits for open transactions on the server, those of other tests included."""
    estate.database.LOCK_PATIENCE = 60


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One folder for all worker processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres_there() -> None:
    """Passes over whoever needs a PostgreSQL, where there is none to start."""
    if not postgres.installed():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")


@pytest.fixture(scope="session")
def postgres_server(postgres_there: None, shared_folder: Path, worker_id: str) -> Iterator[str]:
    """A PostgreSQL on a socket of its own, started once a run, stopped by its last user."""
    # Its parents must be open to the postgres user, which pytest's own folders are not.
    run = os.getpid() if worker_id == "master" else os.getppid()
    folder = Path(f"/tmp/opgang-pg-{shared_folder.name}-{run}")  # noqa: S108
    users = shared_folder / "postgres.users"
    with FileLock(str(shared_folder / "postgres.lock")):
        if not users.exists():
            postgres.start(folder)
            users.write_text("0")
        users.write_text(str(int(users.read_text()) + 1))
    yield postgres.address(folder)
    with FileLock(str(shared_folder / "postgres.lock")):
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if left == 0:
            postgres.stop(folder)
            users.unlink()
            # Whoever starts it anew, in the same folder, finds no database there.
            (shared_folder / "template.ready").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def own_postgres_server(
    postgres_there: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A PostgreSQL of one module's own: what others leave open would keep what it erases."""
    folder = Path(f"/tmp/opgang-pg-{tmp_path_factory.mktemp('own').name}-{os.getpid()}")  # noqa: S108
    postgres.start(folder)
    yield postgres.address(folder)
    postgres.stop(folder)


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
    with FileLock(str(shared_folder / "template.lock")):
        ready = shared_folder / "template.ready"
        if not ready.exists():
            postgres.run_sql(postgres_server, f'CREATE DATABASE "{TEMPLATE}"')
            schema.upgrade(postgres_server.format(name=TEMPLATE))
            ready.touch()
    return TEMPLATE


@contextlib.contextmanager
def copied(server: str, template: str, shared: Path) -> Iterator[str]:
    """A copy of the template on the cluster, dropped when the block ends."""
    name = f"t_{secrets.token_hex(6)}"
    # PostgreSQL copies a template only while nobody else does.
    with FileLock(str(shared / "template.lock")):
        postgres.run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield server.format(name=name)
    postgres.run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database of this test's own, on SQLite."""
    file = tmp_path / "opgang.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def kept_postgres_url(
    postgres_server: str, postgres_template: str, shared_folder: Path
) -> Iterator[str]:
    """The database that the tests of this process have in turn: a copy takes most of a second."""
    with copied(postgres_server, postgres_template, shared_folder) as url:
        yield url


@pytest.fixture
def postgres_url(kept_postgres_url: str) -> Iterator[str]:
    """A database that is this test's alone, on PostgreSQL."""
    yield kept_postgres_url
    postgres.empty(kept_postgres_url)


@pytest.fixture(scope="module")
def sqlite_module_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database for all tests of a module, on SQLite."""
    file = tmp_path_factory.mktemp("module") / "opgang.db"
    shutil.copy(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def postgres_module_url(
    postgres_server: str, postgres_template: str, shared_folder: Path
) -> Iterator[str]:
    """A database for all tests of a module, on PostgreSQL."""
    with copied(postgres_server, postgres_template, shared_folder) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of this test's own: the same test on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"e_{secrets.token_hex(6)}"
    postgres.run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield server.format(name=name)
    postgres.run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same test against both databases."""
    data = Database(database_url, origin="test")
    yield data
    data.close()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """For tests in which the database is only background."""
    data = Database(sqlite_url, origin="test")
    yield data
    data.close()


@pytest.fixture
def erasures(tmp_path: Path) -> ErasureLog:
    """Where what is erased is written down for a restore."""
    return ErasureLog(tmp_path / "erasures.log")


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """Settings of an installation of this test's own."""
    return Settings(data=tmp_path / "var", database_url=sqlite_url, secret="test-secret")


@pytest.fixture
def elsewhere(
    tmp_path: Path, database_url: str, request: pytest.FixtureRequest
) -> Iterator[Settings]:
    """An empty place of the same kind, for a restore."""
    folder = tmp_path / "elsewhere"
    if database_url.startswith("sqlite"):
        yield Settings(data=folder, database_url=f"sqlite:///{folder / 'opgang.db'}")
        return
    server = request.getfixturevalue("postgres_server")
    name = f"restored_{database_url.rpartition('/t_')[2].split('?')[0]}"
    postgres.run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield Settings(data=folder, database_url=server.format(name=name))
    postgres.run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def demo_template(shared_folder: Path, sqlite_template: Path) -> Path:
    """A data folder with the demo estate on SQLite and its photos, made once a run."""
    folder = shared_folder / "demo"
    with FileLock(str(shared_folder / "demo.lock")):
        if not folder.exists():
            fresh = folder.with_suffix(".new")
            fresh.mkdir()
            shutil.copy(sqlite_template, fresh / "opgang.db")
            data = Database(f"sqlite:///{fresh / 'opgang.db'}", origin="demo")
            with data.write() as session:
                make(session, Store(fresh / "photos"), Wish(clock.today()), lambda *_: None)
            data.close()
            fresh.replace(folder)
    return folder


@pytest.fixture
def demo_settings(demo_template: Path, tmp_path: Path) -> Settings:
    """Settings of a demo estate of this test's own."""
    folder = tmp_path / "demo"
    shutil.copytree(demo_template, folder)
    return Settings(data=folder, secret="test-secret")
