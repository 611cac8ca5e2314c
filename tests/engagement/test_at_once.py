"""Two neighbours at the same moment, on PostgreSQL, where both are let in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board import queries as posts
from engagement.board import rules
from engagement.board.models import Post, Wording
from engagement.comments import actions as comments
from engagement.moderation import actions as moderation
from engagement.moderation import queries as reports
from engagement.moderation.models import Report, Ruling
from engagement.moderation.queries import Thing
from engagement.moderation.rules import Decision, ReportedKind
from engagement.notices import actions as notices
from engagement.notices import queries as notice_queries
from engagement.pauses.models import PostingPause
from engagement.threads import actions as threads
from engagement.threads.models import Thread, ThreadMessage
from estate import clock
from estate.database import Database
from estate.permissions import Role, ScopeKind
from estate.refusals import Problems, Refused
from estate.retention.log import ErasureLog
from tests.announcements import TEXTS, announce, draft, sender
from tests.builders import Estate, add_person, build_estate, give_role
from tests.posts import moderating, put_up, writing
from tests.rivals import Deed, meet

NOW = clock.now()


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    data = Database(postgres_url, origin="test")
    yield data
    data.close()


def inhabited(database: Database) -> Estate:
    """The builders' estate, whose section has a second board member: dorte."""
    with database.write() as session:
        estate = build_estate(session)
        estate.people["dorte"] = add_person(session, "dorte").id
        give_role(session, estate.people["dorte"], Role.BOARD, ScopeKind.SECTION, estate.section)
    return estate


def test_two_who_pin_at_once_pin_no_fourth_post(database: Database) -> None:
    estate = inhabited(database)
    with database.write() as session:
        hung = [put_up(session, estate, "amina").id for _ in range(rules.MOST_PINS + 1)]
        for number in hung[2:]:
            board.pin(session, session.get_one(Post, number), estate.people["chair"], NOW)

    def pinning(number: int) -> Deed:
        return lambda session: board.pin(
            session, session.get_one(Post, number), estate.people["chair"], NOW
        )

    assert isinstance(meet(database, pinning(hung[0]), pinning(hung[1])), Refused)
    with database.read() as session:
        pinned = select(func.count()).where(Post.pinned_at.is_not(None))
        assert session.scalar(pinned) == rules.MOST_PINS


def reported(database: Database, estate: Estate) -> Thing:
    """Amina's post, reported by bent."""
    with database.write() as session:
        post = put_up(session, estate, "amina")
        bent = writing(session, estate, "bent")
        moderation.report(session, bent, post, ReportedKind.POST, post.id, "Grimt", "da", NOW)
        thing = reports.thing(session, session.scalars(select(Report)).one())
    assert thing is not None
    return thing


def test_of_two_decisions_at_once_the_second_reads_the_first_before_it_counts(
    database: Database,
) -> None:
    estate = inhabited(database)
    thing = reported(database, estate)

    def deciding(name: str, decision: Decision) -> Deed:
        return lambda session: moderation.decide(
            session, moderating(session, estate, name), thing, decision, "Fordi", "da", 0, NOW
        )

    second = meet(database, deciding("chair", Decision.HIDDEN), deciding("dorte", Decision.KEPT))
    assert isinstance(second, Problems)
    with database.read() as session:
        ruling = session.scalars(select(Ruling)).one()
        assert ruling.decided_by_id == estate.people["chair"]
        assert session.get_one(Post, thing.id).hidden_at is not None


def test_two_who_pause_somebody_at_once_pause_them_once(database: Database) -> None:
    estate = inhabited(database)
    thing = reported(database, estate)

    def pausing(name: str) -> Deed:
        return lambda session: moderation.pause(
            session, moderating(session, estate, name), thing, "Tag en uge", "da", 7, NOW
        )

    assert isinstance(meet(database, pausing("chair"), pausing("dorte")), Refused)
    with database.read() as session:
        assert session.scalar(select(func.count(PostingPause.id))) == 1


def test_one_who_reports_a_thing_twice_at_once_has_reported_it_once(database: Database) -> None:
    estate = inhabited(database)
    with database.write() as session:
        number = put_up(session, estate, "amina").id

    def report(session: Session) -> None:
        bent, post = writing(session, estate, "bent"), session.get_one(Post, number)
        moderation.report(session, bent, post, ReportedKind.POST, number, "Grimt", "da", NOW)

    assert meet(database, report, report) is None
    with database.read() as session:
        assert session.scalar(select(func.count(Report.id))) == 1


