"""Two deeds of the estate's at the same moment, on PostgreSQL, where both are let in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.invitations import actions as invitations
from estate.invitations.models import Invitation
from estate.invitations.queries import Batch
from estate.jobs.models import Job
from estate.language import N_, say
from estate.letters.models import Letter
from estate.mails import actions as mails
from estate.passkeys import actions as passkeys
from estate.passkeys.models import Passkey
from estate.people.rules import LetterChannel
from estate.permissions import Permission, Scope, scope
from estate.proof import actions as proof
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.rules import Manner, Outcome
from estate.receiving.actions import open_letter
from estate.receiving.queries import own_letter
from estate.refusals import Refused
from estate.rounds import actions as rounds
from estate.rounds.rules import PRINTING_JOB
from tests.builders import Estate, build_estate, reader
from tests.house import letter_things
from tests.rivals import Deed, meet

KEY = b"a key for tests"


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    data = Database(postgres_url, origin="test")
    yield data
    data.close()


def test_of_two_printings_at_once_one_letter_is_alive(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)

    def reprint(session: Session) -> None:
        office = scope(reader(session, estate.people["office"]), Permission.INVITE)
        batch = Batch(household=estate.households["amina"], everybody=True)
        invitations.print_letters(session, KEY, office, batch, clock.now())

    assert meet(database, reprint, reprint) is None
    with database.read() as session:
        alive = select(func.count(Invitation.id)).where(Invitation.withdrawn_at.is_(None))
        assert session.scalar(alive) == 1
        assert session.scalar(select(func.count(Invitation.id))) == 2


def test_a_passkey_added_by_two_at_once_is_the_firsts(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)

    def adding(name: str) -> Deed:
        def add(session: Session) -> None:
            own = scope(reader(session, estate.people[name]), Permission.OWN_PAGES)
            passkeys.add_passkey(session, own, b"credential", b"key", 0, "Telefon", clock.now())

        return add

    assert isinstance(meet(database, adding("amina"), adding("bent")), Refused)
    with database.read() as session:
        assert session.scalar(select(Passkey.person_id)) == estate.people["amina"]


@dataclass
class Proving:
    """A digital letter to amina's household, printed as well, and the moment it was given."""

    estate: Estate
    letter: int
    copy: int
    now: datetime

    def tick(self, session: Session) -> None:
        """The caretaker hands it over, an hour before."""
        at = self.now - timedelta(hours=1)
        rounds.tick(session, self.round(session), self.copy, Outcome.HANDED, "", at)

    def undo(self, session: Session) -> None:
        """The caretaker takes the last tick back."""
        rounds.undo(session, self.round(session), self.copy, self.now)

    def round(self, session: Session) -> Scope:
        """Where the caretaker hands letters over."""
        caretaker = reader(session, self.estate.people["caretaker"])
        return scope(caretaker, Permission.DELIVER_LETTERS)

    def open(self, session: Session) -> None:
        """Amina opens it."""
        own = scope(reader(session, self.estate.people["amina"]), Permission.READ_LETTERS)
        mine = own_letter(session, own, self.letter)
        assert mine is not None
        open_letter(session, own, mine, self.now)


@pytest.fixture
def proving(database: Database) -> Proving:
    now, before = clock.now(), clock.now() - timedelta(hours=3)
    with database.write() as session:
        estate = build_estate(session)
        letter = Letter(
            section_id=estate.section,
            kind="works",
            title="Brev",
            made_at=before,
            given_at=before,
            given_on=clock.local(before).date(),
        )
        session.add(letter)
        session.flush()
        copy = LetterCopy(
            letter_id=letter.id,
            household_id=estate.households["amina"],
            version=1,
            channel=LetterChannel.DIGITAL,
            lawful=True,
            sent_at=before,
            paper_at=before,
            printed_at=before,
        )
        session.add(copy)
        session.flush()
        return Proving(estate, letter.id, copy.id, now)


def proven(database: Database, copy: int) -> Manner | None:
    with database.read() as session:
        return session.get_one(LetterCopy, copy).delivered_how


def test_a_proof_found_meanwhile_is_not_overwritten(database: Database, proving: Proving) -> None:
    with database.write() as session:
        session.execute(update(LetterCopy).values(accepted_at=proving.now))

    def settle(session: Session) -> None:
        proof.note_proof(session, [proving.copy])

    # A mail server took the second adult's mail while the caretaker was at the door before that.
    assert meet(database, proving.tick, settle) is None
    assert proven(database, proving.copy) is Manner.HANDED


def test_what_is_taken_back_while_it_is_ticked_off_is_taken_back(
    database: Database, proving: Proving
) -> None:
    assert meet(database, proving.tick, proving.undo) is None
    assert proven(database, proving.copy) is None
    with database.read() as session:
        assert session.scalars(select(DoorVisit.undone_at)).one() is not None


@pytest.mark.parametrize("opened_first", [True, False])
def test_opening_and_taking_back_at_once_leave_the_opening(
    database: Database, proving: Proving, opened_first: bool
) -> None:
    with database.write() as session:
        proving.tick(session)
    deeds = (proving.open, proving.undo) if opened_first else (proving.undo, proving.open)
    assert meet(database, *deeds) is None
    assert proven(database, proving.copy) is Manner.OPENED


def test_a_letter_that_two_have_printed_at_once_is_laid_out_once(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        letter = letter_things.write(session, estate, tmp_path)["letter"]
        assert isinstance(letter, int)

    def print_it(session: Session) -> None:
        by = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
        rounds.ask_to_print(session, by, letter, "", again=True)

    assert isinstance(meet(database, print_it, print_it), Refused)
    with database.read() as session:
        jobs = select(func.count(Job.id)).where(Job.kind == PRINTING_JOB)
        assert session.scalar(jobs) == 1


def test_of_two_who_send_at_once_each_has_other_mails(database: Database) -> None:
    words, now = say(N_("Opgang")), clock.now()
    with database.write() as session:
        queued = [
            mails.queue_mail(session, to="a@example.org", language="da", subject=words, lines=[])
            for _ in range(2)
        ]
    claimed: list[int] = []

    def claim(session: Session) -> None:
        claimed.extend(mail.mail for mail in mails.claim(session, now + timedelta(minutes=1), 1))

    assert meet(database, claim, claim) is None
    assert claimed == queued
