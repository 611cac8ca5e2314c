"""What a letter's mail says, what proves that it arrived, and what is printed after all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.jobs.actions import Task
from estate.jobs.models import Job, JobState
from estate.letters import actions as letters
from estate.letters.actions import give_notice, hand_out
from estate.letters.models import Letter, LetterCopy, LetterOpening
from estate.letters.queries import letters_in, own_letter, own_letters
from estate.letters.rules import TO_PRINT, Manner, PlaceKind
from estate.mails.actions import claim, note_sent
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel
from estate.permissions import Permission, scope
from estate.refusals import Missing
from tests.builders import LONG_AGO, Estate, build_estate, reader
from tests.letters import (
    HERE,
    NOON,
    announce,
    copies,
    draft,
    give,
    reading,
    sending,
    work_off,
)


def test_a_giving_cut_short_shows_and_goes_on_without_giving_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "STEP", 2)
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        by = sending(session, estate)
        letter = give_notice(session, draft(estate), by.person, HERE)
        row = session.get_one(Letter, letter)
        first = row.giving_job_id
        given = {"letter": letter, "base": HERE, "total": 4, "after": 0}
        hand_out(session, Task("test", first or 0, "give_letter", None, given, 0, 0, 0), Path())
        letters.go_on(session, by, letter, HERE)  # under way: nothing is asked for anew
        assert row.giving_job_id == first

        session.execute(update(Job).where(Job.id == first).values(state=JobState.FAILED))
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, len(copies(session, letter))) == (4, 2)
        letters.go_on(session, by, letter, HERE)
        second = row.giving_job_id
        assert second not in {None, first}
        assert work_off(session, letter) == 3
        assert len(copies(session, letter)) == 4
        assert session.scalars(select(func.count(Mail.id))).one() == 4

        session.execute(update(Job).where(Job.id == second).values(state=JobState.DONE))
        letters.go_on(session, by, letter, HERE)  # nobody is left out
        assert row.giving_job_id == second
        south = scope(reader(session, estate.people["organisation"]), Permission.SEND_LETTERS)
        session.execute(update(Letter).values(section_id=estate.other_section))
        with pytest.raises(Missing):
            letters.go_on(session, south, letter, HERE)


def test_the_count_of_households_is_settled_by_who_got_it(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give_notice(session, draft(estate), estate.people["office"], HERE)
        late = update(Household).where(Household.id == estate.households["bent"])
        session.execute(late.values(ends_on=clock.today() - timedelta(days=1)))
        work_off(session, letter)
        session.expire_all()
        assert session.get_one(Letter, letter).households == 3


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


def also_lives_with_bent(session: Session, estate: Estate, who: str) -> None:
    """Somebody of the estate is a member of Bent's household as well."""
    session.add(
        Member(
            household_id=estate.households["bent"],
            person_id=estate.people[who],
            starts_on=LONG_AGO,
            confirmed_at=clock.now(),
        )
    )
    session.flush()


def confirmed(session: Session, *persons: int) -> None:
    """These have shown that they read their own address."""
    theirs = update(Person).where(Person.id.in_(persons))
    session.execute(theirs.values(email_confirmed_at=clock.now()))


def sent_off(session: Session, now: datetime, *, but: str = "") -> None:
    """A mail server takes all mails; that to `but` becomes a file in a folder."""
    for mail in claim(session, now, 20):
        note_sent(session, mail, now, to_server=mail.to != but)


def test_a_mail_to_a_tenants_own_address_proves_delivery_once_a_server_took_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        confirmed(session, estate.people["amina"], estate.people["yasmin"])
        letter = give(session, estate, places=[(PlaceKind.STAIRWELL, estate.stairwell)])
        now = clock.now()
        sent_off(session, now, but="yasmin@example.org")
        assert letters.note_accepted(session) == 1
        assert letters.note_accepted(session) == 0
        session.expire_all()
        taken = {h: c for h, c in copies(session, letter).items() if c.delivered_at is not None}
        assert set(taken) == {estate.households["amina"]}
        (copy,) = taken.values()
        assert (copy.delivered_how, copy.delivered_at, copy.accepted_at) == (Manner.MAIL, now, now)


@pytest.mark.parametrize("whose", ["unconfirmed", "imported", "another member"])
def test_a_mail_to_any_other_address_proves_nothing(database: Database, whose: str) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        amina, bent = estate.people["amina"], estate.people["bent"]
        if whose == "imported":
            one = update(Person).where(Person.id == amina)
            session.execute(one.values(email=None, contact_email="amina@work.example"))
            confirmed(session, amina)
        if whose == "another member":
            confirmed(session, bent)
            session.add(
                Member(
                    household_id=estate.households["amina"],
                    person_id=bent,
                    starts_on=LONG_AGO,
                    confirmed_at=clock.now(),
                )
            )
            session.flush()
        place = (PlaceKind.HOUSEHOLD, estate.households["amina"])
        letter = give(session, estate, places=[place])
        sent_off(session, clock.now())
        assert letters.note_accepted(session) == (2 if whose == "another member" else 1)
        session.expire_all()
        (copy,) = copies(session, letter).values()
        assert (copy.accepted_at, copy.delivered_at) == (None, None)


