"""Letting somebody stand in for a caretaker, ending that early, and writing local notes."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.database import one_at_a_time
from estate.language import DEFAULT, N_, say
from estate.mails.actions import queue_mail
from estate.notifications.actions import notify
from estate.people.models import Person, RoleHolding, RoleOrigin
from estate.people.queries import lasting
from estate.permissions import Role, Scope, ScopeKind
from estate.places.models import Section
from estate.refusals import Missing, Problems
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.substitutes.models import SectionNote
from estate.substitutes.queries import (
    NotePlace,
    SubstituteLine,
    administration_of,
    persons_to_stand_in,
    signs_in_otherwise,
    substitutes,
)
from estate.substitutes.rules import STANDING_IN, SUBSTITUTE, Naming, ended_by


def let_stand_in(session: Session, scope: Scope, naming: Naming, address: str) -> Sequence[int]:
    """Give somebody a caretaker's role in sections of this scope; returns the roles' numbers.

    The naming has no problems. Whoever is new here gets a mail with `address`, where they sign in.
    """
    sections = sorted(naming.sections)
    if not set(sections) <= scope.sections:
        raise Missing
    one_at_a_time(session, f"substitute {naming.email}")
    person, new = _person(session, scope, naming, administration_of(session, sections))
    _refuse_twice(session, person, naming)
    numbers = [_give(session, scope, person, section, naming) for section in sections]
    notify(
        session,
        kind=STANDING_IN.name,
        persons=[person],
        title=N_("You stand in for a caretaker"),
        body=N_("From {start} to {end} you find the work and the local notes under Desk."),
        values={"start": naming.starts_on, "end": naming.ends_on},
        address="/desk",
        merge_key=f"standing-in-{numbers[0]}",
    )
    if new:
        _write_to(session, naming, address)
    return numbers


def _person(
    session: Session, scope: Scope, naming: Naming, administrations: Sequence[int]
) -> tuple[int, bool]:
    """Who is meant by the address, and whether they are new here."""
    if len(administrations) != 1:
        raise Missing
    known = persons_to_stand_in(session, administrations[0], naming.email)
    if len(known) > 1:
        several = N_("Several people share this address. Ask for one of their own.")
        raise Problems({"email": say(several)})
    if known and known[0].id == scope.person:
        raise Problems({"email": say(N_("That is your own address. Ask a colleague to do this."))})
    if known:
        return known[0].id, False
    if signs_in_otherwise(session, administrations[0], naming.email):
        other = N_("Whoever has this address signs in with another one now. Ask them which.")
        raise Problems({"email": say(other)})
    given, _, family = naming.name.rpartition(" ")
    person = Person(
        key=secrets.token_urlsafe(12),
        administration_id=administrations[0],
        given_name=given or family,
        family_name=family if given else "",
        contact_email=naming.email,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    return person.id, True


def _refuse_twice(session: Session, person: int, naming: Naming) -> None:
    """Raise Problems where they work in one of the sections as a caretaker already, then."""
    twice = session.scalars(
        select(Section.name)
        .join(RoleHolding, RoleHolding.scope_id == Section.id)
        .where(
            RoleHolding.scope_kind == ScopeKind.SECTION,
            RoleHolding.person_id == person,
            RoleHolding.role == Role.CARETAKER,
            Section.id.in_(naming.sections),
            RoleHolding.starts_on <= (naming.ends_on or date.max),
            lasting(RoleHolding, naming.starts_on or clock.today()),
        )
    ).first()
    if twice is not None:
        said = N_("They are a caretaker in {section} on some of these days already.")
        raise Problems({"sections": say(said, section=twice)})


def _give(session: Session, scope: Scope, person: int, section: int, naming: Naming) -> int:
    row = RoleHolding(
        person_id=person,
        role=Role.CARETAKER,
        scope_kind=ScopeKind.SECTION,
        scope_id=section,
        starts_on=naming.starts_on or clock.today(),
        ends_on=naming.ends_on,
        origin=RoleOrigin.OFFICE,
    )
    session.add(row)
    session.flush()
    organisation = session.get_one(Section, section).organisation_id
    _note(session, "gave_role", row.id, scope, organisation, section)
    return row.id


def _note(
    session: Session, verb: str, number: int, scope: Scope, organisation: int, section: int
) -> None:
    thing = (SUBSTITUTE, number)
    record(session, verb, thing, actor=scope.person, organisation=organisation, section=section)


def _write_to(session: Session, naming: Naming, address: str) -> None:
    days = {"start": naming.starts_on, "end": naming.ends_on}
    lines = (
        say(N_("You stand in for a caretaker from {start} to {end}."), **days),
        say(N_("What there is to do, and what to know of each place, stands in Opgang.")),
        say(N_("Sign in at {address} with this e-mail address."), address=address),
    )
    subject = say(N_("You stand in for a caretaker"))
    queue_mail(session, to=naming.email, language=DEFAULT, subject=subject, lines=lines)


def end_early(session: Session, scope: Scope, number: int, log: ErasureLog) -> None:
    """End a role that was given here, from today; a restore ends it again.

    The administration's own are ended in its file. Raises Missing.
    """
    found = _own(session, scope, number)
    last = ended_by(found.starts_on, clock.today())
    ended = [(number, last.isoformat() if last else "")]
    log.append(Erasure(SUBSTITUTE, ended, clock.now()))
    end(session, ended)
    _note(session, "ended_role", number, scope, found.organisation, found.section)
    notify(
        session,
        kind=STANDING_IN.name,
        persons=[found.person],
        title=N_("You no longer stand in for a caretaker"),
        body=N_("The office has ended it in {section}."),
        values={"section": found.section_name},
        address="/me",
        merge_key=f"standing-in-{number}",
    )


def _own(session: Session, scope: Scope, number: int) -> SubstituteLine:
    for line in substitutes(session, scope, clock.today()):
        if line.id == number:
            return line
    raise Missing


def end(session: Session, roles: Sequence[Sequence[Any]]) -> None:
    """End these: `[number, last day]` each; one that took none of its days is taken away."""
    for number, last in roles:
        own = RoleHolding.id == number, RoleHolding.origin == RoleOrigin.OFFICE
        if last:
            day = date.fromisoformat(last)
            session.execute(update(RoleHolding).where(*own).values(ends_on=day))
        else:
            session.execute(delete(RoleHolding).where(*own))


def write_note(session: Session, scope: Scope, place: NotePlace, text: str, language: str) -> None:
    """Write down what is to be known of a section or stairwell; an empty text takes it away."""
    if place.section not in scope.sections:
        raise Missing
    one_at_a_time(session, f"note {place.key}")
    row = session.scalar(
        select(SectionNote).where(
            SectionNote.section_id == place.section,
            SectionNote.stairwell_id.is_not_distinct_from(place.stairwell),
        )
    )
    if row is None:
        row = SectionNote(section_id=place.section, stairwell_id=place.stairwell)
        session.add(row)
    row.text, row.language = text, language
    session.flush()
    organisation = session.get_one(Section, place.section).organisation_id
    _note(session, "wrote_local_note", row.id, scope, organisation, place.section)
