"""Private answers: two persons, and nothing of them anywhere else."""

import pytest
from sqlalchemy import select

from engagement.board import actions as board
from engagement.threads import actions, queries
from engagement.threads.rules import PRIVATE_ANSWER
from estate import clock
from estate.audit.models import Deed
from estate.database import STALE, Database
from estate.notifications.models import Notification
from estate.refusals import Missing, Refused
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from tests.posts import put_up, reading, writing

NOW = clock.now()
SECRET = "Min kode er 4711"


def test_two_answers_of_one_neighbour_are_one_thread_that_only_two_can_read(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        bent = writing(session, estate, "bent")
        thread = actions.ask(session, bent, post, SECRET, "da", NOW)
        assert actions.ask(session, bent, post, "Og så lige", "da", NOW).id == thread.id
        actions.write(session, writing(session, estate, "amina"), post, thread, "Fint", "da", NOW)
        session.flush()
        lines = queries.messages(session, thread.id, estate.people["amina"])
        assert [(line.mine, line.text) for line in lines] == [
            (False, SECRET),
            (False, "Og så lige"),
            (True, "Fint"),
        ]
        for name in ("jonas", "chair", "office", "sofie"):
            with pytest.raises(Missing):
                queries.thread(session, reading(session, estate, name), post.id, thread.id)
            assert queries.threads(session, reading(session, estate, name)) == []


def test_what_was_said_stays_out_of_notifications_deeds_and_the_socket(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        session.info.pop(STALE)
        actions.ask(session, writing(session, estate, "bent"), post, SECRET, "da", NOW)
        topics = {topic for topic, _ in session.info[STALE] if topic.split(":")[0] != "worker"}
        assert topics <= {f"person:{estate.people[name]}" for name in ("amina", "bent")} | {
            "worker"
        }
        rows = session.execute(
            select(Notification.person_id, Notification.kind, Notification.values)
        ).all()
        private = [row for row in rows if row.kind == PRIVATE_ANSWER.name]
        assert [row.person_id for row in private] == [estate.people["amina"]]
        deeds = session.scalars(select(Deed.details)).all()
        assert "4711" not in str(rows) + str(deeds)


def test_a_thread_closes_with_its_post_and_stays_readable(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        bent = writing(session, estate, "bent")
        thread = actions.ask(session, bent, post, "Hej", "da", NOW)
        board.withdraw(session, post, NOW, erasures)
        with pytest.raises(Refused):
            actions.write(session, bent, post, thread, "Er du der?", "da", NOW)
        assert queries.thread(session, bent, post.id, thread.id)[0].id == thread.id


def test_nobody_writes_privately_to_themselves(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        with pytest.raises(Missing):
            actions.ask(session, writing(session, estate, "amina"), post, "Hej", "da", NOW)


def test_an_answer_is_unread_until_its_receiver_has_had_it_before_them(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        bent, amina = writing(session, estate, "bent"), writing(session, estate, "amina")
        thread = actions.ask(session, bent, post, "Hej", "da", NOW)
        session.flush()
        (unread,) = queries.threads(session, amina, unread=True)
        assert unread.other_name == "Bent"
        assert queries.threads(session, bent, unread=True) == []
        actions.mark_read(session, amina, post, thread, NOW)
        session.flush()
        assert queries.threads(session, amina, unread=True) == []