def test_two_private_answers_at_once_are_one_thread(database: Database) -> None:
    estate = inhabited(database)
    with database.write() as session:
        number = put_up(session, estate, "amina").id

    def ask(session: Session) -> None:
        bent, post = writing(session, estate, "bent"), session.get_one(Post, number)
        threads.ask(session, bent, post, "Må jeg låne den?", "da", NOW)

    assert meet(database, ask, ask) is None
    with database.read() as session:
        assert session.scalar(select(func.count(Thread.id))) == 1
        assert session.scalar(select(func.count(ThreadMessage.id))) == 2


def test_two_first_visits_at_once_remember_both_posts(database: Database) -> None:
    estate = inhabited(database)
    bent = estate.people["bent"]

    def opening(number: int) -> Deed:
        return lambda session: board.mark_read(
            session, bent, NOW, until=NOW - timedelta(hours=1), opened=number
        )

    assert meet(database, opening(1), opening(2)) is None
    with database.read() as session:
        assert posts.read_marks(session, bent).opened == {1, 2}


def test_two_edits_at_once_keep_both_earlier_wordings(database: Database) -> None:
    estate = inhabited(database)
    with database.write() as session:
        number = put_up(session, estate, "amina", "Hvem har en stige?").id

    def editing(title: str) -> Deed:
        def edit(session: Session) -> None:
            post = session.get_one(Post, number)
            to = rules.destinations(writing(session, estate, "amina"))[0]
            draft = rules.Draft(kind=post.kind, title=title, text="", until=None, destination=to)
            board.rewrite(session, post, draft, NOW)

        return edit

    assert meet(database, editing("Hvem har en trappestige?"), editing("Stige søges")) is None
    with database.read() as session:
        kept = session.scalars(select(Wording.title).order_by(Wording.version)).all()
        assert kept == ["Hvem har en stige?", "Hvem har en trappestige?"]
        assert session.get_one(Post, number).version == 3


def test_a_post_that_is_hidden_while_its_author_puts_it_up_again_stays_down(
    database: Database, erasures: ErasureLog
) -> None:
    estate = inhabited(database)
    with database.write() as session:
        post = put_up(session, estate, "amina")
        board.withdraw(session, post, NOW, erasures)
        number = post.id

    def hide(session: Session) -> None:
        board.hide(session, session.get_one(Post, number), NOW, NOW)

    def renew(session: Session) -> None:
        board.renew(session, session.get_one(Post, number), NOW)

    assert isinstance(meet(database, hide, renew), Refused)
    with database.read() as session:
        assert not session.get_one(Post, number).listed


def test_a_post_its_author_takes_down_while_it_is_restored_stays_down(
    database: Database, erasures: ErasureLog
) -> None:
    estate = inhabited(database)
    with database.write() as session:
        post = put_up(session, estate, "amina")
        board.hide(session, post, NOW, NOW)
        number = post.id

    def withdraw(session: Session) -> None:
        board.withdraw(session, session.get_one(Post, number), NOW, erasures)

    def restore(session: Session) -> None:
        board.hide(session, session.get_one(Post, number), None, NOW)

    assert meet(database, withdraw, restore) is None
    with database.read() as session:
        assert not session.get_one(Post, number).listed


def test_two_who_answer_at_once_are_both_counted(database: Database) -> None:
    estate = inhabited(database)
    with database.write() as session:
        number = put_up(session, estate, "amina").id

    def answering(name: str) -> Deed:
        def answer(session: Session) -> None:
            own, post = writing(session, estate, name), session.get_one(Post, number)
            comments.write(session, own, post, "Ja", "da", NOW)

        return answer

    assert meet(database, answering("bent"), answering("jonas")) is None
    with database.read() as session:
        assert session.get_one(Post, number).comment_count == 2


def test_of_two_who_change_a_service_message_at_once_the_second_sees_the_first(
    database: Database,
) -> None:
    estate = inhabited(database)
    with database.write() as session:
        number = announce(session, estate)
    seen = []

    def changing(text: str) -> Deed:
        def change(session: Session) -> None:
            own = sender(session, estate)
            seen.append(notice_queries.held(session, own.scope, number).as_seen)
            texts = {**TEXTS, "en": TEXTS["en"]._replace(text=text)}
            notices.change(session, own, number, draft(now=NOW, texts=texts), NOW)

        return change

    assert meet(database, changing("No water."), changing("None.")) is None
    assert seen == ["new", NOW.isoformat()]
