"""The routes there are, as the application itself lists them, and what each visitor deserves."""

import re
import tempfile
from pathlib import Path

from starlette.routing import BaseRoute, Route

from estate.database import Database
from estate.permissions import EVERYBODY
from estate.settings import Settings
from tests.house.cast import Cast, Visitor
from tests.house.examples import (
    ASKS_FOR_TRUST,
    ONLY_WITH_A_PROVIDER,
    PARAMETER,
    Example,
    example_of,
)
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


ANSWERED = frozenset({200, 201, 303, 409, 422})
"""What somebody who may gets: the page, or what an empty form deserves."""


def examples_of(route: Route) -> dict[str, Example]:
    """An example for each part of a route's address."""
    allow = facts_of(route).allow
    return {part: example_of(route.name, allow, part) for part in PARAMETER.findall(route.path)}


def address(route: Route, cast: Cast, *, absent: bool = False) -> str:
    """A route's path with its examples, or with ids that nothing has."""
    examples = examples_of(route)

    def filled(found: re.Match[str]) -> str:
        example = examples[found[1]]
        return str(example.absent if absent else example.value(cast))

    return PARAMETER.sub(filled, route.path)


def reached(route: Route, cast: Cast, visitor: Visitor) -> bool:
    """Whether the route is there, and its examples this visitor's to see."""
    allow = facts_of(route).allow
    return route.name not in ONLY_WITH_A_PROVIDER and all(
        example.reached(cast, visitor.reader, allow) for example in examples_of(route).values()
    )


def expected(route: Route, visitor: Visitor, *, reached: bool) -> frozenset[int]:
    """The answers that the page's facts and the permission table leave."""
    facts = facts_of(route)
    if facts.machine:
        return frozenset({facts.keyless})
    if facts.allow not in EVERYBODY:
        if visitor.reader is None:
            return frozenset({401})
        if not visitor.reader.may(facts.allow):
            return frozenset({403})
        if route.name in ASKS_FOR_TRUST and not visitor.trusted:
            return frozenset({403})
    return ANSWERED if reached else frozenset({404})


def let_in(route: Route, cast: Cast) -> list[Visitor]:
    """Everybody of the cast whom a route lets do something."""
    return [
        visitor
        for visitor in cast.visitors
        if expected(route, visitor, reached=reached(route, cast, visitor)) is ANSWERED
    ]
