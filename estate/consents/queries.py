"""Reading the ledger of consents."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.consents.models import Consent, ConsentText
from estate.consents.rules import Given, Reference, any_stands
from estate.language import DEFAULT


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
