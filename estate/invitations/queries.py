"""What a letter opens, whom letters go to, and how far they have come."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import SignInSession
from estate.audit.models import Deed
from estate.codes.rules import CODE_LENGTH, code_hash, typed_code
from estate.invitations.models import Invitation, InvitationUse
from estate.invitations.rules import told_apart
from estate.people.models import Household, Member, Person
from estate.people.queries import lasting, with_places
from estate.people.rules import full_name, short_address, shown_name
from estate.permissions import Scope
from estate.places.models import Building, Home, Office, Organisation, Section, Stairwell


class Adult(NamedTuple):
    """A named adult of a household who has not used its letter yet; it opens from `starts_on`."""

    member: int
    person: int
    name: str
    starts_on: date
    early: bool


class Letter(NamedTuple):
    """What a letter's code opens: the household's adults who have not come in by it."""

    invitation: int
    household: int
    address: str
    printed_by: int | None
    printed_at: datetime
    adults: Sequence[Adult]


def letter_of(session: Session, key: bytes, text: str, now: datetime) -> Letter | None:
    """The household a letter's code belongs to; None once withdrawn, expired or moved out."""
    code = typed_code(text)
    if len(code) != CODE_LENGTH:
        return None
    day = clock.local(now).date()
    row = session.execute(
        select(
            Invitation.id,
            Invitation.household_id,
            Invitation.printed_by_id,
            Invitation.created_at,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
        )
        .join(Household, Invitation.household_id == Household.id)
        .join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .where(
            Invitation.code_hash == code_hash(key, code),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
            lasting(Household, day),
        )
        .with_for_update(of=Invitation)
    ).one_or_none()
    if row is None:
        return None
    address = short_address(row.street, row.house_number, row.floor, row.side)
    return Letter(
        row[0], row[1], address, row[2], row[3], _not_yet_in(session, row[0], row[1], day)
    )


def _not_yet_in(session: Session, invitation: int, household: int, day: date) -> Sequence[Adult]:
    used = exists().where(
        InvitationUse.invitation_id == invitation, InvitationUse.person_id == Member.person_id
    )
    rows = session.execute(
        select(
            Member.id,
            Person.id,
            Person.given_name,
            Person.alias,
            Person.protected,
            used.label("used"),
            Member.starts_on,
            Household.starts_on,
        )
        .join(Person, Member.person_id == Person.id)
        .join(Household, Member.household_id == Household.id)
        .where(Member.household_id == household, present_adult(day))
        .order_by(Member.tenant.desc(), Member.id)
    ).all()
    names = told_apart([shown_name(r[2], r[3], protected=r[4]) for r in rows])
    return [
        Adult(r[0], r[1], name, max(r[6], r[7]), early=max(r[6], r[7]) > day)
        for r, name in zip(rows, names, strict=True)
        if not r.used
    ]


def present_adult(day: date) -> ColumnElement[bool]:
    """Members who are grown up, confirmed, and have not moved out on a day."""
    return and_(
        Member.adult,
        Member.confirmed_at.is_not(None),
        lasting(Member, day),
    )


class WayIn(NamedTuple):
    """Something others made by which one can come in as this person, or that was used so."""

    at: datetime
    verb: str
    details: Mapping[str, Any]


def ways_in_of(session: Session, person: int, most: int = 50) -> Sequence[WayIn]:
    """Links and codes made for this person, their household's letters, who came in; newest first.

    Of the letters those that were printed before the person moved out.
    """
    own = session.execute(
        select(Deed.at, Deed.verb, Deed.details)
        .where(
            Deed.thing_kind == "person",
            Deed.thing_id == person,
            Deed.verb.in_(["issued_link", "issued_card", "came_in_by_letter"]),
        )
        .order_by(Deed.id.desc())
        .limit(most)
    )
    letters = session.execute(
        select(Deed.at, Deed.verb, Deed.details, Member.ends_on)
        .join(Member, Member.household_id == Deed.thing_id)
        .where(
            Deed.thing_kind == "household",
            Deed.verb == "printed_letter",
            Member.person_id == person,
            Member.adult,
            Member.confirmed_at.is_not(None),
        )
        .order_by(Deed.id.desc())
        .limit(most)
    )
    mine = [
        row for row in letters if row.ends_on is None or clock.local(row.at).date() <= row.ends_on
    ]
    found = [WayIn(*row) for row in own] + [WayIn(*row[:3]) for row in mine]
    return sorted(found, key=lambda way: way.at, reverse=True)[:most]


class LetterLine(NamedTuple):
    """A household's newest letter: until when, and how many have come in by it."""

    created_at: datetime
    expires_at: datetime
    uses: int


def live_letter(session: Session, household: int, now: datetime) -> LetterLine | None:
    """The letter of a household that still admits somebody, or None."""
    uses = (
        select(func.count()).where(InvitationUse.invitation_id == Invitation.id).scalar_subquery()
    )
    row = session.execute(
        select(Invitation.created_at, Invitation.expires_at, uses)
        .where(
            Invitation.household_id == household,
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > now,
        )
        .order_by(Invitation.id.desc())
        .limit(1)
    ).one_or_none()
    return LetterLine(*row) if row else None


def ever_in() -> ColumnElement[bool]:
    """Members who have signed in at some time."""
    return or_(
        exists().where(SignInSession.person_id == Member.person_id),
        exists().where(InvitationUse.person_id == Member.person_id),
    )


