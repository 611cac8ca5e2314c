"""Who follows a kind of paper is told once; nobody else is, and nobody of what was taken back."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.files.store import PdfStore
from estate.notifications.models import Notification
from estate.retention.log import ErasureLog
from tests.builders import Estate, build_estate
from tests.papers import publish, publishing, work
from voting.following.actions import follow
from voting.following.queries import followed
from voting.papers import actions
from voting.papers.rules import NEW_PAPERS, NEWS_JOB, Home

HERE = {"amina", "yasmin", "jonas", "bent"}


@pytest.fixture
def estate(database: Database) -> Estate:
    with database.write() as session:
        return build_estate(session)


@pytest.fixture
def store(tmp_path: Path) -> PdfStore:
    return PdfStore(tmp_path / "files")


def told(database: Database, estate: Estate) -> dict[str, Notification]:
    names = {number: name for name, number in estate.people.items()}
    with database.read() as session:
        rows = session.scalars(select(Notification).where(Notification.kind == NEW_PAPERS.name))
        return {names[row.person_id]: row for row in rows}


def test_those_who_live_there_and_follow_are_told(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        follow(session, estate.people["jonas"], estate.section, {"budget"})
        publish(session, estate, store)
        work(session, store, NEWS_JOB)
    found = told(database, estate)
    assert set(found) == HERE - {"jonas"}
    assert found["amina"].address == "/papers/1"
    assert found["amina"].values["title"] == "Husorden"


def test_a_kind_nobody_follows_by_itself_is_told_to_who_asked(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        follow(session, estate.people["bent"], estate.section, {"minutes_board"})
        publish(session, estate, store, "minutes_board", day=clock.today())
        work(session, store, NEWS_JOB)
    assert set(told(database, estate)) == {"bent"}


def test_the_whole_organisations_paper_is_told_in_its_sections_only(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    with database.write() as session:
        publish(session, estate, store, "statutes", home=Home(estate.north))
        work(session, store, NEWS_JOB)
    assert set(told(database, estate)) == HERE


def test_what_holds_later_is_told_at_once_with_its_day_and_several_are_counted(
    database: Database, estate: Estate, store: PdfStore
) -> None:
    ahead = clock.today() + timedelta(days=30)
    with database.write() as session:
        publish(session, estate, store, "budget", day=clock.today(), text="Budgettet.")
        publish(session, estate, store, valid_from=ahead)
        work(session, store, NEWS_JOB)
    row = told(database, estate)["amina"]
    assert row.count == 2
    assert row.body == "{title}, from {day}"
    assert row.repeated == "{count} new papers, the newest is “{title}”."


def test_nobody_is_told_of_what_was_taken_back_meanwhile(
    database: Database, estate: Estate, store: PdfStore, erasures: ErasureLog
) -> None:
    with database.write() as session:
        published = publish(session, estate, store)
        office = publishing(session, estate)
        actions.withdraw(session, office, published.paper, 1, "Fejl.", clock.now(), erasures)
        work(session, store, NEWS_JOB)
    assert told(database, estate) == {}


def test_switches_keep_only_what_was_moved(database: Database, estate: Estate) -> None:
    amina, section = estate.people["amina"], estate.section
    with database.write() as session:
        stands = followed(session, amina, section)
        follow(session, amina, section, {key for key, on in stands.items() if on})
        assert followed(session, amina, section) == stands
        follow(session, amina, section, set())
        assert not any(followed(session, amina, section).values())
        follow(session, amina, section, set(stands))
        assert all(followed(session, amina, section).values())
        assert followed(session, amina, estate.other_section) == stands
