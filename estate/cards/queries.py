"""Finding the card somebody came with, and telling people of theirs."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from estate import clock
from estate.cards.models import Card
from estate.cards.rules import CardState
from estate.codes.rules import CODE_LENGTH, code_hash, typed_code
from estate.people.models import Household, Member, Person
from estate.people.queries import in_force, with_places
from estate.people.rules import full_name, name_in_role, short_address
from estate.permissions import Scope
from estate.places.models import Building, Home, Office, Organisation, Section, Stairwell


class Held(NamedTuple):
    """A card in somebody's hand. `issued_by` made it; `confirmed` says that it is its person's.

    `name` is the first name, as on the card: a nickname is for the board.
    """

    id: int
    person: int
    name: str
    state: CardState
    pin_hash: str | None
    issued_by: int | None
    confirmed: bool


def _lives(day: date) -> ColumnElement[bool]:
    """Members who are grown up, confirmed and live in their household on a day."""
    return and_(
        Member.adult,
        Member.confirmed_at.is_not(None),
        in_force(Member, day),
        in_force(Household, day),
    )


def lives_there(day: date) -> ColumnElement[bool]:
    """Cards whose person lives in their household on a day."""
    return exists().where(
        Member.person_id == Card.person_id,
        Member.household_id == Card.household_id,
        Household.id == Card.household_id,
        _lives(day),
    )


def card_of(session: Session, key: bytes, text: str, now: datetime) -> Held | None:
    """The card behind a typed code, held until the transaction ends; None once it has ended.

    It ends with the tenancy and when another is made. A locked one is found, and opens nothing.
    """
    code = typed_code(text)
    if len(code) != CODE_LENGTH:
        return None
    row = session.execute(
        select(
            Card.id,
            Card.person_id,
            Person.given_name,
            Person.alias,
            Person.protected,
            Card.pin_hash,
            Card.issued_by_id,
            Card.confirmed_at,
            Card.locked_at,
        )
        .join(Person, Card.person_id == Person.id)
        .where(
            Card.code_hash == code_hash(key, "card", code),
            Card.ended_at.is_(None),
            lives_there(clock.local(now).date()),
        )
        .with_for_update(of=Card)
    ).one_or_none()
    if row is None:
        return None
    state = CardState.NEW if row.pin_hash is None else CardState.READY
    return Held(
        row.id,
        row.person_id,
        name_in_role(row.given_name, row.alias, protected=row.protected),
        CardState.LOCKED if row.locked_at else state,
        row.pin_hash,
        row.issued_by_id,
        row.confirmed_at is not None,
    )


class CardLine(NamedTuple):
    """A card as its person and the office see it."""

    id: int
    person: int
    issued_at: datetime
    chosen_at: datetime | None
    used_at: datetime | None
    confirmed_at: datetime | None
    locked_at: datetime | None


_LINE = (
    Card.id,
    Card.person_id,
    Card.issued_at,
    Card.chosen_at,
    Card.used_at,
    Card.confirmed_at,
    Card.locked_at,
)


def living_card(session: Session, person: int, day: date) -> CardLine | None:
    """Somebody's card, or None when they have none that lives."""
    row = session.execute(
        select(*_LINE).where(Card.person_id == person, Card.ended_at.is_(None), lives_there(day))
    ).one_or_none()
    return CardLine(*row) if row else None


def cards_in(session: Session, household: int, day: date) -> dict[int, CardLine]:
    """The living cards of a household by person."""
    rows = session.execute(
        select(*_LINE).where(
            Card.household_id == household, Card.ended_at.is_(None), lives_there(day)
        )
    )
    return {row.person_id: CardLine(*row) for row in rows}


class Holder(NamedTuple):
    """Whom a card is made for, and who makes it.

    `name` stands on the sheet. `called` is cut out with the code: the first name, which tells whose
    card it is among those at home, and tells who finds it little.
    """

    person: int
    household: int
    name: str
    called: str
    address: str
    organisation: int
    organisation_name: str
    section_name: str
    office_name: str
    office_phone: str


def holder(session: Session, scope: Scope, household: int, person: int, day: date) -> Holder | None:
    """A confirmed adult of a household within scope, or None."""
    row = session.execute(
        with_places(
            select(
                Person.given_name,
                Person.family_name,
                Person.alias,
                Person.protected,
                Stairwell.street,
                Stairwell.house_number,
                Home.floor,
                Home.side,
                Organisation.id,
                Organisation.name.label("organisation"),
                Section.name.label("section"),
                Office.name.label("office"),
                Office.phone,
            )
            .select_from(Member)
            .join(Person, Member.person_id == Person.id)
            .join(Household, Member.household_id == Household.id)
        )
        .join(Section, Building.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .join(Office, Section.office_id == Office.id, isouter=True)
        .where(
            Section.id.in_(scope.sections),
            Household.id == household,
            Person.id == person,
            _lives(day),
        )
    ).first()
    if row is None:
        return None
    return Holder(
        person,
        household,
        full_name(row.given_name, row.family_name, row.alias, protected=row.protected),
        name_in_role(row.given_name, row.alias, protected=row.protected),
        short_address(row.street, row.house_number, row.floor, row.side),
        row.id,
        row.organisation,
        row.section,
        row.office or "",
        row.phone or "",
    )
