"""Writing down whom to turn to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.contacts.models import Contact
from estate.contacts.queries import ContactLine, Place, contact, places, taken
from estate.contacts.rules import CONTACT, Contacting, Who
from estate.database import one_at_a_time, stale
from estate.language import N_, say
from estate.permissions import Scope
from estate.places.models import Section
from estate.refusals import Missing, Problems
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure


def add(session: Session, scope: Scope, place: Place, who: Who, text: Contacting) -> int:
    """Write down somebody for a place; returns their number. Problems where there is one."""
    if place not in places(session, scope):
        raise Missing
    one_at_a_time(session, f"contact {place.key}")
    if taken(session, place, who):
        raise Problems({"who": say(N_("There is one already. Change that one instead."))})
    row = Contact(
        organisation_id=place.organisation,
        section_id=place.section,
        who=who,
        changed_at=clock.now(),
        **text._asdict(),
    )
    session.add(row)
    session.flush()
    _note(session, scope, "contact_added", row.id, place, who)
    return row.id


def change(session: Session, scope: Scope, number: int, text: Contacting, log: ErasureLog) -> None:
    """Write down something else about somebody; a restore does not show the earlier again."""
    line, place = _own(session, scope, number)
    now = clock.now()
    log.append(Erasure(CONTACT, [(number, now.isoformat())], now))
    session.execute(
        update(Contact).where(Contact.id == number).values(changed_at=now, **text._asdict())
    )
    _note(session, scope, "contact_changed", number, place, line.who)


def remove(session: Session, scope: Scope, number: int, log: ErasureLog) -> None:
    """Take somebody off the list; what their organisation has stands in their place."""
    line, place = _own(session, scope, number)
    now = clock.now()
    log.append(Erasure(CONTACT, [(number, now.isoformat())], now))
    session.execute(delete(Contact).where(Contact.id == number))
    _note(session, scope, "contact_removed", number, place, line.who)


def erase(session: Session, contacts: Sequence[Sequence[Any]]) -> None:
    """Take these off the list in a restored database, as they were before: `[number, moment]` each.

    Of one that was changed, too: what it says now nobody knows any more, and the earlier number
    may be private.
    """
    for number, moment in contacts:
        older = Contact.changed_at < datetime.fromisoformat(moment)
        session.execute(delete(Contact).where(Contact.id == number, older))


def _own(session: Session, scope: Scope, number: int) -> tuple[ContactLine, Place]:
    """A contact and its place, when this scope may write there."""
    line = contact(session, scope, number)
    own = {place.key: place for place in places(session, scope)}
    if line is None or line.key not in own:
        raise Missing
    return line, own[line.key]


def _note(session: Session, scope: Scope, verb: str, number: int, place: Place, who: Who) -> None:
    """Record the deed, and let open pages of its sections fetch their contacts anew."""
    record(
        session,
        verb,
        (CONTACT, number),
        actor=scope.person,
        organisation=place.organisation,
        section=place.section,
        who=who.value,
    )
    sections = select(Section.id).where(Section.organisation_id == place.organisation)
    if place.section is not None:
        sections = sections.where(Section.id == place.section)
    for section in session.scalars(sections):
        stale(session, f"section:{section}", "contacts")
