"""`opgang serve` and `opgang work`: the pages, the worker, or both."""

import asyncio
import contextlib
import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from starlette.applications import Starlette

from estate.database import Database
from estate.installation.queries import is_demo, is_empty
from estate.settings import Settings
from web.app import create_app
from web.commands import Trouble
from web.commands.ground import opened_database, read_settings, refuse_public_demo
from web.logs import configure_logs
from web.protocol import GuardedProtocol
from web.worker import work_apart

log = structlog.get_logger("opgang")

KEEP_ALIVE = 75
GRACE = 10


def serve() -> None:
    """Start the pages and the worker.

    Brings an empty database to the newest revision first, and fills it with the demo estate
    unless OPGANG_BASE_URL is a public address.

    Example: OPGANG_PORT=8080 opgang serve
    """
    settings = read_settings()
    configure_logs()
    with listening(settings) as socket_, opened_database(settings) as database:
        refuse_public_demo(settings, database)
        make_demo_if_empty(settings, database)
        with database.read() as session:
            demo, empty = is_demo(session), is_empty(session)
        app = create_app(settings, database, demo=demo and settings.demo, vacant=empty)
        greet(settings, database, demo=demo)
        run(settings, app, socket_)


def work() -> None:
    """Start a worker without pages: pushes, mails, long work, and what comes round at night.

    Of several workers one works and the others stand by. With OPGANG_WORKER=apart, opgang serve
    starts none of its own.

    Example: opgang work
    """
    settings = read_settings()
    configure_logs()
    with opened_database(settings) as database:
        refuse_public_demo(settings, database)
        app = create_app(settings, database)
        asyncio.run(work_apart(app.state.house, app.state.hub))


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The bound socket: taken first, so that a port in use is told before any work is done."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    with socket.socket(family) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((settings.bind, settings.port))
            bound.listen(2048)
        except OSError as error:
            raise Trouble(
                f"Port {settings.port} on {settings.bind} cannot be used: {error.strerror}. "
                "Stop what runs there, or set OPGANG_PORT."
            ) from None
        yield bound


def make_demo_if_empty(settings: Settings, database: Database) -> None:
    """The demo estate, where nothing is and nobody but this machine looks."""
    with database.read() as session:
        empty = is_empty(session)
    if empty and not settings.public:
        importlib.import_module("web.commands.demo").make_demo(settings, database)


def greet(settings: Settings, database: Database, *, demo: bool) -> None:
    """Say where the pages are; for a demo, a way in for each role."""
    said = [f"Opgang answers at {settings.base_url} (Ctrl-C stops it)."]
    if demo:
        said = [*importlib.import_module("web.commands.demo").ways_in(settings, database), *said]
    try:
        sys.stdout.write("\n".join([*said, ""]))
        sys.stdout.flush()
    except OSError:  # whoever listened has gone; the pages are served all the same
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it stays until the end


def run(settings: Settings, app: Starlette, bound: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; open requests get ten seconds to end."""
    allow_many_sockets()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    server = uvicorn.Server(server_config(app))
    server.run(sockets=[bound])
    if not server.started:
        raise Trouble("The pages did not start; the log above says why.")


def server_config(app: Starlette) -> uvicorn.Config:
    """How pages are served, in the tests too."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="websockets-sansio",
        ws_max_size=4096,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )


def leave(number: int, frame: FrameType | None) -> None:
    """Uvicorn raises the signal again once it has stopped: that is no failure."""
    sys.exit(0)


def allow_many_sockets() -> None:
    """Every open page holds a socket, and 1,024 is a common limit to begin with."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
