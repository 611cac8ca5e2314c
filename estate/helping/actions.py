"""Naming a helper, and ending it."""

import secrets
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access.models import SignInSession
from estate.audit.actions import record
from estate.database import one_at_a_time, stale
from estate.helping.queries import helpers_at_home
from estate.helping.rules import HELPER, HELPING, Naming
from estate.language import N_, Named, say
from estate.notifications.actions import notify, queue_mail
from estate.people.models import Helper, Member, Person, RoleHolding
from estate.people.queries import called_for_keeping, lasting, persons_by_email
from estate.permissions import Scope
from estate.refusals import Missing, Problems, Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.values.queries import default_number


def name_helper(session: Session, scope: Scope, naming: Naming, language: str, address: str) -> int:
    """Let somebody read on the reader's behalf; returns the helper's number.

    They get a mail with `address`, where they sign in with theirs. Whether it is known here shows
    nowhere: the page has the name the resident wrote.
    """
    one_at_a_time(session, f"helpers person:{scope.person}")
    mine = [h for h in helpers_at_home(session, scope, clock.today()) if h.resident == scope.person]
    if len(mine) >= default_number("helpers_at_once", clock.today()):
        raise Refused(N_("You have as many helpers as one can have. End one first."))
    known = persons_by_email(session, naming.email)
    person = known[0].id if len(known) == 1 else _somebody_new(session, naming)
    if person == scope.person:
        raise Problems({"email": say(N_("That is your own address."))})
    twice = exists().where(
        Helper.resident_id == scope.person,
        Helper.helper_id == person,
        lasting(Helper, clock.today()),
    )
    if session.scalar(select(twice)):
        raise Refused(N_("They are your helper already. End that first to change the days."))
    helper = Helper(
        resident_id=scope.person,
        helper_id=person,
        name=naming.name,
        starts_on=naming.starts_on or clock.today(),
        ends_on=naming.ends_on,
    )
    session.add(helper)
    session.flush()
    record(session, "named_helper", ("helper", helper.id), actor=scope.person)
    _announce(session, scope, naming, language, address)
    _stale_home(session, scope)
    return helper.id


def _somebody_new(session: Session, naming: Naming) -> int:
    given, _, family = naming.name.rpartition(" ")
    person = Person(
        key=secrets.token_urlsafe(12),
        given_name=given or family,
        family_name=family if given else "",
        contact_email=naming.email,
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    return person.id


def _announce(session: Session, scope: Scope, naming: Naming, language: str, address: str) -> None:
    # By first name: an alias is any words, and this goes to whatever address was typed.
    resident = Named(scope.person, called_for_keeping(session, scope.person).in_role)
    lines = (
        say(
            N_("{name} has named you a helper in Opgang, the noticeboard of the house."),
            name=resident,
        ),
        say(
            N_("From {day} you can read it for them. You cannot post or vote."),
            day=naming.starts_on or clock.today(),
        ),
        say(N_("You are told of service messages for their stairwell, and can switch that off.")),
        say(N_("Sign in at {address} with this e-mail address."), address=address),
        say(N_("You do not know {name}? Then there is nothing you need to do."), name=resident),
    )
    subject = say(N_("{name} asks for your help in Opgang"), name=resident)
    queue_mail(session, to=naming.email, language=language, subject=subject, lines=lines)


def take_over(session: Session, person: int, email: str) -> None:
    """Whoever was named a helper by an address, and moves in with it later, is one person.

    Called once `person` has shown that the address is theirs. An account of that address that does
    nothing but help gives its tasks over, and ends.
    """
    by_address = or_(
        Person.email == email, and_(Person.email.is_(None), Person.contact_email == email)
    )
    only_helps = and_(
        Person.administration_id.is_(None),
        ~exists().where(Member.person_id == Person.id),
        ~exists().where(RoleHolding.person_id == Person.id),
    )
    asked = select(Person.id).where(by_address, only_helps, Person.id != person)
    for other in session.scalars(asked).all():
        doubled = and_(
            Helper.helper_id == other,
            or_(
                Helper.resident_id == person,
                Helper.resident_id.in_(
                    select(Helper.resident_id).where(Helper.helper_id == person)
                ),
            ),
        )
        session.execute(delete(Helper).where(doubled))
        session.execute(update(Helper).where(Helper.helper_id == other).values(helper_id=person))
        session.execute(delete(SignInSession).where(SignInSession.person_id == other))
        session.execute(
            update(Person)
            .where(Person.id == other)
            .values(email=None, email_confirmed_at=None, contact_email=None)
        )
        record(session, "took_over_helping", ("person", other), actor=person)


def end_help(session: Session, scope: Scope, number: int, log: ErasureLog) -> None:
    """The resident, or the helper, ends it at once, and a restore ends it again."""
    mine = (Helper.resident_id == scope.person) | (Helper.helper_id == scope.person)
    found = session.execute(
        select(Helper.resident_id, Helper.helper_id, Helper.starts_on).where(
            Helper.id == number, mine, lasting(Helper, clock.today())
        )
    ).one_or_none()
    if found is None:
        raise Missing
    ended = [(number, (clock.today() - timedelta(days=1)).isoformat())]
    log.append(Erasure(HELPER, ended, clock.now()))
    end(session, ended)
    record(session, "ended_help", ("helper", number), actor=scope.person)
    other = found.helper_id if found.resident_id == scope.person else found.resident_id
    name = Named(scope.person, called_for_keeping(session, scope.person).name)
    notify(
        session,
        kind=HELPING.name,
        persons=[other],
        title=N_("Your help has ended"),
        body=N_("{name} has ended the help between you."),
        values={"name": name},
        address="/me/helping",
        merge_key=f"helper-{number}",
    )
    stale(session, f"person:{found.resident_id}", "household")
    stale(session, f"person:{found.helper_id}", "helping")


def end(session: Session, helpers: Sequence[Sequence[Any]]) -> None:
    """End these: `[number, last day]` each. One that had not begun by then is taken away."""
    for number, day in helpers:
        last = date.fromisoformat(day)
        session.execute(delete(Helper).where(Helper.id == number, Helper.starts_on > last))
        session.execute(update(Helper).where(Helper.id == number).values(ends_on=last))


def _stale_home(session: Session, scope: Scope) -> None:
    for household in scope.households:
        stale(session, f"household:{household}", "household")
