"""Who hears of what happens to a post: those who may read it today, and whose word stands."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board import rules
from engagement.board.rules import Draft, PostKind
from engagement.comments import actions as comments
from engagement.comments.rules import FOLLOWED_COMMENTS, OWN_COMMENTS
from engagement.news import actions as news
from engagement.threads import actions as threads
from engagement.threads.rules import PRIVATE_ANSWER
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from estate.notifications.rules import NotificationKind
from estate.people.models import Helper, Household, Person
from estate.permissions import Permission, scope
from estate.reach.queries import Place, reached
from estate.retention.log import ErasureLog
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate, reader
from tests.posts import put_up, reading, tell_neighbours, writing

NOW = clock.now()


def test_who_is_reached_in_a_place_is_whose_scope_holds_there(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        helper, former = add_person(session, "helper").id, add_person(session, "former").id
        session.add(
            Helper(resident_id=estate.people["amina"], helper_id=helper, starts_on=clock.today())
        )
        ended = clock.today() - timedelta(days=3)
        began = LONG_AGO.replace(year=2019)
        add_household(session, estate.homes["yasmin"], former, starts=began, ends=ended)
        persons = session.scalars(select(Person.id)).all()
        readers = {person: reader(session, person) for person in persons}
        for permission in (Permission.READ_BOARD, Permission.POST_ON_BOARD, Permission.SEE_PARTS):
            own = {person: scope(one, permission) for person, one in readers.items()}
            places = {
                Place(estate.section): [p for p in persons if estate.section in own[p].sections],
                Place(estate.section, estate.building): [
                    p for p in persons if estate.building in own[p].buildings
                ],
                Place(estate.section, estate.building, estate.stairwell): [
                    p for p in persons if estate.stairwell in own[p].stairwells
                ],
            }
            for place, expected in places.items():
                found = reached(session, persons, permission, place, clock.today())
                assert found == set(expected), (permission, place)
        assert reached(session, [], Permission.READ_BOARD, Place(1), clock.today()) == set()


def move_out(session: Session, estate: Estate, name: str) -> None:
    session.execute(
        update(Household)
        .where(Household.id == estate.households[name])
        .values(ends_on=clock.today() - timedelta(days=1))
    )


def told_of(session: Session, kind: NotificationKind) -> set[int]:
    return {*session.scalars(select(Notification.person_id).where(Notification.kind == kind.name))}


def test_who_moved_out_or_took_an_answer_back_hears_no_more_of_a_post(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        people = estate.people
        post = put_up(session, estate, "amina")
        said = {
            name: comments.write(session, writing(session, estate, name), post, "Ja", "da", NOW)
            for name in ("yasmin", "jonas", "bent", "caretaker", "office")
        }
        session.execute(delete(Notification))
        move_out(session, estate, "bent")
        jonas = writing(session, estate, "jonas")
        comments.withdraw(session, jonas, post, said["jonas"], NOW, erasures)
        comments.hide(session, post, said["office"], NOW)
        yasmin = writing(session, estate, "yasmin")
        comments.write(session, yasmin, post, "Og dog", "da", NOW)
        assert told_of(session, OWN_COMMENTS) == {people["amina"]}
        assert told_of(session, FOLLOWED_COMMENTS) == {people["caretaker"]}
        session.execute(delete(Notification))
        move_out(session, estate, "amina")
        comments.write(session, yasmin, post, "Er du der?", "da", NOW)
        assert told_of(session, OWN_COMMENTS) == set()


@pytest.mark.parametrize("down", ["withdrawn", "hidden", "withdrawn again"])
def test_nobody_hears_any_more_of_what_came_down(
    database: Database, erasures: ErasureLog, down: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", kind=PostKind.EVENT)
        other = put_up(session, estate, "amina", "Et andet opslag")
        tell_neighbours(session)
        board.answer_event(session, reading(session, estate, "bent"), post, coming=True, now=NOW)
        moved = Draft(post.kind, post.title, "", None, starts_at=NOW + timedelta(days=3))
        board.rewrite(session, post, moved, NOW)
        assert told_of(session, rules.SECTION_POST) == told_of(session, rules.EVENT_CHANGED) | {
            estate.people[name] for name in ("yasmin", "jonas")
        }
        if down == "hidden":
            board.hide(session, post, NOW, NOW)
        elif down == "withdrawn":
            board.withdraw(session, post, NOW + timedelta(days=4), erasures)
        else:
            news.withdraw_again(session, [post.id])
        left = {*session.scalars(select(Notification.address))}
        assert left == {f"/board/{other.id}"}


def test_nobody_hears_of_an_answer_that_is_read_no_more(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        yasmin = writing(session, estate, "yasmin")
        ways: list[Callable[[int], object]] = [
            lambda number: comments.hide(session, post, number, NOW),
            lambda number: comments.withdraw(session, yasmin, post, number, NOW, erasures),
            lambda number: comments.withdraw_again(session, [number]),
            lambda _: comments.take_back_news(session, [post.id]),
            lambda _: news.withdraw_again(session, [post.id]),
        ]
        for take_back in ways:
            number = comments.write(session, yasmin, post, "Ja", "da", NOW)
            assert told_of(session, OWN_COMMENTS) == {estate.people["amina"]}
            take_back(number)
            assert told_of(session, OWN_COMMENTS) == set()


def test_an_answer_taken_back_leaves_the_news_of_ones_other_answer(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post, yasmin = put_up(session, estate, "amina"), writing(session, estate, "yasmin")
        comments.write(session, yasmin, post, "Ja", "da", NOW)
        number = comments.write(session, yasmin, post, "Nej", "da", NOW)
        comments.withdraw(session, yasmin, post, number, NOW, erasures)
        assert told_of(session, OWN_COMMENTS) == {estate.people["amina"]}


def test_an_author_who_moved_within_the_section_still_hears_of_answers(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        amina = estate.people["amina"]
        post = put_up(session, estate, "amina", to="stairwell")
        move_out(session, estate, "amina")
        add_household(session, estate.homes["bent"], amina, starts=date(2026, 1, 1))
        comments.write(session, writing(session, estate, "yasmin"), post, "Ja", "da", NOW)
        assert told_of(session, OWN_COMMENTS) == {amina}


def test_a_guest_who_moved_out_hears_nothing_of_an_event(
    database: Database, erasures: ErasureLog
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", kind=PostKind.EVENT)
        for name in ("yasmin", "bent"):
            guest = reading(session, estate, name)
            board.answer_event(session, guest, post, coming=True, now=NOW)
        move_out(session, estate, "bent")
        board.withdraw(session, post, NOW, erasures)
        assert told_of(session, rules.EVENT_CHANGED) == {estate.people["yasmin"]}


def test_who_moved_out_is_told_of_no_private_answer(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        thread = threads.ask(session, writing(session, estate, "bent"), post, "Hej", "da", NOW)
        assert told_of(session, PRIVATE_ANSWER) == {estate.people["amina"]}
        move_out(session, estate, "bent")
        threads.write(session, writing(session, estate, "amina"), post, thread, "Hej", "da", NOW)
        assert told_of(session, PRIVATE_ANSWER) == {estate.people["amina"]}


@pytest.mark.parametrize("closed", ["its post came down", "it came down again", "the board did"])
def test_nobody_hears_of_a_private_answer_in_a_thread_that_closed(
    database: Database, closed: str
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post, other = put_up(session, estate, "amina"), put_up(session, estate, "amina", "Andet")
        yasmin, amina = writing(session, estate, "yasmin"), writing(session, estate, "amina")
        thread = threads.ask(session, yasmin, post, "Hej", "da", NOW)
        threads.write(session, amina, post, thread, "Hej selv", "da", NOW)
        left = threads.ask(session, yasmin, other, "Hej igen", "da", NOW)
        session.flush()
        if closed == "its post came down":
            threads.take_back_news(session, [post.id])
        elif closed == "it came down again":
            news.withdraw_again(session, [post.id])
        else:
            threads.hide(session, post, thread, NOW)
        told = select(Notification.address).where(Notification.kind == PRIVATE_ANSWER.name)
        assert session.scalars(told).all() == [f"/board/{other.id}/threads/{left.id}"]
