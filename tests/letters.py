"""Letters in the builders' estate: who writes, gives and reads them, and the giving worked off."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.channels import actions as channels
from estate.channels.rules import ANNOUNCED, STATUTES
from estate.giving.actions import give_notice, hand_out
from estate.jobs.actions import Task
from estate.letters.models import Letter
from estate.letters.rules import Draft, PlaceKind
from estate.people.models import Member
from estate.permissions import Permission, Scope, ScopeKind, scope
from estate.proof.models import LetterCopy
from estate.receiving.actions import open_letter
from estate.receiving.queries import own_letter
from tests.builders import LONG_AGO, Estate, reader

HERE = "http://localhost:8000"
NOON = datetime(2026, 11, 23, 12, tzinfo=clock.LOCAL)


def draft(estate: Estate, **more: object) -> Draft:
    """A notice to everybody in North's section."""
    values = {
        "section": estate.section,
        "kind": "works",
        "texts": {"da": ("Nye vinduer", "Vi skifter vinduer i uge 9.")},
        "places": [(PlaceKind.SECTION, estate.section)],
        **more,
    }
    return Draft(**values)  # type: ignore[arg-type]


def sending(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)


def delivering(session: Session, estate: Estate) -> Scope:
    return scope(reader(session, estate.people["caretaker"]), Permission.DELIVER_LETTERS)


def reading(session: Session, estate: Estate, who: str) -> Scope:
    return scope(reader(session, estate.people[who]), Permission.READ_LETTERS)


def announce(session: Session, estate: Estate) -> None:
    """The office states all that makes digital letters lawful."""
    by, north = sending(session, estate), (ScopeKind.ORGANISATION, estate.north)
    channels.state_fact(session, by, north, STATUTES, date(2020, 3, 1), "")
    channels.state_fact(session, by, north, ANNOUNCED, date(2020, 4, 1), "")


def work_off(session: Session, letter: int) -> int:
    """Do the steps of a letter's giving; returns how many there were."""
    row = session.get_one(Letter, letter)
    given = {"letter": letter, "base": HERE, "total": 4, "after": 0}
    task = Task("test", row.giving_job_id or 0, "give_letter", None, given, 0, 0, 0)
    steps = 0
    while True:
        steps += 1
        progress = hand_out(session, task, Path())
        if progress.finished:
            return steps
        task = task._replace(given=dict(progress.given), done=progress.done)


def give(session: Session, estate: Estate, **more: object) -> int:
    letter = give_notice(session, draft(estate, **more), estate.people["office"], HERE)
    work_off(session, letter)
    return letter


def copies(session: Session, letter: int) -> Mapping[int, LetterCopy]:
    rows = session.scalars(select(LetterCopy).where(LetterCopy.letter_id == letter))
    return {row.household_id: row for row in rows}


def also_lives_with_bent(session: Session, estate: Estate, who: str) -> None:
    """Somebody of the estate is a tenant of Bent's household as well."""
    session.add(
        Member(
            household_id=estate.households["bent"],
            person_id=estate.people[who],
            tenant=True,
            starts_on=LONG_AGO,
            confirmed_at=clock.now(),
        )
    )
    session.flush()


def opened_by(session: Session, estate: Estate, who: str, letter: int) -> None:
    """Somebody opens a letter to a household of theirs."""
    by = reading(session, estate, who)
    own = own_letter(session, by, letter)
    assert own is not None
    open_letter(session, by, own, clock.now())
    session.expire_all()
