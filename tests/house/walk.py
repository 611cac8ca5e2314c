"""The routes there are, as the application itself lists them."""

import tempfile
from pathlib import Path

from starlette.routing import BaseRoute, Route

from estate.database import Database
from estate.settings import Settings
from web.app import create_app
from web.routing import Page


def _all_routes() -> list[BaseRoute]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder), database_url="", secret="walk")
        database = Database(settings.database_url)
        app = create_app(settings, database, demo=True)
        app.state.house.readers.close()
        database.close()
        return list(app.routes)


ALL_ROUTES = _all_routes()
ROUTES = [route for route in ALL_ROUTES if isinstance(route, Route)]


def facts_of(route: Route) -> Page:
    """Who may use a route; fails for one that was not made by `page()`."""
    facts = getattr(route, "page", None)
    assert isinstance(facts, Page), f"{route.path} was not made by page(): nobody knows its rights."
    return facts


def method_of(route: Route) -> str:
    """GET or POST."""
    return "GET" if "GET" in (route.methods or ()) else "POST"


def named(route: Route) -> str:
    """As a test is called after it: `GET /board/{id}`."""
    return f"{method_of(route)} {route.path}"
