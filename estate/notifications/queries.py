"""Reading somebody's switches and quiet hours."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.notifications.models import Preference
from estate.notifications.rules import ByText, Channel, Digest, NotificationKind, wanted
from estate.people.models import Person


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


def switches(session: Session, person: int, kinds: Sequence[NotificationKind]) -> list[Switch]:
    """Every kind that can be switched, with where it stands for this person."""
    push = moved_switches(session, [person], Channel.PUSH)
    email = moved_switches(session, [person], Channel.EMAIL)
    sms = moved_switches(session, [person], Channel.SMS)
    return [
        Switch(
            kind,
            wanted(kind, Channel.PUSH, push.get((person, kind.name))),
            wanted(kind, Channel.EMAIL, email.get((person, kind.name))),
            wanted(kind, Channel.SMS, sms.get((person, kind.name)))
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
