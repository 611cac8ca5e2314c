"""Connecting an identity at a provider with a person, and letting it go."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from estate import clock
from estate.audit.actions import record
from estate.identities.models import OidcIdentity
from estate.identities.queries import person_of_identity
from estate.identities.rules import IDENTITY
from estate.language import N_
from estate.permissions import Scope
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure


def link(session: Session, scope: Scope, issuer: str, subject: str, now: datetime) -> None:
    """Let the reader sign in by this subject of this provider. Refused if it is somebody else's."""
    owner = person_of_identity(session, issuer, subject)
    if owner is not None and owner != scope.person:
        raise Refused(N_("This identity is connected to another person."))
    if owner is None:
        session.add(
            OidcIdentity(issuer=issuer, subject=subject, person_id=scope.person, linked_at=now)
        )
        record(session, "linked_identity", ("person", scope.person), actor=scope.person)


def unlink(session: Session, scope: Scope, issuer: str, log: ErasureLog) -> None:
    """No longer let the reader sign in by this provider, nor after a restore."""
    ids = [[issuer, scope.person]]
    log.append(Erasure(IDENTITY, ids, clock.now()))
    erase(session, ids)


def erase(session: Session, ids: Sequence[Sequence[Any]]) -> None:
    """Erase what these persons have with these providers: `[issuer, person]` each."""
    for issuer, person in ids:
        session.execute(
            delete(OidcIdentity).where(
                OidcIdentity.person_id == person, OidcIdentity.issuer == issuer
            )
        )
