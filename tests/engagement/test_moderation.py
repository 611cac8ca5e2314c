"""Reports and rulings: always with a reason, always told, and nobody judges their own."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.board import actions as board
from engagement.board import queries as posts
from engagement.board.models import Post
from engagement.board.rules import Draft, PostKind
from engagement.comments import actions as comments
from engagement.comments.models import Comment
from engagement.comments.queries import comments as comments_under
from engagement.moderation import actions, queries
from engagement.moderation.models import Report
from engagement.moderation.queries import Thing
from engagement.moderation.rules import MODERATED, REPORTED, Decision, ReportedKind
from engagement.threads import actions as threads
from engagement.threads.queries import thread as thread_of
from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.notifications.models import Notification
from estate.permissions import Role, ScopeKind
from estate.places.models import Organisation
from estate.refusals import Missing, Refused
from tests.builders import Estate, add_person, build_estate, give_role
from tests.posts import moderating, put_up, reading, writing

NOW = clock.now()


def told(session: Session, kind: str) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Notification.person_id, Notification.values)
        .where(Notification.kind == kind)
        .order_by(Notification.id)
    )
    return [(row[0], str(row[1])) for row in rows]


def reported(
    session: Session, estate: Estate, by: str, post: Post, kind: ReportedKind, number: int
) -> Thing:
    actions.report(session, writing(session, estate, by), post, kind, number, "Grimt", "da", NOW)
    report = session.scalars(select(Report).order_by(Report.id.desc())).first()
    assert report is not None
    thing = queries.thing(session, report)
    assert thing is not None
    return thing


def decide(
    session: Session, estate: Estate, thing: Thing, decision: Decision, reason: str = "Fordi"
) -> None:
    chair = moderating(session, estate, "chair")
    seen = queries.newest_ruling(session, thing)
    actions.decide(session, chair, thing, decision, reason, "da", seen, NOW)
    session.flush()


def test_a_hidden_post_is_gone_for_others_and_its_author_reads_why_and_answers_once(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        thing = reported(session, estate, "bent", post, ReportedKind.POST, post.id)
        assert [person for person, _ in told(session, REPORTED.name)] == [estate.people["chair"]]
        decide(session, estate, thing, Decision.HIDDEN, "Navngiver en nabo")
        with pytest.raises(Missing):
            posts.post(session, reading(session, estate, "bent"), post.id, NOW)
        (ruling,) = queries.rulings_for(session, estate.people["amina"], post.id)
        assert (ruling.decision, ruling.reason) == (Decision.HIDDEN, "Navngiver en nabo")
        to_author, to_reporter = told(session, MODERATED.name)
        assert to_author[0] == estate.people["amina"]
        assert "Navngiver en nabo" in to_author[1]
        assert to_reporter[0] == estate.people["bent"]
        actions.answer(session, estate.people["amina"], ruling.id, "Det er mig selv", "da", NOW)
        session.flush()
        with pytest.raises(Refused):
            actions.answer(session, estate.people["amina"], ruling.id, "Og en gang til", "da", NOW)
        with pytest.raises(Missing):
            actions.answer(session, estate.people["bent"], ruling.id, "Jeg svarer", "da", NOW)
        chair = moderating(session, estate, "chair")
        assert [line.answer for line in queries.answered(session, chair)] == ["Det er mig selv"]
        decide(session, estate, thing, Decision.RESTORED, "Det er rigtigt")
        assert queries.answered(session, chair) == []
        assert posts.post(session, reading(session, estate, "bent"), post.id, NOW).listed


def test_two_reports_of_one_thing_wait_once_and_are_answered_together(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        for name in ("bent", "jonas", "bent"):
            thing = reported(session, estate, name, post, ReportedKind.POST, post.id)
        chair = moderating(session, estate, "chair")
        (waiting,) = queries.waiting(session, chair)
        assert waiting.reports == 2
        assert queries.waiting_count(session, chair) == 1
        decide(session, estate, thing, Decision.KEPT)
        assert queries.waiting_count(session, chair) == 0
        thanked = {person for person, _ in told(session, MODERATED.name)}
        assert thanked == {estate.people[name] for name in ("amina", "bent", "jonas")}


def test_nobody_decides_about_their_own_or_reports_it(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "chair")
        with pytest.raises(Refused):
            actions.report(
                session, writing(session, estate, "chair"), post,
                ReportedKind.POST, post.id, "Hm", "da", NOW,
            )  # fmt: skip
        thing = reported(session, estate, "bent", post, ReportedKind.POST, post.id)
        with pytest.raises(Refused):
            decide(session, estate, thing, Decision.KEPT)
        with pytest.raises(Refused):
            actions.pause(session, moderating(session, estate, "chair"), thing, "Ro", "da", 7, NOW)


def test_a_hidden_comment_is_its_authors_only_and_counts_no_more(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        number = comments.write(session, writing(session, estate, "bent"), post, "Fy", "da", NOW)
        thing = reported(session, estate, "amina", post, ReportedKind.COMMENT, number)
        decide(session, estate, thing, Decision.HIDDEN)
        assert post.comment_count == 0
        seen = {
            name: len(comments_under(session, reading(session, estate, name), post.id)[0])
            for name in ("amina", "bent", "jonas")
        }
        assert seen == {"amina": 0, "bent": 1, "jonas": 0}
        assert session.get_one(Comment, number).hidden_at == NOW


def test_moderation_reads_a_thread_only_when_one_of_the_two_reported_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        bent = writing(session, estate, "bent")
        thread = threads.ask(session, bent, post, "Grim tekst", "da", NOW)
        for name in ("jonas", "chair"):
            with pytest.raises(Missing):
                actions.reportable(
                    session, writing(session, estate, name), post.id,
                    ReportedKind.THREAD, thread.id, NOW,
                )  # fmt: skip
        thing = reported(session, estate, "amina", post, ReportedKind.THREAD, thread.id)
        assert thing.author_id == estate.people["bent"]
        assert [line.text for line in queries.lines_of(session, thing)] == ["Grim tekst"]
        decide(session, estate, thing, Decision.HIDDEN)
        with pytest.raises(Refused):
            threads.write(session, bent, post, thread, "Mere", "da", NOW)
        assert thread_of(session, bent, post.id, thread.id)[0].hidden_at == NOW
        notes = told(session, MODERATED.name)
        assert "Grim tekst" not in str(notes) + str(session.scalars(select(Deed.details)).all())


def test_a_section_is_moderated_by_its_own_board_only(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "sofie")
        reported(session, estate, "office", post, ReportedKind.POST, post.id)
        chair = moderating(session, estate, "chair")
        assert queries.waiting(session, chair) == []
        number = session.scalars(select(Report.id)).one()
        with pytest.raises(Missing):
            queries.report(session, chair, number)
        assert told(session, REPORTED.name) == []  # South has neither board nor organisation role


def test_where_the_board_is_the_author_alone_the_organisation_decides_and_hears_of_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "chair")
        other = put_up(session, estate, "amina")
        reported(session, estate, "bent", other, ReportedKind.POST, other.id)
        thing = reported(session, estate, "bent", post, ReportedKind.POST, post.id)
        organisation = moderating(session, estate, "organisation")
        (waiting,) = queries.waiting(session, organisation)
        assert (waiting.thing_id, queries.waiting_count(session, organisation)) == (post.id, 1)
        heard = [person for person, _ in told(session, REPORTED.name)]
        assert heard == [estate.people["chair"], estate.people["organisation"]]
        assert queries.report(session, organisation, waiting.report).thing_id == post.id
        with pytest.raises(Missing):
            queries.report(session, organisation, queries.waiting(
                session, moderating(session, estate, "chair"))[0].report)  # fmt: skip
        actions.decide(session, organisation, thing, Decision.KEPT, "Fint", "da", 0, NOW)
        actions.pause(session, organisation, thing, "Tag en uge", "da", 7, NOW)
        dorte = add_person(session, "dorte").id
        give_role(session, dorte, Role.BOARD, ScopeKind.SECTION, estate.section)
        assert queries.lately(session, organisation) == []


def test_one_thing_stands_in_one_list_only(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        chair = moderating(session, estate, "chair")
        post = put_up(session, estate, "amina")

        def lists() -> tuple[int, int, int]:
            every = (queries.waiting, queries.answered, queries.lately)
            waiting, answered, lately = (len(one(session, chair)) for one in every)
            return waiting, answered, lately

        thing = reported(session, estate, "bent", post, ReportedKind.POST, post.id)
        assert lists() == (1, 0, 0)
        decide(session, estate, thing, Decision.HIDDEN)
        assert lists() == (0, 0, 1)
        (ruling,) = queries.rulings_for(session, estate.people["amina"], post.id)
        actions.answer(session, estate.people["amina"], ruling.id, "Det er mit eget", "da", NOW)
        session.flush()
        assert lists() == (0, 1, 0)
        decide(session, estate, thing, Decision.RESTORED)
        assert lists() == (0, 0, 1)
        reported(session, estate, "jonas", post, ReportedKind.POST, post.id)
        assert lists() == (1, 0, 0)


def test_who_reported_reads_what_came_of_it_and_never_why(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina", "Bents bil holder ulovligt")
        thing = reported(session, estate, "bent", post, ReportedKind.POST, post.id)
        bent = writing(session, estate, "bent")
        (waits,) = queries.own_reports(session, bent, NOW)
        assert (waits.decision, waits.readable) == (None, True)
        decide(session, estate, thing, Decision.HIDDEN, "Navngiver en nabo")
        draft = Draft(PostKind.BORROW, "Bent er en sladrehank", "", None)
        board.rewrite(session, post, draft, NOW + timedelta(minutes=1))
        session.flush()
        (hidden,) = queries.own_reports(session, bent, NOW, post.id)
        assert (hidden.decision, hidden.readable) == (Decision.HIDDEN, False)
        assert hidden.title == "Bents bil holder ulovligt"
        assert "Navngiver" not in str(hidden)
        decide(session, estate, thing, Decision.RESTORED)
        session.expire_all()
        (shown,) = queries.own_reports(session, bent, NOW)
        assert (shown.decision, shown.readable) == (Decision.RESTORED, True)
        heard = [p for p, _ in told(session, MODERATED.name) if p == estate.people["bent"]]
        assert len(heard) == 1  # the later word has taken the earlier one's place
        assert queries.own_reports(session, writing(session, estate, "jonas"), NOW) == []
        assert queries.own_reports(session, writing(session, estate, "amina"), NOW) == []


def test_an_organisation_role_over_the_administration_hears_where_there_is_no_board(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        above = estate.people["above"] = add_person(session, "above").id
        organisation = session.get_one(Organisation, estate.south)
        kind, over = ScopeKind.ADMINISTRATION, organisation.administration_id
        give_role(session, above, Role.ORGANISATION, kind, over)
        post = put_up(session, estate, "sofie")
        reported(session, estate, "office", post, ReportedKind.POST, post.id)
        assert [person for person, _ in told(session, REPORTED.name)] == [above]
        assert queries.waiting_count(session, moderating(session, estate, "above")) == 1


def test_each_of_two_who_report_one_another_is_decided_about_by_themselves(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        bent = writing(session, estate, "bent")
        thread = threads.ask(session, bent, post, "Grim tekst", "da", NOW)
        of_bent = reported(session, estate, "amina", post, ReportedKind.THREAD, thread.id)
        of_amina = reported(session, estate, "bent", post, ReportedKind.THREAD, thread.id)
        chair = moderating(session, estate, "chair")
        assert queries.waiting_count(session, chair) == len(queries.waiting(session, chair)) == 2
        decide(session, estate, of_bent, Decision.KEPT, "Det er sagt pænt")
        (left,) = queries.waiting(session, chair)
        assert queries.report(session, chair, left.report).author_id == estate.people["amina"]
        assert queries.rulings_on(session, of_amina) == []
        decide(session, estate, of_amina, Decision.HIDDEN, "Det er ikke pænt")
        for name, reason in (("bent", "Det er sagt pænt"), ("amina", "Det er ikke pænt")):
            (ruling,) = queries.rulings_for(session, estate.people[name], post.id)
            assert ruling.reason == reason
            assert queries.report(session, chair, ruling.report).author_id == estate.people[name]
        (closed,) = queries.closing(session, thread.id)
        assert closed.reason == "Det er ikke pænt"


def test_who_is_in_a_private_conversation_does_not_judge_the_other(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "amina")
        chair = writing(session, estate, "chair")
        thread = threads.ask(session, chair, post, "Fy", "da", NOW)
        thing = reported(session, estate, "chair", post, ReportedKind.THREAD, thread.id)
        assert thing.author_id == estate.people["amina"]
        with pytest.raises(Refused):
            decide(session, estate, thing, Decision.HIDDEN)
        with pytest.raises(Refused):
            actions.pause(session, moderating(session, estate, "chair"), thing, "Ro", "da", 7, NOW)
        assert queries.waiting_count(session, moderating(session, estate, "organisation")) == 1
        assert {p for p, _ in told(session, REPORTED.name)} == {estate.people["organisation"]}
