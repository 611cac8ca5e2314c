"""What proves that a letter arrived, and what is printed after all."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.letters.rules import PlaceKind
from estate.mails.actions import claim, note_failed, note_sent
from estate.notifications.models import Notification
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel
from estate.proof import actions as proofs
from estate.proof.models import LetterCopy, LetterMail
from estate.proof.queries import copies_of, letters_in
from estate.proof.rules import TO_PRINT, Known, Manner, Outcome, Proof, Stage, proof, stage
from estate.receiving.actions import open_letter
from estate.receiving.queries import own_letter, own_letters
from estate.rounds import actions as rounds
from estate.rounds.queries import envelopes
from estate.texts import actions as texts
from tests.builders import LONG_AGO, add_household, add_person, build_estate
from tests.letters import (
    NOON,
    announce,
    copies,
    delivering,
    give,
    opened_by,
    reading,
    sending,
)

T = [NOON + timedelta(hours=hours) for hours in range(4)]
PROOFS = [
    (Known(True), None),
    (Known(True, accepted_at=T[1]), Proof(T[1], Manner.MAIL, None)),
    (Known(True, opened_at=T[1], opened_by=7), Proof(T[1], Manner.OPENED, 7)),
    (
        Known(True, accepted_at=T[2], opened_at=T[1], opened_by=7),
        Proof(T[1], Manner.OPENED, 7),
    ),
    (Known(False, accepted_at=T[1], opened_at=T[1], opened_by=7), None),
    (Known(False, T[1], T[1], 7, T[3], Outcome.HANDED, 9), Proof(T[3], Manner.HANDED, 9)),
    (Known(True, T[2], None, None, T[1], Outcome.LETTERBOX, 9), Proof(T[1], Manner.LETTERBOX, 9)),
    (Known(False, door_at=T[1], door_outcome=Outcome.NOT_POSSIBLE, door_by=9), None),
]


@pytest.mark.parametrize(("known", "shown"), PROOFS)
def test_the_first_thing_that_counts_is_the_proof(known: Known, shown: Proof | None) -> None:
    assert proof(known) == shown


@pytest.mark.parametrize(
    ("delivered", "paper", "printed", "moved", "stands"),
    [
        (True, True, True, True, Stage.DELIVERED),
        (False, True, True, True, Stage.MOVED),
        (False, False, False, True, Stage.MOVED),
        (False, True, False, False, Stage.TO_PRINT),
        (False, True, True, False, Stage.TO_HAND_OVER),
        (False, False, False, False, Stage.ON_ITS_WAY),
    ],
)
def test_where_a_copy_stands(
    delivered: bool, paper: bool, printed: bool, moved: bool, stands: Stage
) -> None:
    assert stage(delivered=delivered, paper=paper, printed=printed, moved=moved) is stands


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
        assert proofs.note_accepted(session) == 1
        assert proofs.note_accepted(session) == 0
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
        assert proofs.note_accepted(session) == (2 if whose == "another member" else 1)
        session.expire_all()
        (copy,) = copies(session, letter).values()
        assert (copy.accepted_at, copy.delivered_at) == (None, None)


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
            open_letter(session, own, copy, clock.now())
            session.execute(
                update(Household)
                .where(Household.id == estate.households["bent"])
                .values(ends_on=NOON.date())
            )
        assert proofs.print_unopened(session, NOON + timedelta(days=4, hours=23)) == 0
        assert proofs.print_unopened(session, NOON + timedelta(days=5)) == 2
        assert proofs.print_unopened(session, NOON + timedelta(days=5)) == 0
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
        assert proofs.print_unopened(session, midnight - timedelta(seconds=1)) == 0
        assert proofs.print_unopened(session, midnight) == 4
        assert proofs.print_unopened(session, midnight) == 0
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
        # A mail server has its hour.
        assert proofs.print_unopened(session, NOON + timedelta(minutes=59)) == 0
        assert proofs.print_unopened(session, NOON + timedelta(hours=1)) == 4


def test_a_letter_names_the_tenants_of_the_day_it_was_given(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        household, today = estate.households["amina"], clock.today()
        day = timedelta(days=1)
        members: list[tuple[str, dict[str, object]]] = [
            ("left", {"ends_on": today - day}),
            ("waiting", {"confirmed_at": None}),
            ("coming", {"starts_on": today + day}),
            ("leaving", {"ends_on": today}),
        ]
        for name, more in members:
            values = {"starts_on": LONG_AGO, "confirmed_at": clock.now(), "tenant": True, **more}
            person = add_person(session, name).id
            session.add(Member(household_id=household, person_id=person, **values))
        session.flush()
        letter = give(session, estate, kind="meeting")
        with time_machine.travel(clock.now() + 3 * day):
            (line,) = [
                one
                for one in copies_of(session, letter, clock.today())
                if one.household == household
            ]
            (first, _) = envelopes(session, letter, estate.stairwell, clock.today(), again=False)[
                ::-1
            ]
    assert line.names == "Amina Prøve, Leaving Prøve"
    assert first.names == ("Amina Prøve", "Leaving Prøve")


def test_the_offices_list_counts_what_is_proven(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = give(session, estate, kind="meeting")
        by = sending(session, estate)
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, line.delivered, line.to_print) == (4, 0, 4)
        copy = copies(session, letter)[estate.households["amina"]].id
        session.execute(
            update(LetterCopy).values(printed_at=clock.now()).where(LetterCopy.id == copy)
        )
        rounds.tick(session, delivering(session, estate), copy, Outcome.HANDED, "", clock.now())
        (line,) = letters_in(session, by, clock.today(), None, 10)
        assert (line.copies, line.delivered, line.to_print) == (4, 1, 3)
        assert letters_in(session, by, clock.today(), line.id, 10) == []


def test_the_day_a_letter_is_given_is_the_day_of_the_house(database: Database) -> None:
    night = datetime(2026, 11, 24, 0, 30, tzinfo=clock.LOCAL)  # 23:30 in UTC, the day before
    with database.write() as session, time_machine.travel(night, tick=False):
        estate = build_estate(session)
        announce(session, estate)
        household = estate.households["amina"]
        gone = update(Household).where(Household.id == household)
        session.execute(gone.values(ends_on=date(2026, 11, 23)))
        new = estate.people["new"] = add_person(session, "new").id
        moved_in = add_household(session, estate.homes["amina"], new, starts=date(2026, 11, 24)).id
        letter = give(session, estate)
        assert set(copies(session, letter)) >= {moved_in}
        assert household not in copies(session, letter)
        assert len(own_letters(session, reading(session, estate, "new"), "da")) == 1
        opened_by(session, estate, "new", letter)
        assert copies(session, letter)[moved_in].delivered_how is Manner.OPENED


@pytest.mark.parametrize("channel", [LetterChannel.DIGITAL, LetterChannel.SMS])
def test_what_nobody_took_is_printed_as_soon_as_it_is_given_up(
    database: Database, channel: LetterChannel
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        two = (estate.people["amina"], estate.people["bent"])
        reached = update(Person).where(Person.id.in_(two))
        session.execute(reached.values(contact_number="+4520304050"))
        session.execute(update(Household).values(channel=channel))
        places = [(PlaceKind.HOUSEHOLD, estate.households[name]) for name in ("amina", "bent")]
        letter = give(session, estate, places=places)
        now = clock.now() + timedelta(hours=11)  # no longer night
        assert proofs.note_given_up(session, now) == 0
        refuse_all(session, now)
        move_out = update(Household).where(Household.id == estate.households["bent"])
        session.execute(move_out.values(ends_on=clock.today() - timedelta(days=9)))
        assert proofs.note_given_up(session, now) == 2
        assert proofs.note_given_up(session, now) == 0
        session.expire_all()
        mine = copies(session, letter)
        assert mine[estate.households["amina"]].paper_why == "not_taken"
        assert mine[estate.households["bent"]].paper_at is None, "nobody there to read it"
        assert len(told(session, estate.people["office"])) == 1


def refuse_all(session: Session, now: datetime) -> None:
    """Whatever waits is refused for good: by a mail server, or by the SMS gateway."""
    for mail in claim(session, now, 20):
        note_failed(session, mail, "550 no such user", now, final=True)
    for text in texts.claim(session, now, 20):
        texts.note_failed(session, text, "HTTP 400", now, final=True)


def test_a_mail_given_up_changes_nothing_of_what_is_proven(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        letter = give(session, estate, places=[(PlaceKind.STAIRWELL, estate.stairwell)])
        opened_by(session, estate, "amina", letter)
        refuse_all(session, clock.now())
        assert proofs.note_given_up(session, clock.now()) == 2
        session.expire_all()
        why = {home: copy.paper_why for home, copy in copies(session, letter).items()}
        assert why == {estate.households["amina"]: "", estate.households["yasmin"]: "not_taken"}


def test_a_mail_that_comes_back_of_who_moved_out_is_printed_for_nobody(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        announce(session, estate)
        household = estate.households["amina"]
        give(session, estate, places=[(PlaceKind.HOUSEHOLD, household)])
        gone = update(Household).where(Household.id == household)
        session.execute(gone.values(ends_on=clock.today() - timedelta(days=1)))
        mail = session.scalars(select(LetterMail.mail_id)).one()
        assert proofs.note_returned(session, mail, clock.now())
        assert session.scalars(select(LetterCopy.paper_at)).all() == [None]
        assert told(session, estate.people["office"]) == []
