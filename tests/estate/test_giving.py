"""Giving letters: one copy a household, by the channel that reaches it."""

from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from estate import clock
from estate.audit.models import Deed
from estate.database import Database
from estate.giving import actions as giving
from estate.giving.actions import give_notice, hand_out
from estate.giving.queries import outlook
from estate.jobs.actions import Task
from estate.jobs.models import Job, JobState
from estate.letters.actions import save_draft
from estate.letters.models import Letter
from estate.letters.queries import letter_within
from estate.letters.rules import PlaceKind
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Household, Person
from estate.people.rules import LetterChannel
from estate.permissions import Permission, scope
from estate.proof.queries import letters_in
from estate.proof.rules import Manner
from estate.receiving.actions import open_letter
from estate.receiving.queries import own_letter, own_letters
from estate.refusals import Missing, Refused
from estate.texts.models import TextMessage
from tests.builders import build_estate, reader
from tests.letters import HERE, announce, copies, draft, give, reading, sending, work_off


def test_a_letter_is_one_copy_for_each_household_that_lives_there(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        assert work_off(session, letter) == 1  # done again, it is still one each
        mine = copies(session, letter)
        people = {session.scalars(select(Person.id).where(Person.given_name == "Sofie")).one()}
        told = set(session.scalars(select(Notification.person_id)))
        mails = session.scalars(select(func.count(Mail.id))).one()
        verbs = session.scalars(select(Deed.verb).where(Deed.thing_kind == "letter")).all()
    names = ("amina", "yasmin", "jonas", "bent")
    assert set(mine) == {estate.households[name] for name in names}
    assert all(copy.lawful and copy.paper_at is None for copy in mine.values())
    assert mails == 4
    assert told.isdisjoint(people)
    assert verbs == ["gave_letter"]


def test_sections_buildings_stairwells_and_households_can_be_told(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        places = {
            PlaceKind.BUILDING: (estate.building, {"amina", "yasmin", "jonas"}),
            PlaceKind.STAIRWELL: (estate.stairwell, {"amina", "yasmin"}),
            PlaceKind.HOUSEHOLD: (estate.households["bent"], {"bent"}),
        }
        for kind, (number, names) in places.items():
            letter = give(session, estate, places=[(kind, number)])
            assert set(copies(session, letter)) == {estate.households[name] for name in names}
        # What is another section's is not reached by whatever number stands in the form.
        with pytest.raises(Refused):
            give(session, estate, places=[(PlaceKind.STAIRWELL, estate.foreign_stairwell)])


def test_more_households_than_one_step_takes_are_given_in_steps(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "STEP", 2)
    with database.write() as session:
        estate = build_estate(session)
        letter = give_notice(session, draft(estate), estate.people["office"], HERE)
        assert work_off(session, letter) == 3
        assert len(copies(session, letter)) == 4


def test_a_giving_cut_short_shows_and_goes_on_without_giving_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "STEP", 2)
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        by = sending(session, estate)
        letter = give_notice(session, draft(estate), by.person, HERE)
        row = session.get_one(Letter, letter)
        first = row.giving_job_id
        given = {"letter": letter, "base": HERE, "total": 4, "after": 0}
        hand_out(session, Task("test", first or 0, "give_letter", None, given, 0, 0, 0), Path())
        giving.go_on(session, by, letter, HERE)  # under way: nothing is asked for anew
        assert row.giving_job_id == first

        session.execute(update(Job).where(Job.id == first).values(state=JobState.FAILED))
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, len(copies(session, letter))) == (4, 2)
        giving.go_on(session, by, letter, HERE)
        second = row.giving_job_id
        assert second not in {None, first}
        assert work_off(session, letter) == 3
        assert len(copies(session, letter)) == 4
        assert session.scalars(select(func.count(Mail.id))).one() == 4

        session.execute(update(Job).where(Job.id == second).values(state=JobState.DONE))
        giving.go_on(session, by, letter, HERE)  # nobody is left out
        assert row.giving_job_id == second
        south = scope(reader(session, estate.people["organisation"]), Permission.SEND_LETTERS)
        session.execute(update(Letter).values(section_id=estate.other_section))
        with pytest.raises(Missing):
            giving.go_on(session, south, letter, HERE)


