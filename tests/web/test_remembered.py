"""What is remembered is never old, and never somebody else's."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from starlette.testclient import TestClient

from engagement.board import actions
from engagement.board.models import Post
from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.permissions import Role, ScopeKind
from estate.retention.log import ErasureLog
from estate.settings import Settings
from tests.builders import Estate, build_estate, give_role
from tests.posts import put_up
from web.app import create_app
from web.remembered import Remembered
from web.visits import SESSION_COOKIE

Page = Callable[[str], str]


@pytest.fixture
def house(database: Database, settings: Settings) -> Iterator[tuple[Database, Estate, Page]]:
    """The application on both databases, and the board as somebody gets it."""
    with database.write() as session:
        estate = build_estate(session)
        tokens = {
            name: access.begin_session(session, person, Beginning.PASSKEY, "Test")
            for name, person in estate.people.items()
        }
    app = create_app(settings.model_copy(update={"worker": "apart"}), database)
    with TestClient(app, base_url="http://localhost:8000") as client:

        def page(name: str) -> str:
            client.cookies.clear()
            answer = client.get("/board", headers={"cookie": f"{SESSION_COOKIE}={tokens[name]}"})
            return answer.text

        yield database, estate, page


def test_a_post_is_on_the_board_at_the_next_look_whoever_committed_it(
    house: tuple[Database, Estate, Page], erasures: ErasureLog
) -> None:
    database, estate, page = house
    assert "Stige" not in page("amina")
    with database.write() as session:
        number = put_up(session, estate, "yasmin", "Stige lånes ud", to="stairwell").id
    assert "Stige" in page("amina")
    other = Database(database.url, origin="another process")
    with other.write() as session:
        actions.withdraw(session, session.get_one(Post, number), clock.now(), erasures)
    other.close()
    assert "Stige" not in page("amina")


def test_neighbours_share_what_they_may_both_read_and_nothing_else(
    house: tuple[Database, Estate, Page],
) -> None:
    database, estate, page = house
    with database.write() as session:
        put_up(session, estate, "yasmin", "Kun for otteren", to="stairwell")
        put_up(session, estate, "yasmin", "For hele afdelingen")
    seen = {name: page(name) for name in ("amina", "jonas", "sofie", "chair", "amina")}
    assert [name for name, text in seen.items() if "Kun for otteren" in text] == ["amina"]
    assert "For hele afdelingen" not in seen["sofie"]
    assert all("For hele afdelingen" in seen[name] for name in ("amina", "jonas", "chair"))
    assert 'href="/moderation"' in seen["chair"]
    assert 'href="/moderation"' not in seen["jonas"]


def test_a_role_that_is_given_changes_the_very_next_page(
    house: tuple[Database, Estate, Page],
) -> None:
    database, estate, page = house
    with database.write() as session:
        put_up(session, estate, "sofie", "Nyt fra Søen")
    assert "Nyt fra Søen" not in page("jonas")
    with database.write() as session:
        give_role(
            session,
            estate.people["jonas"],
            Role.CARETAKER,
            ScopeKind.SECTION,
            estate.other_section,
        )
    assert "Nyt fra Søen" in page("jonas")


def test_time_passes_on_a_remembered_page(house: tuple[Database, Estate, Page]) -> None:
    database, estate, page = house
    now = clock.now()
    with time_machine.travel(now, tick=False):
        with database.write() as session:
            put_up(session, estate, "yasmin", "Stige", at=now - timedelta(days=29))
        first = page("amina")
        assert page("amina") == first
    with time_machine.travel(now + timedelta(days=2), tick=False):
        assert "Stige" in first
        assert "Stige" not in page("amina")


def test_only_the_same_version_in_the_same_minute_is_remembered() -> None:
    memory, now, made = Remembered(), clock.now().replace(second=0), []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [memory.get("a", 1, now, make) for _ in range(3)] == [1, 1, 1]
    assert memory.get("b", 1, now, make) == 2
    assert memory.get("a", 2, now, make) == 3
    assert memory.get("a", 2, now + timedelta(seconds=61), make) == 4
    assert [memory.get("a", None, now, make) for _ in range(2)] == [5, 6]
