"""Reading somebody's switches and quiet hours."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import NamedTuple

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func, select
from sqlalchemy.orm import Session

from estate import clock
from estate.notifications.models import Preference
from estate.notifications.rules import ByText, Channel, Digest, NotificationKind, wanted
from estate.people.models import Person
from estate.people.queries import texted_at_home, texted_number


class Switch(NamedTuple):
    """One kind as the settings page shows it: where its switches stand; no SMS, no switch."""

    kind: NotificationKind
    push: bool
    email: bool
    sms: bool | None


class Quiet(NamedTuple):
    """When nothing may disturb, and how often the mail comes."""

    start: time | None
    end: time | None
    digest: Digest
    email: str | None


def moved_switches(
    session: Session, persons: Iterable[int], channel: Channel
) -> Mapping[tuple[int, str], bool]:
    """The switches these persons moved, by (person, kind)."""
    rows = session.execute(
        select(Preference.person_id, Preference.kind, Preference.wanted).where(
            Preference.person_id.in_(list(persons)), Preference.channel == channel
        )
    )
    return {(row.person_id, row.kind): row.wanted for row in rows}


def told_number(day: date) -> ColumnElement[str | None]:
    """Where somebody is told by SMS (E.164): at their own number, which they confirmed.

    Whose household gets its letters by SMS is told where these go, too.
    """
    return case((texted_at_home(day), texted_number()), else_=Person.phone)


def wished_by_text(kind: str | SQLColumnExpression[str], day: date) -> ColumnElement[bool]:
    """Where a person's SMS switch of a kind stands: as they moved it.

    By itself it is on where their household gets its letters by SMS.
    """
    moved = (
        select(Preference.wanted)
        .where(
            Preference.person_id == Person.id,
            Preference.kind == kind,
            Preference.channel == Channel.SMS,
        )
        .correlate_except(Preference)
        .scalar_subquery()
    )
    return func.coalesce(moved, texted_at_home(day))


class ByPhone(NamedTuple):
    """Where somebody is told by SMS, if anywhere, and how the switches for it stand untouched."""

    number: str | None
    wished: bool


def by_phone(session: Session, person: int) -> ByPhone:
    """Where an SMS reaches somebody today, and whether what cannot wait goes there by itself."""
    today = clock.today()
    asked = select(told_number(today), texted_at_home(today)).where(Person.id == person)
    return ByPhone(*session.execute(asked).one())


def switches(session: Session, person: int, kinds: Sequence[NotificationKind]) -> list[Switch]:
    """Every kind that can be switched, with where it stands for this person."""
    push = moved_switches(session, [person], Channel.PUSH)
    email = moved_switches(session, [person], Channel.EMAIL)
    sms = moved_switches(session, [person], Channel.SMS)
    by_text = by_phone(session, person).wished
    return [
        Switch(
            kind,
            wanted(kind, Channel.PUSH, push.get((person, kind.name))),
            wanted(kind, Channel.EMAIL, email.get((person, kind.name))),
            wanted(kind, Channel.SMS, sms.get((person, kind.name), by_text))
            if kind.sms is not ByText.NEVER
            else None,
        )
        for kind in kinds
        if not kind.fixed
    ]


def quiet_of(session: Session, person: int) -> Quiet:
    """A person's quiet hours and digest."""
    row = session.execute(
        select(Person.quiet_from, Person.quiet_until, Person.digest, Person.email).where(
            Person.id == person
        )
    ).one()
    return Quiet(row.quiet_from, row.quiet_until, Digest(row.digest), row.email)
