"""Receiving a form once, however often it is sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import insert_for
from estate.language import N_
from estate.refusals import Refused
from estate.retention.actions import STEP
from estate.submissions.models import Submission


def receive_once(session: Session, author: int, submission: str, digest: str) -> str | None:
    """Claim a submission id for its author; returns the address it became if it came before.

    Raises Refused when the same id comes with other content. On PostgreSQL a second sender waits
    here until the first has committed.
    """
    claimed = session.execute(
        insert_for(session, Submission)
        .values(
            author_id=author,
            id=submission,
            digest=digest,
            address="",
            received_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(Submission.id)
    ).scalar_one_or_none()
    if claimed is not None:
        return None
    earlier = session.execute(
        select(Submission.digest, Submission.address).where(
            Submission.author_id == author, Submission.id == submission
        )
    ).one()
    if earlier.digest != digest:
        raise Refused(N_("This was already sent with other content."))
    return str(earlier.address)


def conclude(session: Session, author: int, submission: str, address: str) -> None:
    """Write down what a claimed submission became."""
    session.execute(
        update(Submission)
        .where(Submission.author_id == author, Submission.id == submission)
        .values(address=address)
    )


def forget(session: Session, before: datetime) -> list[list[Any]]:
    """Erase at most 500 receipts older than `before`; returns their [author, id] pairs."""
    rows = session.execute(
        select(Submission.author_id, Submission.id)
        .where(Submission.received_at < before)
        .limit(STEP)
    )
    ids: list[list[Any]] = [[row.author_id, row.id] for row in rows]
    erase(session, ids)
    return ids


def erase(session: Session, ids: Sequence[Sequence[Any]]) -> None:
    """Erase these receipts, each an (author, id) pair."""
    pairs = [(author, number) for author, number in ids]
    session.execute(
        delete(Submission).where(tuple_(Submission.author_id, Submission.id).in_(pairs))
    )
