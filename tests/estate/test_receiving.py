"""Who reads a letter, and what opening it proves."""

from dataclasses import replace
from datetime import timedelta

import time_machine
from sqlalchemy import delete, update

from estate import clock
from estate.database import Database
from estate.letters.rules import PlaceKind
from estate.people.models import Household, Member
from estate.permissions import Permission, scope
from estate.proof import actions as proofs
from estate.proof.models import LetterCopy, LetterOpening
from estate.proof.queries import copies_of
from estate.proof.rules import Manner, Stage
from estate.receiving.actions import open_letter
from estate.receiving.queries import own_letter, own_letters
from tests.builders import LONG_AGO, add_household, add_person, build_estate, reader
from tests.letters import also_lives_with_bent, announce, copies, give, opened_by, reading


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
        open_letter(session, own, copy, now)
        open_letter(session, own, copy, now + timedelta(hours=1))
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
        open_letter(session, at_counter, own, now)
        open_letter(session, at_counter, own, now)
        row = session.get_one(LetterCopy, own.copies[0])
        session.refresh(row)
        assert own_letters(session, at_counter, "da", unread=True) == []
        assert (row.opened_at, row.delivered_at) == (None, None)
        # By a way in of her own it counts, from when she did.
        later = now + timedelta(hours=2)
        open_letter(session, reading(session, estate, "amina"), own, later)
        open_letter(session, at_counter, own, later + timedelta(hours=1))
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
        open_letter(session, by, own, clock.now())
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
        open_letter(session, by, own, clock.now())
        assert [line.read for line in own_letters(session, by, "da")] == [True, False]
        (bents,) = own_letters(session, reading(session, estate, "bent"), "da")
        assert (bents.id, bents.homes, bents.read) == (letter, (), False)


def test_only_who_was_a_member_then_reads_a_letter(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        give(session, estate)
        late = add_person(session, "late").id
        tomorrow = clock.today() + timedelta(days=1)
        estate.people["late"] = late
        household = estate.households["amina"]
        session.execute(
            update(Household).where(Household.id == household).values(starts_on=LONG_AGO)
        )
        session.add(
            Member(
                household_id=household,
                person_id=late,
                starts_on=tomorrow,
                confirmed_at=clock.now(),
            )
        )
        session.flush()
        with time_machine.travel(clock.now() + timedelta(days=2)):
            assert own_letters(session, reading(session, estate, "late"), "da") == []
            assert len(own_letters(session, reading(session, estate, "amina"), "da")) == 1


def test_who_moved_out_still_reads_and_who_moved_in_does_not(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        household = estate.households["amina"]
        session.execute(
            update(Household).where(Household.id == household).values(ends_on=clock.today())
        )
        new = add_person(session, "new").id
        estate.people["new"] = new
        add_household(session, estate.homes["amina"], new, starts=clock.today() + timedelta(days=1))
        with time_machine.travel(clock.now() + timedelta(days=2)):
            assert len(own_letters(session, reading(session, estate, "amina"), "da")) == 1
            assert own_letters(session, reading(session, estate, "new"), "da") == []
            stands = {
                copy.household: copy.stage for copy in copies_of(session, letter, clock.today())
            }
    assert stands[household] is Stage.MOVED


def test_a_lodger_who_opens_a_letter_has_read_it_and_proves_nothing(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        household = estate.households["amina"]
        estate.people["karim"] = add_person(session, "karim").id
        lodger = {"starts_on": LONG_AGO, "confirmed_at": clock.now()}
        theirs = {"household_id": household, "person_id": estate.people["karim"]}
        session.add(Member(**theirs, **lodger))
        session.flush()
        letter = give(session, estate)
        opened_by(session, estate, "karim", letter)
        assert own_letters(session, reading(session, estate, "karim"), "da", unread=True) == []
        copy = copies(session, letter)[household]
        assert (copy.opened_at, copy.delivered_at) == (None, None)
        assert proofs.print_unopened(session, clock.now() + timedelta(days=5)) == 4
        opened_by(session, estate, "amina", letter)
        copy = copies(session, letter)[household]
        assert (copy.delivered_how, copy.delivered_by_id) == (
            Manner.OPENED,
            estate.people["amina"],
        )


def test_an_opening_proves_still_when_whoever_opened_it_is_forgotten(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate)
        opened_by(session, estate, "amina", letter)
        copy = copies(session, letter)[estate.households["amina"]]
        moment = copy.delivered_at
        session.execute(
            delete(LetterOpening).where(LetterOpening.person_id == estate.people["amina"])
        )
        proofs.note_proof(session, [copy.id])
        session.refresh(copy)
        assert (copy.delivered_how, copy.delivered_at) == (Manner.OPENED, moment)
        assert copy.delivered_by_id is None
