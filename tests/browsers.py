"""Browsers of an application that nobody serves, each with cookies of its own."""

import contextlib
from collections.abc import Callable, Iterator

from starlette.testclient import TestClient

from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.settings import Settings
from tests.neighbours import OWN
from web.app import create_app
from web.visits import SESSION_COOKIE

Browser = Callable[..., TestClient]
"""A fresh browser: at an `address` of the network, preferring a `language`."""


@contextlib.contextmanager
def browsers_of(settings: Settings, database: Database) -> Iterator[Browser]:
    """The application, and as many browsers of it as wanted, until the block ends."""
    app = create_app(settings, database)
    with contextlib.ExitStack() as opened:
        opened.callback(app.state.house.readers.close)

        def browser(address: str = "192.0.2.1", language: str = "") -> TestClient:
            headers = {**OWN, "accept-language": language} if language else OWN
            client = TestClient(
                app, base_url="http://localhost:8000", headers=headers, client=(address, 5000)
            )
            opened.callback(client.close)
            return client

        yield browser


def sign_in(client: TestClient, database: Database, person: int, began: Beginning) -> None:
    """Put somebody's session into a browser."""
    with database.write() as session:
        client.cookies.set(SESSION_COOKIE, access.begin_session(session, person, began))