def test_opening_the_page_proves_delivery_and_says_who(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        own = reading(session, estate, "amina")
        assert [line.read for line in own_letters(session, own, "da")] == [False]
        copy = own_letter(session, own, letter)
        assert copy is not None
        now = clock.now()
        letters.open_letter(session, own, copy, now)
        letters.open_letter(session, own, copy, now + timedelta(hours=1))
        row = session.get_one(LetterCopy, copy.copies[0])
        session.refresh(row)
        assert (row.delivered_at, row.delivered_how) == (now, Manner.OPENED)
        assert row.delivered_by_id == estate.people["amina"]
        assert own_letters(session, own, "da", unread=True) == []
        assert own_letter(session, reading(session, estate, "sofie"), letter) is None


def test_a_session_that_somebody_else_began_reads_and_proves_nothing(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        amina = reader(session, estate.people["amina"])
        at_counter = scope(replace(amina, trusted=False), Permission.READ_LETTERS)
        own = own_letter(session, at_counter, letter)
        assert own is not None
        now = clock.now()
        letters.open_letter(session, at_counter, own, now)
        letters.open_letter(session, at_counter, own, now)
        row = session.get_one(LetterCopy, own.copies[0])
        session.refresh(row)
        assert own_letters(session, at_counter, "da", unread=True) == []
        assert (row.opened_at, row.delivered_at) == (None, None)
        # By a way in of her own it counts, from when she did.
        later = now + timedelta(hours=2)
        letters.open_letter(session, reading(session, estate, "amina"), own, later)
        letters.open_letter(session, at_counter, own, later + timedelta(hours=1))
        session.refresh(row)
        assert (row.opened_at, row.delivered_at) == (later, later)
        assert row.delivered_how is Manner.OPENED


def test_who_lives_in_two_homes_opens_the_copies_of_both(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        also_lives_with_bent(session, estate, "amina")
        letter = give(session, estate)
        by = reading(session, estate, "amina")
        own = own_letter(session, by, letter)
        assert own is not None
        letters.open_letter(session, by, own, clock.now())
        session.expire_all()
        opened = {home for home, copy in copies(session, letter).items() if copy.delivered_at}
        assert opened == {estate.households["amina"], estate.households["bent"]}
        assert own_letters(session, by, "da", unread=True) == []


def test_who_lives_in_two_homes_sees_a_letter_once_with_both_addresses(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        also_lives_with_bent(session, estate, "amina")
        earlier = give(session, estate, places=[(PlaceKind.STAIRWELL, estate.stairwell)])
        letter = give(session, estate)
        by = reading(session, estate, "amina")
        lines = own_letters(session, by, "da")
        assert [(line.id, line.read) for line in lines] == [(letter, False), (earlier, False)]
        assert lines[0].homes == ["Lærkevej 8, 2. tv.", "Lærkevej 12, 1. tv."]
        assert lines[1].homes == (), "it went to one of her homes only"
        assert own_letters(session, by, "da", most=1) == lines[:1]
        assert own_letters(session, by, "da", before=letter) == lines[1:]
        # She has opened the copy of one home: the letter is unread still.
        first = copies(session, letter)[estate.households["amina"]].id
        seen = LetterOpening(
            copy_id=first, person_id=by.person, opened_at=clock.now(), trusted=True
        )
        session.add(seen)
        session.flush()
        assert own_letters(session, by, "da", unread=True) == lines
        own = own_letter(session, by, letter)
        assert own is not None
        letters.open_letter(session, by, own, clock.now())
        assert [line.read for line in own_letters(session, by, "da")] == [True, False]
        (bents,) = own_letters(session, reading(session, estate, "bent"), "da")
        assert (bents.id, bents.homes, bents.read) == (letter, (), False)


def test_what_is_sent_and_not_shown_to_arrive_is_printed_after_some_days(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        with time_machine.travel(NOON, tick=False):
            letter = give(session, estate)
            own = reading(session, estate, "amina")
            copy = own_letter(session, own, letter)
            assert copy is not None
            letters.open_letter(session, own, copy, clock.now())
            session.execute(
                update(Household)
                .where(Household.id == estate.households["bent"])
                .values(ends_on=NOON.date())
            )
        assert letters.print_unopened(session, NOON + timedelta(days=4, hours=23)) == 0
        assert letters.print_unopened(session, NOON + timedelta(days=5)) == 2
        assert letters.print_unopened(session, NOON + timedelta(days=5)) == 0
        session.expire_all()
        why = {home: copy.paper_why for home, copy in copies(session, letter).items()}
    home = estate.households
    assert why == {
        home["amina"]: "",
        home["yasmin"]: "unopened",
        home["jonas"]: "unopened",
        home["bent"]: "",
    }


def test_what_has_to_be_there_soon_is_printed_before_and_the_office_hears_it(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        # By 30 November: printed from the 27th on, a day before the five days are over.
        with time_machine.travel(NOON, tick=False):
            letter = give(session, estate, kind="inspection", effective_on=date(2026, 12, 7))
            later = give(session, estate, kind="notice")
        midnight = datetime(2026, 11, 27, tzinfo=clock.LOCAL)
        assert letters.print_unopened(session, midnight - timedelta(seconds=1)) == 0
        assert letters.print_unopened(session, midnight) == 4
        assert letters.print_unopened(session, midnight) == 0
        assert [copy.paper_at for copy in copies(session, later).values()] == [None] * 4
        (heard,) = told(session, estate.people["office"])
        assert heard.address == f"/desk/letters/{letter}/print"
        assert heard.values == {"title": "Nye vinduer"}
        assert told(session, estate.people["caretaker"]) == []


def told(session: Session, person: int) -> Sequence[Notification]:
    """What somebody was told of letters to print."""
    theirs = (Notification.person_id == person, Notification.kind == TO_PRINT.name)
    return session.scalars(select(Notification).where(*theirs)).all()


def test_what_is_late_before_it_is_given_is_printed_the_same_day(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        with time_machine.travel(NOON, tick=False):
            give(session, estate, effective_on=date(2026, 12, 1))
        assert letters.print_unopened(session, NOON) == 4


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
