"""A PostgreSQL of the tests' own: a cluster in a folder, reached by a socket in that folder."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
OPTIONS = (
    "-c listen_addresses= -c fsync=off -c max_connections=200"
    # As docs/deploy.md says, so that a test can look for what was erased in its files, too.
    " -c wal_recycle=off -c log_error_verbosity=terse"
)


def installed() -> bool:
    """Whether there is a PostgreSQL to start."""
    return any((folder / "initdb").exists() for folder in BINARIES)


def start(folder: Path) -> None:
    """Make a cluster in `folder`, which must not exist yet, and start it.

    The server refuses to run as root, so the folder then belongs to `postgres`, who must be able
    to walk down to it.
    """
    owner = ["-o", "postgres"] if os.geteuid() == 0 else []
    subprocess.run(["install", "-d", *owner, "-m", "700", str(folder)], check=True)
    data = str(folder / "data")
    as_utf8 = ("--encoding=UTF8", "--locale=C.UTF-8")
    _run("initdb", "-D", data, "-A", "trust", "-U", "postgres", *as_utf8, "--no-sync")
    options = f"{OPTIONS} -c unix_socket_directories={folder}"
    _run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")


def stop(folder: Path) -> None:
    """Stop a cluster and remove its folder."""
    _run("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop", check=False)
    shutil.rmtree(folder, ignore_errors=True)


def address(folder: Path) -> str:
    """The cluster's databases as SQLAlchemy addresses them; `{name}` stands for the database."""
    return f"postgresql+psycopg://postgres@/{{name}}?host={folder}"


def plain_address(server: str, name: str) -> str:
    """One of the cluster's databases as PostgreSQL's own clients address it."""
    return server.format(name=name).replace("+psycopg", "")


EMPTYING = """
DO $$
DECLARE found record; filled boolean;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR found IN SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', found.tablename) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM public.%I', found.tablename); END IF;
  END LOOP;
  FOR found IN SELECT sequencename FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    EXECUTE format('ALTER SEQUENCE public.%I RESTART', found.sequencename);
  END LOOP;
END $$
"""
"""Throws everybody out, deletes all rows whoever needs them, and counts from one again."""


def empty(url: str) -> None:
    """Leave a database at the present schema as it was made, without a row."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(EMPTYING.encode())


def run_sql(server: str, statement: str) -> None:
    """One statement on the cluster, outside any transaction."""
    with psycopg.connect(plain_address(server, "postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


def _run(program: str, *arguments: str, check: bool = True) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_postgres, str(BINARIES[-1] / program), *arguments]
    subprocess.run(command, check=check, stdout=subprocess.DEVNULL, cwd="/")
