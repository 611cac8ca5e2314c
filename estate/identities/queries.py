"""Whose an identity is."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from estate.identities.models import OidcIdentity


def person_of_identity(session: Session, issuer: str, subject: str) -> int | None:
    """Who linked this subject of this provider, or None. Never found by name."""
    return session.scalar(
        select(OidcIdentity.person_id).where(
            OidcIdentity.issuer == issuer, OidcIdentity.subject == subject
        )
    )


def linked_since(session: Session, person: int, issuer: str) -> datetime | None:
    """Since when somebody's identity at this provider is linked, or None."""
    return session.scalar(
        select(func.max(OidcIdentity.linked_at)).where(
            OidcIdentity.person_id == person, OidcIdentity.issuer == issuer
        )
    )