def come_in(session: Session, persons: Sequence[int]) -> frozenset[int]:
    """Those of these persons who have signed in at some time."""
    rows = session.scalars(
        select(Member.person_id).distinct().where(Member.person_id.in_(persons), ever_in())
    )
    return frozenset(rows)


class LetterPlace(NamedTuple):
    """A stairwell, with how many of its adults are called and how many have come."""

    stairwell: int
    section: int
    section_name: str
    address: str
    households: int
    adults: int
    inside: int


def letter_places(session: Session, scope: Scope, day: date) -> Sequence[LetterPlace]:
    """Every stairwell within scope, section by section, with its invitation figures."""
    rows = session.execute(
        _at_home(
            scope,
            day,
            Stairwell.id,
            Section.id,
            Section.name,
            Stairwell.street,
            Stairwell.house_number,
            func.count(Household.id.distinct()),
            func.count(),
            func.sum(case((ever_in(), 1), else_=0)),
        )
        .where(Member.adult)
        .group_by(Section.id, Section.name, Stairwell.id, Stairwell.street, Stairwell.house_number)
        .order_by(Section.name, Section.id, Stairwell.id)
    )
    return [LetterPlace(r[0], r[1], r[2], f"{r[3]} {r[4]}", r[5], r[6], r[7]) for r in rows]


def _at_home(scope: Scope, day: date, *columns: Any) -> Select[Any]:
    """Confirmed members of present households within scope, with the places around them."""
    members = select(*columns).select_from(Member)
    households = members.join(Household, Member.household_id == Household.id)
    return (
        with_places(households)
        .join(Section, Building.section_id == Section.id)
        .where(
            Section.id.in_(scope.sections),
            present_adult(day),
            lasting(Household, day),
        )
    )


class Addressee(NamedTuple):
    """A household a letter goes to, and who writes it.

    Where one of the names is `protected`, it is the alias or none of their own.
    """

    household: int
    names: Sequence[str]
    protected: bool
    street: str
    city: str
    section_name: str
    organisation: int
    organisation_name: str
    office_name: str
    office_phone: str
    office_email: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Which households get letters: one, a stairwell's or a section's, those after `after`.

    Unless `everybody`, only households in which some adult has never come in.
    """

    household: int | None = None
    stairwell: int | None = None
    section: int | None = None
    after: int = 0
    everybody: bool = False


def _named(batch: Batch) -> ColumnElement[bool]:
    if batch.household is not None:
        return Household.id == batch.household
    if batch.stairwell is not None:
        return Stairwell.id == batch.stairwell
    return Section.id == batch.section


def _wanted(scope: Scope, batch: Batch, day: date, *columns: Any) -> Select[Any]:
    """Those of a batch within scope who are to get a letter."""
    query = _at_home(scope, day, *columns).where(Household.id > batch.after, _named(batch))
    return query if batch.everybody else query.where(~ever_in())


class Printing(NamedTuple):
    """What printing a batch does: for where, how many letters, and how many old ones end by it."""

    section_name: str
    address: str
    letters: int
    ends: int


def printing(session: Session, scope: Scope, batch: Batch, now: datetime) -> Printing | None:
    """What printing a batch does; None where nobody needs a letter.

    `address` is a stairwell's or one household's; empty for a section.
    """
    works = exists().where(
        Invitation.household_id == Household.id,
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now,
    )
    figures = (
        func.min(Section.name),
        func.min(Stairwell.street),
        func.min(Stairwell.house_number),
        func.min(Home.floor),
        func.min(Home.side),
        func.count(Household.id.distinct()),
        func.count(case((works, Household.id)).distinct()),
    )
    row = session.execute(_wanted(scope, batch, clock.local(now).date(), *figures)).one()
    if not row[5]:
        return None
    address = f"{row[1]} {row[2]}" if batch.stairwell is not None else ""
    if batch.household is not None:
        address = short_address(row[1], row[2], row[3], row[4])
    return Printing(row[0], address, row[5], row[6])


def addressees(
    session: Session, scope: Scope, batch: Batch, day: date, most: int
) -> Sequence[Addressee]:
    """At most `most` households of a batch within scope, by the order of their ids."""
    wanted = _wanted(scope, batch, day, Household.id)
    ids = session.scalars(wanted.distinct().order_by(Household.id).limit(most)).all()
    rows = session.execute(
        _at_home(
            scope,
            day,
            Household.id,
            Person.given_name,
            Person.family_name,
            Person.alias,
            Person.protected,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Stairwell.postcode,
            Stairwell.city,
            Section.name,
            Organisation.id,
            Organisation.name,
            Office.name,
            Office.phone,
            Office.email,
        )
        .join(Person, Member.person_id == Person.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .join(Office, Section.office_id == Office.id, isouter=True)
        .where(Household.id.in_(ids))
        .order_by(Household.id, Member.tenant.desc(), Member.id)
    ).all()
    return [_addressee(list(group)) for _, group in itertools.groupby(rows, key=lambda r: r[0])]


def _addressee(rows: Sequence[Any]) -> Addressee:
    first = rows[0]
    return Addressee(
        household=first[0],
        names=[full_name(r[1], r[2], r[3], protected=r[4]) for r in rows],
        protected=any(r[4] for r in rows),
        street=short_address(first[5], first[6], first[7], first[8]),
        city=f"{first[9]} {first[10]}".strip(),
        section_name=first[11],
        organisation=first[12],
        organisation_name=first[13],
        office_name=first[14] or "",
        office_phone=first[15] or "",
        office_email=first[16] or "",
    )
