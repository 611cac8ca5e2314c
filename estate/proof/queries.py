"""The copies of letters: the office's list, and what is known of each on its way."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.letters.models import Letter
from estate.people.models import Household, Member, Person
from estate.people.queries import in_force, lasting, with_places
from estate.people.rules import LetterChannel, full_name, short_address
from estate.permissions import Scope
from estate.places.models import Home, Section, Stairwell
from estate.proof.models import DoorVisit, LetterCopy, LetterOpening
from estate.proof.rules import Known, Manner, Outcome, Receiver, Stage, stage


def placed_copies(*columns: Any) -> Select[Any]:
    """A query of copies, joined with the household of each and where it lives."""
    copies = select(*columns).select_from(LetterCopy)
    return with_places(copies.join(Household, LetterCopy.household_id == Household.id))


class LetterLine(NamedTuple):
    """A letter in the office's list: how many households, to how many it is proven delivered."""

    id: int
    title: str
    kind: str
    section_name: str
    made_at: datetime
    given_at: datetime | None
    deliver_by: date | None
    copies: int
    delivered: int
    to_print: int


def letters_in(
    session: Session, scope: Scope, day: date, after: int | None, most: int
) -> Sequence[LetterLine]:
    """The letters of a scope, the newest first, from the one below `after` on."""
    query = (
        select(
            Letter.id,
            Letter.title,
            Letter.kind,
            Section.name,
            Letter.made_at,
            Letter.given_at,
            Letter.deliver_by,
            Letter.households,
        )
        .join(Section, Letter.section_id == Section.id)
        .where(Letter.section_id.in_(scope.sections))
        .order_by(Letter.id.desc())
        .limit(most)
    )
    if after is not None:
        query = query.where(Letter.id < after)
    rows = session.execute(query).all()
    counts = _tally(session, [row[0] for row in rows], day)
    return [LetterLine(*row, *counts.get(row[0], (0, 0))) for row in rows]


