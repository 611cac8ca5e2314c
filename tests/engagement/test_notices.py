"""Service messages: whom they reach, what they are told, and what follows a change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from engagement.announcing import actions as announcing
from engagement.announcing.models import NoticeTold
from engagement.announcing.queries import told_by
from engagement.announcing.rules import SERVICE_MESSAGE, Reached
from engagement.notices import actions, queries
from engagement.notices.models import Notice, NoticeText, NoticeWording
from engagement.notices.rules import Phase, Urgency, Wording
from estate import clock
from estate.audit.models import Deed
from estate.database import STALE, Database
from estate.jobs.models import Job, JobState
from estate.notifications.actions import move_switches
from estate.notifications.models import Notification
from estate.notifications.rules import Channel
from estate.people.models import Household, Person
from estate.permissions import Permission
from estate.refusals import Missing, Refused
from tests.announcements import (
    BASE,
    TEXTS,
    announce,
    draft,
    heard,
    scope_of,
    sender,
    sent,
    tell_all,
    titles,
)
from tests.builders import LONG_AGO, add_household, add_person, build_estate
from tests.watch import Watch

READ, WRITE = Permission.READ_NOTICES, Permission.WRITE_NOTICES
SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Seven in the morning on a Monday, until the test says otherwise."""
    shown = Watch(SEVEN)
    monkeypatch.setattr(clock, "now", shown)
    return shown


def test_everybody_behind_the_door_is_told_once_and_nobody_else(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate, estate.stairwell, estate.next_stairwell)
        assert heard(session) == {}
        tell_all(session)
        tell_all(session)
        behind = {estate.people[name] for name in ("amina", "yasmin", "jonas")}
        assert set(heard(session)) == behind
        line = "Vandet er lukket | Lærkevej 8 and 10: Monday 23 November, 08:00–11:00"
        assert heard(session)[estate.people["amina"]] == [line]
        counts = told_by(session, session.scalars(select(Notice.id)).one())
        assert counts.by == {Reached.DIGEST: 3}
        deed = session.scalars(select(Deed).where(Deed.verb == "written")).one()
        assert (deed.actor_id, deed.details["stairwells"]) == (estate.people["office"], 2)
        assert deed.organisation_id == estate.north


