"""One's own letters: the list, each as it was given, and how it came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from estate.language import DEFAULT
from estate.letters.models import Letter, LetterText
from estate.letters.queries import LetterView, formal_kinds, letter_by_id
from estate.people.models import Member
from estate.people.rules import LetterChannel, short_address
from estate.permissions import Scope
from estate.places.models import Home, Organisation, Section, Stairwell
from estate.proof.models import DoorVisit, LetterCopy, LetterOpening
from estate.proof.queries import placed_copies
from estate.proof.rules import Manner, Outcome, Receiver


def _own(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The reader's letters on pages: where they still reach, and never formal ones.

    Those are on paper only: nobody is to think that a page was enough.
    """
    return (
        LetterCopy.household_id.in_(scope.households),
        Letter.kind.not_in(formal_kinds()),
        _theirs(scope.person),
    )


def _theirs(person: int) -> ColumnElement[bool]:
    """Given letters that are somebody's own; what is for the tenant alone while they were one."""
    plain = Letter.kind.not_in(formal_kinds())
    theirs = _lived_there(person, or_(plain, Member.tenant.is_(True)))
    return and_(Letter.given_at.is_not(None), theirs)


def _lived_there(person: int, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether somebody was an adult of a copy's household on the day its letter was given."""
    return exists().where(
        Member.household_id == LetterCopy.household_id,
        Member.person_id == person,
        Member.adult,
        Member.confirmed_at.is_not(None),
        Member.starts_on <= Letter.given_on,
        or_(Member.ends_on.is_(None), Member.ends_on >= Letter.given_on),
        *more,
    )


def tenants_own(session: Session, person: int, copies: Sequence[int]) -> Sequence[int]:
    """Those of these copies to whose tenants somebody belonged when the letter was given."""
    theirs = (
        select(LetterCopy.id)
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .where(LetterCopy.id.in_(copies), _lived_there(person, Member.tenant.is_(True)))
    )
    return session.scalars(theirs).all()


class Visited(NamedTuple):
    """What happened at the door: when, what, why not, and into whose hands."""

    at: datetime
    outcome: Outcome
    reason: str
    handed_to: Receiver | None


class Received(NamedTuple):
    """A letter as it came to a household of somebody's: by what, when, and how delivered.

    `visits` at the door are without those undone.
    """

    letter: int
    household: int
    kind: str
    digest: str
    given_at: datetime
    channel: LetterChannel
    lawful: bool
    grounds: Sequence[str]
    sent_at: datetime | None
    paper_why: str
    printed_at: datetime | None
    delivered_at: datetime | None
    delivered_how: Manner | None
    delivered_to: Receiver | None
    visits: Sequence[Visited]


def received(session: Session, person: int) -> Sequence[Received]:
    """All letters that are somebody's own, also those that no page shows, in order."""
    return list(_received(session, _theirs(person)).values())


def _received(session: Session, *conditions: ColumnElement[bool]) -> Mapping[int, Received]:
    """These copies, by id, letter by letter."""
    rows = session.execute(
        select(
            LetterCopy.id,
            Letter.id,
            LetterCopy.household_id,
            Letter.kind,
            Letter.digest,
            Letter.given_at,
            LetterCopy.channel,
            LetterCopy.lawful,
            LetterCopy.grounds,
            LetterCopy.sent_at,
            LetterCopy.paper_why,
            LetterCopy.printed_at,
            LetterCopy.delivered_at,
            LetterCopy.delivered_how,
            LetterCopy.delivered_to,
        )
        .join_from(LetterCopy, Letter, LetterCopy.letter_id == Letter.id)
        .where(*conditions)
        .order_by(Letter.id, LetterCopy.id)
    ).all()
    visits = _visits(session, [row[0] for row in rows])
    return {row[0]: Received._make([*row[1:], visits.get(row[0], ())]) for row in rows}


def _visits(session: Session, copies: Sequence[int]) -> Mapping[int, Sequence[Visited]]:
    found: dict[int, list[Visited]] = {}
    said = (DoorVisit.at, DoorVisit.outcome, DoorVisit.reason, DoorVisit.handed_to)
    rows = session.execute(
        select(DoorVisit.copy_id, *said)
        .where(DoorVisit.copy_id.in_(copies), DoorVisit.undone_at.is_(None))
        .order_by(DoorVisit.id)
    )
    for row in rows:
        found.setdefault(row[0], []).append(Visited._make(row[1:]))
    return found


class OwnLine(NamedTuple):
    """A letter in a resident's list; unread until they opened every copy of it that is theirs.

    `delivered` once every one of these copies is proven to be, as the letter's own page says.
    `language` is what its title is in. `homes` are addresses, where it went to more than one home
    of theirs; else there are none.
    """

    id: int
    title: str
    language: str
    kind: str
    organisation_name: str
    given_at: datetime
    read: bool
    delivered: bool
    homes: Sequence[str]


def own_letters(
    session: Session,
    scope: Scope,
    language: str,
    *,
    unread: bool = False,
    before: int | None = None,
    most: int = 30,
) -> Sequence[OwnLine]:
    """The reader's letters, newest first, titled in their language where there is a translation."""
    theirs = and_(LetterOpening.copy_id == LetterCopy.id, LetterOpening.person_id == scope.person)
    translated = (
        select(LetterText.title)
        .where(LetterText.letter_id == Letter.id, LetterText.language == language)
        .scalar_subquery()
    )
    copies, opened = func.count(LetterCopy.id), func.count(LetterOpening.copy_id)
    query = (
        select(
            Letter.id,
            func.coalesce(translated, Letter.title),
            case((translated.is_not(None), language), else_=DEFAULT),
            Letter.kind,
            Organisation.name,
            Letter.given_at,
            copies == opened,
            copies == func.count(LetterCopy.delivered_at),
            copies.label("copies"),
        )
        .join_from(LetterCopy, Letter, LetterCopy.letter_id == Letter.id)
        .join(Section, Letter.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .join(LetterOpening, theirs, isouter=True)
        .where(*_own(scope))
        .group_by(Letter.id, Organisation.id)
        .order_by(Letter.id.desc())
        .limit(most)
    )
    if unread:
        query = query.having(copies > opened)
    if before is not None:
        query = query.where(Letter.id < before)
    rows = session.execute(query).all()
    homes = _own_homes(session, scope, [row.id for row in rows if row.copies > 1])
    return [OwnLine._make([*row[:8], homes.get(row.id, ())]) for row in rows]


def _own_homes(
    session: Session, scope: Scope, letters: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    """By letter: the addresses of the reader's homes that it went to."""
    if not letters:
        return {}
    rows = session.execute(
        placed_copies(
            LetterCopy.letter_id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
        )
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .where(Letter.id.in_(letters), *_own(scope))
        .order_by(LetterCopy.id)
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(short_address(*row[1:]))
    return found


class OwnCopies(NamedTuple):
    """A letter and which copies of it are the reader's: one for each household of theirs.

    `homes` are the addresses, where there is more than one.
    """

    letter: LetterView
    copies: Sequence[int]
    homes: Sequence[str]


def own_letter(session: Session, scope: Scope, letter: int) -> OwnCopies | None:
    """A letter to one or more of the reader's households, or None."""
    copies = session.scalars(
        select(LetterCopy.id)
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .where(Letter.id == letter, *_own(scope))
        .order_by(LetterCopy.id)
    ).all()
    found = letter_by_id(session, letter) if copies else None
    homes = _own_homes(session, scope, [letter]) if len(copies) > 1 else {}
    return OwnCopies(found, copies, homes.get(letter, ())) if found else None


class Came(NamedTuple):
    """How one copy of the reader's came: to which home, where there are several.

    `opened_at` is when the reader opened it themselves.
    """

    address: str
    received: Received
    opened_at: datetime | None


def how_it_came(session: Session, scope: Scope, own: OwnCopies) -> Sequence[Came]:
    """How each of the reader's copies of a letter came to them, home by home."""
    copies = _received(session, LetterCopy.id.in_(own.copies))
    opened: dict[int, datetime] = {
        row[0]: row[1]
        for row in session.execute(
            select(LetterOpening.copy_id, LetterOpening.opened_at).where(
                LetterOpening.copy_id.in_(own.copies), LetterOpening.person_id == scope.person
            )
        )
    }
    homes = own.homes or ("",)
    return [
        Came(home, copies[copy], opened.get(copy))
        for home, copy in zip(homes, own.copies, strict=True)
    ]
