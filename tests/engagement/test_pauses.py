"""Pausing somebody's posting: this person's only, in one section, until it ends or is lifted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engagement.board import actions as board
from engagement.board.rules import PostKind, destinations
from engagement.comments import actions as comments
from engagement.pauses import actions, queries
from engagement.pauses.rules import PAUSED, Pausing
from engagement.threads import actions as threads
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.permissions import Role, ScopeKind
from estate.refusals import Missing, Refused
from tests.builders import Estate, add_person, build_estate, give_role
from tests.posts import moderating, put_up, writing

NOW = clock.now()


def pausing(estate: Estate, name: str, reason: str = "Tag en uge") -> Pausing:
    """A week's pause of somebody's posting in the section they all live in."""
    return Pausing(estate.people[name], estate.section, name.title(), reason, "da", 7)


def test_a_pause_holds_for_one_person_in_one_section_until_it_ends(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        chair = moderating(session, estate, "chair")
        actions.begin(session, chair, pausing(estate, "amina"), NOW)
        session.flush()
        own = writing(session, estate, "amina")
        with pytest.raises(Refused):
            put_up(session, estate, "amina")
        with pytest.raises(Refused):
            comments.write(session, own, post, "Hej", "da", NOW)
        with pytest.raises(Refused):
            actions.begin(session, chair, pausing(estate, "amina", "Og en til"), NOW)
        (pause,) = queries.own_pauses(session, estate.people["amina"], NOW)
        assert pause.reason == "Tag en uge"
        assert queries.pauses(session, chair, NOW) == [pause]
        assert destinations(own, [pause.section_id]) == []
        told = select(Notification.values).where(Notification.kind == PAUSED.name)
        assert "Tag en uge" in str(session.scalars(told).one())
        assert queries.own_pauses(session, estate.people["yasmin"], NOW) == []
        put_up(session, estate, "amina", at=NOW + timedelta(days=8))
        event = put_up(session, estate, "bent", kind=PostKind.EVENT)
        board.answer_event(session, own, event, coming=True, now=NOW)
        threads.ask(session, own, event, "Må jeg tage kage med?", "da", NOW)
        actions.lift(session, chair, pause.id, NOW)
        session.flush()
        put_up(session, estate, "amina")
        with pytest.raises(Missing):
            actions.lift(session, chair, pause.id, NOW)


def test_nobody_ends_their_own_pause(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        estate.people["dorte"] = add_person(session, "dorte").id
        give_role(session, estate.people["dorte"], Role.BOARD, ScopeKind.SECTION, estate.section)
        dorte = moderating(session, estate, "dorte")
        actions.begin(session, dorte, pausing(estate, "chair"), NOW)
        (pause,) = queries.own_pauses(session, estate.people["chair"], NOW)
        with pytest.raises(Refused):
            actions.lift(session, moderating(session, estate, "chair"), pause.id, NOW)
        assert actions.lift(session, dorte, pause.id, NOW) == "Chair"
        assert queries.own_pauses(session, estate.people["chair"], NOW) == []


def test_who_stands_in_for_a_board_of_one_sees_and_ends_its_pause_and_hears_of_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        organisation = moderating(session, estate, "organisation")
        chair = moderating(session, estate, "chair")
        assert organisation.sections == frozenset()
        assert f"moderation:{estate.section}" in organisation.reader.topics()
        assert f"moderation:{estate.other_section}" not in organisation.reader.topics()
        assert moderating(session, estate, "bent").standing_in == frozenset()
        actions.begin(session, organisation, pausing(estate, "chair"), NOW)
        actions.begin(session, chair, pausing(estate, "amina"), NOW)
        session.flush()
        (pause,) = queries.pauses(session, organisation, NOW)
        assert (pause.shown_name, pause.paused_by) == ("Chair", "Organisation")
        seen = [(line.shown_name, line.paused_by) for line in queries.pauses(session, chair, NOW)]
        assert sorted(seen) == [("Amina", "Chair"), ("Chair", "Organisation")]
        (of_board,) = queries.own_pauses(session, estate.people["amina"], NOW)
        with pytest.raises(Missing):
            actions.lift(session, organisation, of_board.id, NOW)
        assert actions.lift(session, organisation, pause.id, NOW) == "Chair"
        assert queries.pauses(session, organisation, NOW) == []