def test_what_is_done_with_a_message_is_done_in_every_organisation_it_is_for(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        doors, now = (estate.stairwell, estate.foreign_stairwell), clock.now()
        number = announce(session, estate, *doors)
        own = sender(session, estate)
        actions.change(session, own, number, draft(now=SEVEN, ends=None), now)
        actions.say_over(session, own, number, now, {}, now)
        deeds = session.execute(
            select(Deed.verb, Deed.organisation_id).where(
                Deed.thing_kind == "notice", Deed.thing_id == number
            )
        ).all()
        places = (estate.north, estate.south)
        assert {tuple(deed) for deed in deeds} == {
            (verb, place) for verb in ("written", "changed", "ended") for place in places
        }


def test_each_is_told_in_their_language_where_it_is_written_in_it(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        session.execute(
            update(Person).where(Person.id == estate.people["amina"]).values(language="en")
        )
        session.execute(
            update(Person).where(Person.id == estate.people["yasmin"]).values(language=None)
        )
        announce(session, estate)
        tell_all(session)
        assert heard(session)[estate.people["amina"]][0].startswith("The water is off |")
        assert heard(session)[estate.people["yasmin"]][0].startswith("Vandet er lukket |")


def test_a_job_that_is_cut_off_tells_nobody_twice(
    database: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "STEP", 3)
    with database.write() as session:
        estate = build_estate(session)
        more = [add_person(session, f"neighbour{number}").id for number in range(8)]
        add_household(session, estate.homes["amina"], *more, starts=LONG_AGO.replace(year=2021))
        announce(session, estate)
        tell_all(session)
        assert sorted(heard(session)) == sorted(
            [*more, estate.people["amina"], estate.people["yasmin"]]
        )
        assert all(len(lines) == 1 for lines in heard(session).values())
        job = session.scalars(select(Job)).one()
        assert (job.state, job.done) == (JobState.DONE, 10)


def test_a_change_is_told_as_a_change_and_to_newcomers_as_what_holds(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        tell_all(session)
        sent(session)
        newcomer = add_person(session, "newcomer").id
        add_household(session, estate.homes["amina"], newcomer, starts=LONG_AGO.replace(year=2021))
        session.execute(
            update(Household)
            .where(Household.id == estate.households["yasmin"])
            .values(ends_on=clock.today() - timedelta(days=1))
        )
        watch.pass_by(2 * HOUR)
        later = draft(now=SEVEN, ends=SEVEN + 6 * HOUR)
        changed = actions.change(session, sender(session, estate), number, later, clock.now())
        assert changed
        tell_all(session)
        lines = heard(session)
        when = "Lærkevej 8: Monday 23 November, 08:00–13:00"
        assert lines[estate.people["amina"]][1:] == [f"Changed: Vandet er lukket | {when}"]
        assert lines[newcomer] == [f"Vandet er lukket | {when}"]
        assert len(lines[estate.people["yasmin"]]) == 1  # moved out meanwhile
        (before,) = queries.earlier(session, number)
        assert before.version == 1
        assert before.span.ends == SEVEN + 4 * HOUR
        assert before.texts == TEXTS


def test_what_waits_for_a_phone_is_replaced_by_its_change(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        tell_all(session)
        later = draft(now=SEVEN, ends=SEVEN + 6 * HOUR)
        actions.change(session, sender(session, estate), number, later, clock.now())
        tell_all(session)
        rows = session.scalars(
            select(Notification).where(Notification.person_id == estate.people["amina"])
        ).all()
        assert len(rows) == 1
        assert heard(session)[estate.people["amina"]] == [
            "Changed: Vandet er lukket | Lærkevej 8: Monday 23 November, 08:00–13:00"
        ]


def test_a_better_translation_disturbs_nobody(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        tell_all(session)
        better = {**TEXTS, "en": TEXTS["en"]._replace(text="No water {when}.")}
        changed = actions.change(
            session, sender(session, estate), number, draft(now=SEVEN, texts=better), clock.now()
        )
        tell_all(session)
        assert not changed
        assert len(heard(session)[estate.people["amina"]]) == 1
        assert queries.earlier(session, number) == []
        assert queries.view(session, number).texts["en"].text == "No water {when}."


def test_what_becomes_urgent_is_told_at_once_though_nothing_else_changed(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        wish = {(SERVICE_MESSAGE, Channel.SMS): True}
        own = update(Person).where(Person.id == estate.people["amina"])
        session.execute(own.values(phone="+4520304050"))
        move_switches(session, estate.people["amina"], wish)
        number = announce(session, estate)
        tell_all(session)
        sent(session)
        urgent = draft(now=SEVEN, urgency=Urgency.URGENT)
        assert actions.change(session, sender(session, estate), number, urgent, clock.now())
        tell_all(session)
        lines = heard(session)[estate.people["amina"]]
        assert [line.partition(" | ")[0] for line in lines] == [
            *("Vandet er lukket", "Changed: Vandet er lukket")
        ]
        assert session.scalars(select(Notification.urgent).order_by(Notification.id)).all()[-1]
        assert told_by(session, number).texted == 1
        assert queries.earlier(session, number) == [], "it said the same before"
        calmer = draft(now=SEVEN)
        assert not actions.change(session, sender(session, estate), number, calmer, clock.now())
        tell_all(session)
        assert heard(session)[estate.people["amina"]] == lines


def test_the_danish_alone_leaves_the_translation_behind_until_somebody_has_looked(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        own = sender(session, estate)
        number = announce(session, estate)
        danish = {**TEXTS, "da": TEXTS["da"]._replace(text="Og kælderen {hvornår}.")}
        actions.change(session, own, number, draft(now=SEVEN, texts=danish), clock.now())
        assert queries.view(session, number).lags == {"en"}
        looked = draft(now=SEVEN, texts=danish, looked_at=frozenset({"en"}))
        actions.change(session, own, number, looked, clock.now())
        assert queries.view(session, number).lags == frozenset()


def test_a_template_that_is_reworded_in_danish_only_leaves_the_others_behind(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        texts = dict(queries.templates()["water"].texts)
        kept = announce(session, estate, texts=texts, template="water")
        assert queries.view(session, kept).lags == frozenset()
        texts["da"] = texts["da"]._replace(text="Kun det varme vand {hvornår}.")
        reworded = announce(session, estate, texts=texts, template="water")
        assert queries.view(session, reworded).lags == set(texts) - {"da"}


def test_its_end_is_told_to_those_who_knew_of_it(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        tell_all(session)
        sent(session)
        newcomer = add_person(session, "newcomer").id
        add_household(session, estate.homes["amina"], newcomer, starts=LONG_AGO.replace(year=2021))
        watch.pass_by(3 * HOUR)
        own, now = sender(session, estate), clock.now()
        afterwords = {"da": "Vandet er tilbage.", "en": "It is back."}
        actions.say_over(session, own, number, now, afterwords, now)
        tell_all(session)
        lines = heard(session)
        assert lines[estate.people["amina"]][1:] == ["Over: Vandet er lukket | Vandet er tilbage."]
        assert newcomer not in lines
        found = queries.view(session, number)
        assert (found.phase(now), found.texts["en"].afterword) == (Phase.OVER, "It is back.")
        with pytest.raises(Refused):
            actions.say_over(session, own, number, now, {}, now)


def test_what_is_over_before_it_began_is_called_off(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        tell_all(session)
        sent(session)
        now = clock.now()
        actions.say_over(session, sender(session, estate), number, now, {}, now)
        tell_all(session)
        lines = heard(session)[estate.people["amina"]]
        assert lines[-1].startswith("Called off: Vandet er lukket | Lærkevej 8")
        assert queries.view(session, number).off


def test_what_was_said_to_be_over_can_hold_again(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        own = sender(session, estate)
        number = announce(session, estate)
        tell_all(session)
        now = watch.pass_by(2 * HOUR)
        actions.say_over(session, own, number, now, {}, now)
        tell_all(session)
        sent(session)
        again = draft(now=SEVEN, ends=SEVEN + 9 * HOUR)
        assert actions.change(session, own, number, again, clock.now())
        tell_all(session)
        assert heard(session)[estate.people["amina"]][-1].startswith("Changed: Vandet er lukket")
        assert titles(session, scope_of(session, estate, "amina", READ)) == ["Vandet er lukket"]


def test_what_ran_out_before_everybody_was_told_is_told_to_nobody_else(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        watch.pass_by(5 * HOUR)
        tell_all(session)
        assert heard(session) == {}


def test_a_message_announced_long_before_is_reminded_of_once_the_day_before(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        starts = SEVEN + timedelta(days=14)
        announce(session, estate, starts=starts, ends=starts + HOUR)
        announce(session, estate)  # begins within the day: nobody is reminded
        tell_all(session)
        sent(session)
        before = len(heard(session)[estate.people["amina"]])
        watch.pass_by(timedelta(days=13) - HOUR)
        actions.come_round(session, clock.now(), BASE)
        tell_all(session)
        assert len(heard(session)[estate.people["amina"]]) == before
        watch.pass_by(HOUR)
        assert actions.come_round(session, clock.now(), BASE) == 1
        assert actions.come_round(session, clock.now(), BASE) == 0
        tell_all(session)
        lines = heard(session)[estate.people["amina"]]
        assert lines[before:] == [
            "Reminder: Vandet er lukket | Lærkevej 8: Monday 7 December, 07:00–08:00"
        ]


def test_open_pages_are_fetched_anew_when_a_message_begins_and_ends(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        for lapse, stands in ((HOUR, Phase.HOLDING), (3 * HOUR, Phase.OVER)):
            session.info.clear()
            watch.pass_by(lapse)
            assert actions.come_round(session, clock.now(), BASE) == 1
            assert session.get_one(Notice, number).phase is stands
            topic = f"stairwell:{estate.stairwell}"
            assert {(topic, "today"), (topic, "notices"), (topic, f"notice-{number}")} <= (
                session.info[STALE]
            )
            assert (f"section:{estate.section}", "desk-notices") in session.info[STALE]
        assert actions.come_round(session, clock.now(), BASE) == 0


def test_the_first_page_has_what_holds_and_what_begins_within_a_day(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)

        def called(title: str, **more: object) -> None:
            texts = {"da": Wording(title, "X")}
            announce(session, estate, texts=texts, **more)

        called("holds", starts=SEVEN - HOUR, ends=None)
        called("soon")
        called("soon and urgent", urgency=Urgency.URGENT)
        called("far", starts=SEVEN + 25 * HOUR, ends=None)
        called("over", starts=SEVEN - 3 * HOUR, ends=SEVEN + HOUR / 2)
        watch.pass_by(HOUR / 2)
        here = ["soon and urgent", "holds", "soon"]
        for name in ("amina", "yasmin", "office", "caretaker", "chair"):
            assert titles(session, scope_of(session, estate, name, READ)) == here, name
        for name in ("jonas", "bent", "sofie"):
            assert titles(session, scope_of(session, estate, name, READ)) == [], name
        listed = queries.listing(session, scope_of(session, estate, "amina", READ), clock.now())
        counts = [len(listed.holding), len(listed.coming), len(listed.past)]
        assert counts == [1, 3, 1]


def test_what_is_urgent_stands_on_the_first_page_however_much_began_before(
    database: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    with database.write() as session:
        estate = build_estate(session)
        for hour in range(4):
            texts = {"da": Wording(f"{hour}", "X")}
            announce(session, estate, texts=texts, starts=SEVEN + hour * HOUR, ends=None)
        texts = {"da": Wording("urgent", "X")}
        announce(
            session,
            estate,
            texts=texts,
            starts=SEVEN + 9 * HOUR,
            ends=None,
            urgency=Urgency.URGENT,
        )
        assert titles(session, scope_of(session, estate, "amina", READ)) == ["urgent", "0", "1"]


def test_a_neighbour_reads_it_by_its_poster_and_nobody_from_elsewhere(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = announce(session, estate)
        for name in ("amina", "bent", "chair", "caretaker"):
            assert queries.notice(session, scope_of(session, estate, name, READ), number)
        with pytest.raises(Missing):
            queries.notice(session, scope_of(session, estate, "sofie", READ), number)
        with pytest.raises(Missing):
            queries.notice(session, scope_of(session, estate, "amina", READ), number + 1)


def test_nobody_writes_for_doors_that_are_not_theirs(database: Database, watch: Watch) -> None:
    with database.write() as session:
        estate = build_estate(session)
        with pytest.raises(Missing):
            announce(session, estate, by="chair")
        number = announce(session, estate, estate.stairwell, estate.foreign_stairwell)
        office = scope_of(session, estate, "office", WRITE)
        assert queries.changeable(session, office, number).place
        mine = scope_of(session, estate, "chair", READ)
        with pytest.raises(Missing):
            queries.changeable(session, mine, number)


def test_messages_are_forgotten_by_their_end_and_who_was_told_sooner(
    database: Database, watch: Watch
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        gone = announce(session, estate)
        stays = announce(session, estate, starts=SEVEN, ends=None)
        tell_all(session)
        watch.pass_by(timedelta(days=100))
        actions.come_round(session, clock.now(), BASE)
        assert announcing.forget_told(session, clock.now() - timedelta(days=90)) == 2
        left = session.scalars(select(NoticeTold.notice_id).distinct()).all()
        assert left == [stays]
        assert actions.forget(session, SEVEN) == []
        assert sorted(actions.forget(session, SEVEN + 5 * HOUR)) == [gone, stays]
        assert session.scalar(select(func.count()).select_from(NoticeText)) == 0
        assert session.scalar(select(func.count()).select_from(NoticeWording)) == 0


def test_the_desk_turns_the_pages_of_what_is_over(
    database: Database, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    with database.write() as session:
        estate = build_estate(session)
        numbers = [announce(session, estate) for _ in range(7)]
        watch.pass_by(5 * HOUR)
        own, seen, before = scope_of(session, estate, "office", WRITE), [], None
        while True:
            page = queries.desk_listing(session, own, clock.now(), before)
            seen += [one.id for one in page.past]
            before = page.next
            if before is None:
                break
        assert seen == numbers[::-1]
