"""The real application on a real port, in a thread of the test's own process."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from estate.access import actions as access
from estate.access.models import Beginning
from estate.database import Database
from estate.settings import Settings
from web.app import create_app
from web.commands.serve import server_config
from web.visits import SESSION_COOKIE

PATIENCE = 20.0


@dataclass(frozen=True)
class Serving:
    """A running house; `people` are ids by the names that tests know them by."""

    url: str
    settings: Settings
    database: Database
    app: Starlette
    people: Mapping[str, int]

    def person(self, who: str | int) -> int:
        """The id behind a name such as `amina` or `resident@demo.example`."""
        return who if isinstance(who, int) else self.people[who]

    def token(self, who: str | int, began: Beginning = Beginning.PASSKEY) -> str:
        """A fresh session's cookie value for somebody."""
        with self.database.write() as session:
            return access.begin_session(session, self.person(who), began, "Test")

    def cookie(self, who: str | int, began: Beginning = Beginning.PASSKEY) -> dict[str, str]:
        """A fresh session's cookie as a browser wants it."""
        name = self.app.state.house.cookie_name(SESSION_COOKIE)
        return {"name": name, "value": self.token(who, began), "url": self.url}


@contextlib.contextmanager
def serving(
    folder: Path, database_url: str, people: Mapping[str, int], *, demo: bool = False, **more: Any
) -> Iterator[Serving]:
    """Serve a database until the block ends. `more` are settings, for instance `live`."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    port = listening.getsockname()[1]
    settings = Settings(
        data=folder,
        database_url=database_url,
        port=port,
        secret="test-secret",
        demo=demo,
        **more,
    )
    database = Database(settings.database_url, origin=f"test-{port}")
    app = create_app(settings, database, demo=demo)
    config = server_config(app)
    config.timeout_graceful_shutdown = 1  # plenty: the test that held open sockets is over
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        yield Serving(settings.base_url, settings, database, app, people)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()
        database.close()
    assert not thread.is_alive(), "The server did not stop."


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The server did not start.")
        thread.join(0.01)
