"""What tests of pages share: the application with the builders' estate in it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.people.models import Helper, Person
from estate.settings import Settings
from tests.builders import LONG_AGO, Estate, add_person, build_estate
from tests.neighbours import Neighbour, Who
from web.app import create_app


@pytest.fixture
def house(sqlite_database: Database, settings: Settings) -> Iterator[tuple[Database, Estate, Who]]:
    """The application, its estate, and a browser for anybody."""
    with sqlite_database.write() as session:
        estate = build_estate(session)
        estate.people["helper"] = add_person(session, "helper").id
        session.execute(update(Person).values(language="en"))
        session.add(
            Helper(
                resident_id=estate.people["amina"],
                helper_id=estate.people["helper"],
                starts_on=LONG_AGO,
            )
        )
    app = create_app(settings.model_copy(update={"worker": "apart"}), sqlite_database)

    with TestClient(app, base_url="http://localhost:8000") as client:

        def browser(name: str) -> Neighbour:
            with sqlite_database.write() as session:
                token = access.begin_session(
                    session, estate.people[name], Beginning.PASSKEY, "Test"
                )
            return Neighbour(client, token)

        yield sqlite_database, estate, browser
