"""Opening one's own letters."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from estate.database import insert_for, stale
from estate.permissions import Scope
from estate.proof.actions import hold, note_proof
from estate.proof.models import LetterCopy, LetterOpening
from estate.receiving.queries import OwnCopies, tenants_own


def open_letter(session: Session, scope: Scope, own: OwnCopies, now: datetime) -> None:
    """A member opened their household's copy, or copies where they live in two homes.

    It is read from then on. It proves delivery where they are a tenant, in a session that they
    began themselves: the notice is the tenants', and a lodger's eyes are not theirs.
    """
    theirs = tenants_own(session, scope.person, own.copies) if scope.reader.trusted else ()
    new = _note_openings(session, scope, own.copies, theirs, now)
    if not new:
        return
    stale(session, f"person:{scope.person}", "today")
    proving = [copy for copy in new if copy in theirs]
    if proving:
        hold(session, proving)
        session.execute(
            update(LetterCopy)
            .where(LetterCopy.id.in_(proving), LetterCopy.opened_at.is_(None))
            .values(opened_at=now)
        )
        note_proof(session, proving)


def _note_openings(
    session: Session,
    scope: Scope,
    copies: Sequence[int],
    trusted: Collection[int],
    now: datetime,
) -> Sequence[int]:
    """Write a person's first openings down, and their first trusted ones; returns those copies."""
    rows = insert_for(session, LetterOpening).returning(LetterOpening.copy_id)
    first = rows.on_conflict_do_update(
        index_elements=["copy_id", "person_id"],
        set_={"trusted": rows.excluded.trusted, "opened_at": rows.excluded.opened_at},
        where=LetterOpening.trusted.is_(False) & rows.excluded.trusted.is_(True),
    )
    seen = {"person_id": scope.person, "opened_at": now}
    opened = [{"copy_id": copy, "trusted": copy in trusted, **seen} for copy in copies]
    return session.scalars(first, opened).all()
