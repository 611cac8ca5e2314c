"""Taking a number for one's own, changing it, letting it go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.audit.actions import record
from estate.codes.actions import end_codes
from estate.codes.rules import Purpose
from estate.database import stale
from estate.language import DEFAULT, N_, say
from estate.people.models import Person
from estate.people.rules import number_hash
from estate.permissions import Scope
from estate.phones.rules import PHONE, let_go
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.texts.actions import queue_text
from estate.texts.rules import e164


def note_number(session: Session, person: int, number: str, now: datetime) -> None:
    """A code sent to a number came back: it is this person's, if they had none of their own."""
    session.execute(
        update(Person)
        .where(Person.id == person, or_(Person.phone.is_(None), Person.phone == number))
        .values(phone=number, phone_confirmed_at=now)
    )


def change_number(
    session: Session, key: bytes, scope: Scope, number: str, now: datetime, log: ErasureLog
) -> None:
    """Sign in and be texted at this number (E.164) from now on; the earlier one is told.

    Refused when it is somebody else's. What the administration has stays as it is.
    """
    taken = select(Person.id).where(Person.phone == number, Person.id != scope.person)
    if session.scalar(taken.limit(1)) is not None:
        raise Refused(N_("Somebody else signs in with this number already."))
    before = _put(session, key, scope, number, now, log)
    record(session, "changed_phone", ("person", scope.person), actor=scope.person)
    access.tell_of_sign_in(
        session,
        scope.person,
        N_("A new phone number signs in as you"),
        N_("Codes by SMS go to a new number now. Was it not you? Tell the office."),
    )
    if before.phone and before.phone != number:
        queue_text(
            session,
            to=before.phone,
            language=before.language or DEFAULT,
            text=say(
                N_(
                    "From now on another number signs in to Opgang in place of this one. "
                    "Was it not you? Tell the office."
                )
            ),
            person=scope.person,
        )


def remove_number(
    session: Session, key: bytes, scope: Scope, now: datetime, log: ErasureLog
) -> None:
    """No longer sign in with the number, nor be texted at it; nor after a restore.

    The administration may go on having it: it is not used.
    """
    if not _put(session, key, scope, None, now, log).phone:
        return
    record(session, "removed_phone", ("person", scope.person), actor=scope.person)
    access.tell_of_sign_in(
        session,
        scope.person,
        N_("Your phone number was removed"),
        N_("No code goes to it any more. Was it not you? Tell the office."),
    )


def _put(
    session: Session,
    key: bytes,
    scope: Scope,
    number: str | None,
    now: datetime,
    log: ErasureLog,
) -> Any:
    before = session.execute(
        select(
            Person.phone, Person.contact_phone, Person.removed_number_hash, Person.language
        ).where(Person.id == scope.person)
    ).one()
    contact = e164(before.contact_phone or "")
    own, known, chose = (
        number_hash(key, scope.person, one) if one else None
        for one in (before.phone, contact, number)
    )
    removed = let_go(before.removed_number_hash, own, known, chose)
    if before.phone and before.phone != number:
        log.append(Erasure(PHONE, [(scope.person, removed)], clock.now()))
    session.execute(
        update(Person)
        .where(Person.id == scope.person)
        .values(
            phone=number,
            phone_confirmed_at=now if number else None,
            contact_number=None if removed == known else contact,
            removed_number_hash=removed,
        )
    )
    end_codes(session, scope.person, Purpose.SIGN_IN, now)
    stale(session, f"person:{scope.person}", "devices")
    return before


def erase(session: Session, ids: Sequence[Any]) -> None:
    """Let go of numbers again: of (person, hash of the number), or of persons in an older log.

    Where the administration has the same one, or it was taken for one's own only after the backup,
    none is used until the administration says another.
    """
    removed: dict[int, str | None] = dict(
        (one, None) if isinstance(one, int) else one for one in ids
    )
    other = and_(Person.phone.is_not(None), Person.contact_number != Person.phone)
    hashed = [(Person.id == person, known) for person, known in removed.items() if known]
    unchanged = Person.removed_number_hash
    session.execute(
        update(Person)
        .where(Person.id.in_(removed))
        .values(
            phone=None,
            phone_confirmed_at=None,
            contact_number=case((other, Person.contact_number)),
            removed_number_hash=case(*hashed, else_=unchanged) if hashed else unchanged,
        )
    )