def test_the_count_of_households_is_settled_by_who_got_it(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give_notice(session, draft(estate), estate.people["office"], HERE)
        late = update(Household).where(Household.id == estate.households["bent"])
        session.execute(late.values(ends_on=clock.today() - timedelta(days=1)))
        work_off(session, letter)
        session.expire_all()
        assert session.get_one(Letter, letter).households == 3


def test_what_does_not_count_digitally_is_printed_and_says_why(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        home = estate.households
        changes = {
            "amina": {"exempt": True},
            "yasmin": {"channel": LetterChannel.PAPER},
            "jonas": {"channel": LetterChannel.SMS},
        }
        for name, values in changes.items():
            session.execute(update(Household).where(Household.id == home[name]).values(**values))
        letter = give(session, estate)
        mine = copies(session, letter)
        why = {name: mine[home[name]].paper_why for name in ("amina", "yasmin", "jonas", "bent")}
        assert why == {
            "amina": "unlawful",
            "yasmin": "chosen",
            "jonas": "unreachable",
            "bent": "",
        }
        assert mine[home["amina"]].grounds == ["exempt"]
        view = letter_within(session, sending(session, estate), letter)
        seen = outlook(session, view, clock.today())
        assert seen.households == 4
        assert seen.paper == {"unlawful": 1, "chosen": 1, "unreachable": 1}
        assert seen.channels[LetterChannel.DIGITAL] == 2
        # The exempt household is told as well: paper comes besides, not instead.
        mailed = set(session.scalars(select(Mail.to)))
    assert mailed == {"amina@example.org", "bent@example.org"}


def test_an_sms_leads_to_the_page_and_only_opening_it_counts(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, jonas = estate.households["jonas"], estate.people["jonas"]
        wish = update(Household).where(Household.id == household)
        session.execute(wish.values(channel=LetterChannel.SMS))
        number = update(Person).where(Person.id == jonas)
        session.execute(number.values(contact_number="+4512345678"))
        letter = give(session, estate, places=[(PlaceKind.HOUSEHOLD, household)])
        (text,) = session.scalars(select(TextMessage)).all()
        assert (text.to, text.ending, text.person_id) == (
            "+4512345678",
            f"/letters/{letter}",
            jonas,
        )
        assert session.scalars(select(Mail.id)).all() == []
        (copy,) = copies(session, letter).values()
        assert (copy.paper_why, copy.delivered_at) == ("", None)
        own = reading(session, estate, "jonas")
        mine = own_letter(session, own, letter)
        assert mine is not None
        open_letter(session, own, mine, clock.now())
        session.refresh(copy)
        assert copy.delivered_how is Manner.OPENED


def test_a_demand_or_termination_goes_on_paper_alone(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        place = [(PlaceKind.HOUSEHOLD, estate.households["amina"])]
        letter = give(session, estate, kind="demand", places=place)
        (copy,) = copies(session, letter).values()
        assert (copy.lawful, copy.paper_why, copy.sent_at) == (False, "unlawful", None)
        assert session.scalars(select(Mail.id)).all() == []
        assert session.scalars(select(Notification.id)).all() == []
        own = reading(session, estate, "amina")
        assert own_letters(session, own, "da") == []
        assert own_letter(session, own, letter) is None


def test_a_letter_to_nobody_or_without_words_is_not_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        by = sending(session, estate)
        empty = draft(estate, texts={"da": ("Vinduer", "")})
        letter = save_draft(session, empty, by.person)
        with pytest.raises(Refused):
            giving.give(session, by, letter, HERE)
        other = scope(reader(session, estate.people["organisation"]), Permission.SEND_LETTERS)
        south = draft(estate, section=estate.other_section)
        foreign = save_draft(session, south, None)
        with pytest.raises(Missing):
            giving.give(session, other, foreign, HERE)


def test_a_mail_calls_itself_official_only_where_it_counts(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        exempt = update(Household).where(Household.id == estate.households["amina"])
        session.execute(exempt.values(exempt=True))
        give(session, estate)
        said = {
            mail.to: " ".join(line["text"] for line in mail.lines)
            for mail in session.scalars(select(Mail))
        }
    counts, paper = "It is an official notice", "What counts is the letter on paper"
    assert paper in said["amina@example.org"]
    assert counts not in said["amina@example.org"]
    assert counts in said["bent@example.org"]
    assert paper not in said["bent@example.org"]


def test_only_what_went_by_mail_or_sms_was_sent(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        home, people = estate.households, estate.people
        for name, values in {
            "amina": {"exempt": True},
            "yasmin": {"channel": LetterChannel.PAPER},
            "jonas": {"channel": LetterChannel.SMS},
        }.items():
            session.execute(update(Household).where(Household.id == home[name]).values(**values))
        number = update(Person).where(Person.id == people["jonas"])
        session.execute(number.values(contact_number="+4512345678"))
        session.execute(update(Person).where(Person.id == people["bent"]).values(email=None))
        letter = give(session, estate)
        sent = {
            name: copies(session, letter)[home[name]].sent_at is not None
            for name in ("amina", "yasmin", "jonas", "bent")
        }
    assert sent == {"amina": True, "yasmin": False, "jonas": True, "bent": False}


def test_an_sms_of_a_letter_waits_until_the_quiet_hours_are_over(database: Database) -> None:
    evening = datetime(2026, 11, 23, 22, 30, tzinfo=clock.LOCAL)
    morning = datetime(2026, 11, 24, 7, tzinfo=clock.LOCAL)
    with database.write() as session, time_machine.travel(evening, tick=False):
        estate = build_estate(session)
        jonas, bent = estate.people["jonas"], estate.people["bent"]
        session.execute(update(Household).values(channel=LetterChannel.SMS))
        texted = update(Person).where(Person.id.in_([jonas, bent]))
        session.execute(texted.values(contact_number="+4512345678", quiet_from=None))
        quiet = update(Person).where(Person.id == jonas)
        session.execute(quiet.values(quiet_from=time(22), quiet_until=time(7)))
        give(session, estate)
        sms = {text.person_id: text for text in session.scalars(select(TextMessage))}
        assert (sms[bent].due_at, sms[jonas].due_at) == (evening, morning)
        # It has as many hours as any other from there on.
        assert sms[jonas].until - morning == sms[bent].until - evening
