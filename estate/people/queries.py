"""Reading persons: how they are called, by which address, and what is told of them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, union
from sqlalchemy.orm import Session

from estate.people.models import Helper, Household, Member, Person, RoleHolding
from estate.people.rules import LetterChannel, folded, name_in_role, plain_email, shown_name
from estate.permissions import Scope, ScopeKind
from estate.places.models import Building, Home, Section, Stairwell

Ts = TypeVarTuple("Ts")
Dated = type[Member] | type[Household] | type[Helper] | type[RoleHolding]


def lasting(kind: Dated, day: date) -> ColumnElement[bool]:
    """The condition that something is not over on a day, though it may begin later."""
    return or_(kind.ends_on.is_(None), kind.ends_on >= day)


def in_force(kind: Dated, day: date) -> ColumnElement[bool]:
    """The condition that something holds on a day (`rules.holds_on`)."""
    return and_(kind.starts_on <= day, lasting(kind, day))


def with_places(households: Select[*Ts]) -> Select[*Ts]:
    """A query of households, joined with the home, stairwell and building of each."""
    return (
        households.join(Home, Household.home_id == Home.id)
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
    )


def person_by_id(session: Session, person: int) -> Person | None:
    """The person's row, or None."""
    return session.get(Person, person)


class Called(NamedTuple):
    """How somebody is shown to neighbours; `in_role` in a task, which nobody has by an alias."""

    name: str
    in_role: str
    protected: bool
    aliased: bool


def called(session: Session, person: int) -> Called:
    """How somebody is shown, for a page that only reads."""
    return _called(session, _naming(person))


def called_for_keeping(session: Session, person: int) -> Called:
    """How somebody is shown, for a copy of the name to be kept.

    Their row is held until the transaction ends: an import that protects the name waits for it,
    and then finds the copy.
    """
    return _called(session, _naming(person).with_for_update(read=True))


def _naming(person: int) -> Select[str, str | None, bool]:
    return select(Person.given_name, Person.alias, Person.protected).where(Person.id == person)


def _called(session: Session, naming: Select[str, str | None, bool]) -> Called:
    row = session.execute(naming).one()
    name = shown_name(row.given_name, row.alias, protected=row.protected)
    in_role = name_in_role(row.given_name, row.alias, protected=row.protected)
    return Called(name, in_role, row.protected, bool(row.alias) or row.protected)


def anyone_protected(session: Session, persons: Iterable[int | None]) -> bool:
    """Whether the register protects the name of one of these persons."""
    wanted = [person for person in persons if person is not None]
    return bool(session.scalar(select(exists().where(Person.id.in_(wanted), Person.protected))))


def names_around(session: Session, scope: Scope, day: date) -> frozenset[str]:
    """How others in these sections are called, `folded`: residents, and whoever has a role.

    Of a protected person only the alias: a name that is refused would tell that they live here.
    """
    living = with_places(
        select(Member.person_id).join(Household, Member.household_id == Household.id)
    ).where(Building.section_id.in_(scope.sections), lasting(Member, day), lasting(Household, day))
    acting = [
        select(RoleHolding.person_id).where(
            RoleHolding.scope_kind == kind,
            RoleHolding.scope_id.in_(select(column).where(Section.id.in_(scope.sections))),
            lasting(RoleHolding, day),
        )
        for kind, column in (
            (ScopeKind.SECTION, Section.id),
            (ScopeKind.OFFICE, Section.office_id),
            (ScopeKind.ORGANISATION, Section.organisation_id),
        )
    ]
    rows = session.execute(
        select(Person.given_name, Person.family_name, Person.alias, Person.protected).where(
            Person.id != scope.person, Person.id.in_(union(living, *acting))
        )
    )
    return frozenset(
        folded(name)
        for given, family, alias, protected in rows
        for name in (alias or "", *([] if protected else _real_names(given, family)))
        if name
    )


def _real_names(given: str, family: str) -> tuple[str, ...]:
    return given, given.split(" ")[0], f"{given} {family}"


def persons_by_email(session: Session, email: str) -> Sequence[Person]:
    """Everybody who could be meant by an address: the confirmed one first, else the import's."""
    address = plain_email(email)
    confirmed = session.scalars(select(Person).where(Person.email == address)).all()
    if confirmed:
        return confirmed
    return session.scalars(
        select(Person).where(
            Person.email.is_(None),
            Person.contact_email == address,
            Person.contact_email_let_go.is_(False),
        )
    ).all()


def persons_by_number(session: Session, number: str) -> Sequence[Person]:
    """Everybody who could be meant by a number (E.164): whose own it is, and the import's."""
    imported = and_(Person.phone.is_(None), Person.contact_number == number)
    return session.scalars(select(Person).where(or_(Person.phone == number, imported))).all()


def mailed_address() -> ColumnElement[str | None]:
    """Where somebody gets mail: at their own address, else at the administration's, if used."""
    used = case((Person.contact_email_let_go.is_(False), Person.contact_email))
    return func.coalesce(Person.email, used)


def texted_number() -> ColumnElement[str | None]:
    """Where somebody gets an SMS (E.164): at their own number, else the administration's."""
    return func.coalesce(Person.phone, Person.contact_number)


def texted_at_home(day: date) -> ColumnElement[bool]:
    """Whether a household that somebody lives in gets its letters by SMS on a day."""
    living = (
        select(Member.person_id)
        .join(Household, Member.household_id == Household.id)
        .where(
            Household.channel == LetterChannel.SMS,
            Member.adult,
            Member.confirmed_at.is_not(None),
            in_force(Member, day),
            in_force(Household, day),
        )
    )
    # Asked within queries of members, too, where these are others.
    return Person.id.in_(living.correlate(None))


def member_as_told(session: Session, member: int) -> dict[str, Any]:
    """A membership in the administration's own numbers, as its system is told of it."""
    row = session.execute(
        with_places(
            select(
                Section.number.label("section"),
                Home.number.label("home"),
                Household.number.label("tenancy"),
                Person.number.label("person"),
                Person.key,
                Person.given_name,
                Person.family_name,
                Person.contact_email.label("email"),
                Member.starts_on,
                Member.ends_on,
            )
            .join_from(Member, Household, Member.household_id == Household.id)
            .join(Person, Member.person_id == Person.id)
        )
        .join(Section, Building.section_id == Section.id)
        .where(Member.id == member)
    ).one()
    days = {"starts_on": row.starts_on, "ends_on": row.ends_on}
    told = {name: day.isoformat() if day else None for name, day in days.items()}
    return {**row._asdict(), **told}


def person_as_told(session: Session, person: int) -> tuple[int | None, dict[str, Any]]:
    """The administration that knows a person, and what its system is told of them."""
    row = session.execute(
        select(
            Person.administration_id, Person.number, Person.key, Person.email, Person.language
        ).where(Person.id == person)
    ).one()
    told = {"person": row.number, "key": row.key, "email": row.email, "language": row.language}
    return row.administration_id, told
