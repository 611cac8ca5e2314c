"""Reading the ledger of consents."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.consents.models import Consent, ConsentText
from estate.consents.rules import Given, Reference, any_stands
from estate.language import DEFAULT


class ConsentLine(NamedTuple):
    """One consent as its person sees it, with the words that were agreed to."""

    id: int
    purpose: str
    text: str
    language: str
    version: int
    reference_kind: str | None
    reference_id: int | None
    given_at: datetime
    ends_at: datetime | None
    withdrawn_at: datetime | None


def holds(
    session: Session, person: int, purpose: str, reference: Reference | None, now: datetime
) -> bool:
    """Whether this person's consent stands for exactly this purpose and thing."""
    kind, number = reference or (None, None)
    rows = session.execute(
        select(Consent.given_at, Consent.ends_at, Consent.withdrawn_at).where(
            Consent.person_id == person,
            Consent.purpose == purpose,
            Consent.reference_kind.is_not_distinct_from(kind),
            Consent.reference_id.is_not_distinct_from(number),
        )
    )
    return any_stands((Given(*row) for row in rows), now)


def current_text(session: Session, purpose: str, language: str, day: date) -> ConsentText | None:
    """The words in force on a day: the newest version, in this language or else in Danish."""
    rows = session.scalars(
        select(ConsentText)
        .where(
            ConsentText.purpose == purpose,
            ConsentText.valid_from <= day,
            ConsentText.language.in_([language, DEFAULT]),
        )
        .order_by(ConsentText.version.desc())
    ).all()
    newest = [text for text in rows if text.version == rows[0].version]
    spoken = [text for text in newest if text.language == language]
    return next(iter(spoken or newest), None)


def consents_of(session: Session, person: int) -> Sequence[ConsentLine]:
    """Everything somebody ever agreed to, newest first."""
    rows = session.execute(
        select(
            Consent.id,
            Consent.purpose,
            ConsentText.text,
            ConsentText.language,
            ConsentText.version,
            Consent.reference_kind,
            Consent.reference_id,
            Consent.given_at,
            Consent.ends_at,
            Consent.withdrawn_at,
        )
        .join(ConsentText, Consent.text_id == ConsentText.id)
        .where(Consent.person_id == person)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
    )
    return [ConsentLine._make(row) for row in rows]
