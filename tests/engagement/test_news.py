"""A post is told to its neighbours by the worker, some of them in each step."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.news import actions as news
from estate import clock
from estate.database import Database
from estate.jobs.models import Job, JobState
from estate.notifications.models import Notification
from estate.retention.log import ErasureLog
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate
from tests.posts import put_up, tell_neighbours


def crowded(session: Session, more: int) -> Estate:
    """The builders' estate with so many more neighbours in amina's home."""
    estate = build_estate(session)
    persons = [add_person(session, f"neighbour{number}").id for number in range(more)]
    add_household(session, estate.homes["amina"], *persons, starts=LONG_AGO.replace(year=2021))
    return estate


def told(session: Session) -> Sequence[int]:
    return session.scalars(select(Notification.person_id)).all()


def test_who_posts_does_not_wait_until_all_neighbours_are_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "STEP", 3)
    with database.write() as session:
        estate = crowded(session, 8)
        put_up(session, estate, "amina")
        assert told(session) == []
    with database.write() as session:
        tell_neighbours(session)
        here = set(estate.people.values()) - {
            estate.people[name]
            for name in ("amina", "sofie", "chair", "caretaker", "office", "organisation")
        }
        everybody = told(session)
        assert len(everybody) == len(set(everybody)) == len(here) + 8
        assert here <= set(everybody)
        job = session.scalars(select(Job)).one()
        assert (job.state, job.done) == (JobState.DONE, 12)


def test_nobody_is_told_of_a_post_that_came_down_meanwhile(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        post = put_up(session, build_estate(session), "amina")
        board.withdraw(session, post, clock.now(), erasures)
        tell_neighbours(session)
        assert told(session) == []
