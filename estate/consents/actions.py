"""Giving, withdrawing and ending consents. A yes is never changed back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, or_, update
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.consents.models import Consent, ConsentText
from estate.consents.queries import current_text, holds
from estate.consents.rules import WITHDRAWN, Reference
from estate.language import DEFAULT, N_
from estate.refusals import Refused
from estate.retention.actions import erase_some
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure


def publish_text(
    session: Session, purpose: str, version: int, language: str, text: str, valid_from: date
) -> None:
    """Put the words of a purpose in force from a day on, in one language."""
    session.add(
        ConsentText(
            purpose=purpose, version=version, language=language, text=text, valid_from=valid_from
        )
    )


def give(
    session: Session,
    person: int,
    purpose: str,
    *,
    reference: Reference | None = None,
    ends_at: datetime | None = None,
    language: str = DEFAULT,
) -> None:
    """Say yes to the words now in force; saying it again while it stands changes nothing."""
    now = clock.now()
    if holds(session, person, purpose, reference, now):
        return
    text = current_text(session, purpose, language, clock.local(now).date())
    if text is None:
        raise Refused(N_("There is no text to agree to yet."))
    kind, number = reference or (None, None)
    session.add(
        Consent(
            person_id=person,
            text_id=text.id,
            purpose=purpose,
            reference_kind=kind,
            reference_id=number,
            given_at=now,
            ends_at=ends_at,
        )
    )
    session.flush()
    record(session, "consented", (kind or "consent", number), actor=person, purpose=purpose)


def withdraw(
    session: Session,
    person: int,
    purpose: str,
    log: ErasureLog,
    reference: Reference | None = None,
) -> None:
    """Take a yes back, from now on and after a restore; without one there is nothing to do."""
    now = clock.now()
    if not holds(session, person, purpose, reference, now):
        return
    open_ones = _open(purpose, reference, now).where(Consent.person_id == person)
    taken = session.scalars(open_ones.values(withdrawn_at=now).returning(Consent.id)).all()
    log.append(Erasure(WITHDRAWN, [(number, now.isoformat()) for number in taken], now))
    kind, number = reference or (None, None)
    record(session, "withdrew_consent", (kind or "consent", number), actor=person, purpose=purpose)


def withdraw_again(session: Session, withdrawn: Sequence[Sequence[Any]]) -> None:
    """Take these back in a restored database: `[number, moment]` each."""
    for number, moment in withdrawn:
        when = datetime.fromisoformat(moment)
        still = Consent.withdrawn_at.is_(None), Consent.given_at <= when
        session.execute(
            update(Consent).where(Consent.id == number, *still).values(withdrawn_at=when)
        )


def end(session: Session, purpose: str, reference: Reference) -> None:
    """End everybody's consent about a thing, because the thing itself is over."""
    now = clock.now()
    session.execute(_open(purpose, reference, now).values(ends_at=now))


def end_of(session: Session, persons: Select[int]) -> None:
    """End every consent of these persons."""
    now = clock.now()
    theirs = update(Consent).where(Consent.person_id.in_(persons), *_still(now))
    session.execute(theirs.values(ends_at=now))


def _open(purpose: str, reference: Reference | None, now: datetime) -> Update:
    kind, number = reference or (None, None)
    return update(Consent).where(
        Consent.purpose == purpose,
        Consent.reference_kind.is_not_distinct_from(kind),
        Consent.reference_id.is_not_distinct_from(number),
        *_still(now),
    )


def _still(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a consent is not over."""
    return Consent.withdrawn_at.is_(None), or_(Consent.ends_at.is_(None), Consent.ends_at > now)


def forget(session: Session, before: datetime) -> int:
    """Erase some of the consents that ended or were withdrawn before a moment; how many."""
    over = or_(Consent.ends_at < before, Consent.withdrawn_at < before)
    return len(erase_some(session, Consent, over))