def _tally(session: Session, letters: Sequence[int], day: date) -> Mapping[int, tuple[int, int]]:
    """By letter: the copies delivered, those to be printed."""
    to_print = and_(waits_on_paper(day), LetterCopy.printed_at.is_(None))
    rows = session.execute(
        select(
            LetterCopy.letter_id,
            func.count(LetterCopy.delivered_at),
            func.sum(case((to_print, 1), else_=0)),
        )
        .join(Household, LetterCopy.household_id == Household.id)
        .where(LetterCopy.letter_id.in_(letters))
        .group_by(LetterCopy.letter_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def waits_on_paper(day: date) -> ColumnElement[bool]:
    """Copies for paper that are not shown to have arrived, of households that still live there.

    Asks for copies joined with their households.
    """
    return and_(
        LetterCopy.paper_at.is_not(None),
        LetterCopy.delivered_at.is_(None),
        lasting(Household, day),
    )


class CopyLine(NamedTuple):
    """One household's copy as the office sees and proves it.

    Where one of the names is `protected`, it is the alias or none of their own.
    """

    id: int
    household: int
    stairwell: int
    street: str
    house_number: str
    floor: str
    side: str
    names: str
    protected: bool
    channel: LetterChannel
    lawful: bool
    grounds: Sequence[str]
    sent_at: datetime | None
    paper_why: str
    printed_at: datetime | None
    opened_at: datetime | None
    delivered_at: datetime | None
    delivered_how: Manner | None
    delivered_to: Receiver | None
    delivered_by: str
    stage: Stage

    @property
    def address(self) -> str:
        """Where they live, as neighbours write it."""
        return short_address(self.street, self.house_number, self.floor, self.side)


class _Tenant(NamedTuple):
    name: str
    protected: bool


def copies_of(
    session: Session, letter: int, day: date, *, after: int = 0, most: int | None = None
) -> Sequence[CopyLine]:
    """The copies of a letter, home by home; names are the tenants'."""
    rows = session.execute(
        placed_copies(
            LetterCopy.id,
            Household.id,
            Stairwell.id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Household.ends_on,
            LetterCopy.channel,
            LetterCopy.lawful,
            LetterCopy.grounds,
            LetterCopy.sent_at,
            LetterCopy.paper_at,
            LetterCopy.paper_why,
            LetterCopy.printed_at,
            LetterCopy.opened_at,
            LetterCopy.delivered_at,
            LetterCopy.delivered_how,
            LetterCopy.delivered_to,
            LetterCopy.delivered_by_id,
        )
        .where(LetterCopy.letter_id == letter, LetterCopy.id > after)
        .order_by(LetterCopy.id)
        .limit(most)
    ).all()
    tenants = _tenants(session, letter, [row[1] for row in rows])
    by = _called(session, {row.delivered_by_id for row in rows} - {None})
    return [_copy(row, tenants, by, day) for row in rows]


def _copy(
    row: Any, tenants: Mapping[int, Sequence[_Tenant]], by: Mapping[int, str], day: date
) -> CopyLine:
    stands = stage(
        delivered=row.delivered_at is not None,
        paper=row.paper_at is not None,
        printed=row.printed_at is not None,
        moved=row.ends_on is not None and row.ends_on < day,
    )
    called = tenants.get(row[1], ())
    names, protected = ", ".join(one.name for one in called), any(one.protected for one in called)
    sent = row[8:12]
    return CopyLine._make(
        [*row[:7], names, protected, *sent, *row[13:19], by.get(row.delivered_by_id, ""), stands],
    )


def names_of(
    session: Session, letter: int, households: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    """The tenants of these households when a letter was given, by household; protected by alias.

    Whoever had left by then, or was not confirmed, was never given it.
    """
    found = _tenants(session, letter, households)
    return {household: [one.name for one in those] for household, those in found.items()}


def _tenants(
    session: Session, letter: int, households: Sequence[int]
) -> Mapping[int, Sequence[_Tenant]]:
    day = session.scalar(select(Letter.given_on).where(Letter.id == letter)) or clock.today()
    rows = session.execute(
        select(
            Member.household_id,
            Person.given_name,
            Person.family_name,
            Person.alias,
            Person.protected,
        )
        .join(Person, Member.person_id == Person.id)
        .where(
            Member.household_id.in_(households),
            Member.tenant,
            Member.adult,
            Member.confirmed_at.is_not(None),
            in_force(Member, day),
        )
        .order_by(Member.household_id, Member.id)
    )
    found: dict[int, list[_Tenant]] = {}
    for row in rows:
        name = full_name(row[1], row[2], row[3], protected=row[4])
        found.setdefault(row[0], []).append(_Tenant(name, row[4]))
    return found


def _called(session: Session, persons: Iterable[int]) -> Mapping[int, str]:
    rows = session.execute(
        select(
            Person.id, Person.given_name, Person.family_name, Person.alias, Person.protected
        ).where(Person.id.in_(list(persons)))
    )
    return {row[0]: full_name(row[1], row[2], row[3], protected=row[4]) for row in rows}


def known_of(session: Session, copies: Sequence[int]) -> Mapping[int, Known]:
    """What is known of each of these copies on its way, by copy."""
    rows = session.execute(
        select(
            LetterCopy.id,
            LetterCopy.lawful,
            LetterCopy.channel,
            LetterCopy.accepted_at,
            LetterCopy.opened_at,
        ).where(LetterCopy.id.in_(copies))
    ).all()
    openings = _first_openings(session, copies)
    visits = _lasting_visits(session, copies)
    return {
        row.id: Known(
            row.lawful and row.channel is not LetterChannel.PAPER,
            row.accepted_at if row.channel is LetterChannel.DIGITAL else None,
            # Whoever opened it may have been forgotten since: then nobody is named.
            *openings.get(row.id, (row.opened_at, None)),
            *visits.get(row.id, (None, None, None, None)),
        )
        for row in rows
    }


def _first_openings(session: Session, copies: Sequence[int]) -> Mapping[int, tuple[datetime, int]]:
    rows = session.execute(
        select(LetterOpening.copy_id, LetterOpening.opened_at, LetterOpening.person_id)
        .where(LetterOpening.copy_id.in_(copies), LetterOpening.trusted)
        .order_by(LetterOpening.opened_at.desc())
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _lasting_visits(
    session: Session, copies: Sequence[int]
) -> Mapping[int, tuple[datetime, Outcome, int | None, Receiver | None]]:
    """The first visit of each copy that handed it over and was not undone."""
    rows = session.execute(
        select(
            DoorVisit.copy_id,
            DoorVisit.at,
            DoorVisit.outcome,
            DoorVisit.by_id,
            DoorVisit.handed_to,
        )
        .where(
            DoorVisit.copy_id.in_(copies),
            DoorVisit.undone_at.is_(None),
            DoorVisit.outcome != Outcome.NOT_POSSIBLE,
        )
        .order_by(DoorVisit.id.desc())
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}
