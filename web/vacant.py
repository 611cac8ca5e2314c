"""A house without an estate: every page says how to import one, until there is one."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from estate.database import Database
from estate.installation.queries import is_empty

OPEN = ("/healthz", "/readyz", "/metrics", "/static/", "/languages/", "/manifest.webmanifest")
"""Addresses that work without an estate."""


class Vacant:
    """Answers in the pages' place while no estate is there; asks the database until there is."""

    def __init__(
        self, app: ASGIApp, database: Database, vacant_page: Callable[[Request], Response]
    ) -> None:
        self.app = app
        self.database = database
        self.vacant_page = vacant_page
        self.inhabited = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through once there is an estate."""
        if self.inhabited or scope["type"] != "http" or scope["path"].startswith(OPEN):
            await self.app(scope, receive, send)
            return
        self.inhabited = not await run_in_threadpool(self._still_empty)
        if self.inhabited:
            await self.app(scope, receive, send)
        else:
            await self.vacant_page(Request(scope))(scope, receive, send)

    def _still_empty(self) -> bool:
        with self.database.read() as session:
            return is_empty(session)
