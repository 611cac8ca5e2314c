"""Adding photos to an owner and letting them go; the files follow their last owner.

A file is written before its row and inside the row's transaction, and erased by a transaction that
looked for rows: both take the same lock (SQLite's one writer, an advisory lock on PostgreSQL), so
that a file is never erased under a row that is just being written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.orm import Session

from estate import clock
from estate.database import insert_for, one_at_a_time
from estate.photos.models import LeftFile, Photo
from estate.photos.store import Picture, Store
from estate.retention.actions import erase_some


def add(session: Session, store: Store, owner_kind: str, owner_id: int, picture: Picture) -> int:
    """Give an owner one more photo; returns its number, the first that is free."""
    one_at_a_time(session, f"photo {picture.digest}")
    store.keep(picture)
    taken = set(
        session.scalars(
            select(Photo.n).where(Photo.owner_kind == owner_kind, Photo.owner_id == owner_id)
        )
    )
    n = next(number for number in range(1, len(taken) + 2) if number not in taken)
    session.add(
        Photo(
            owner_kind=owner_kind,
            owner_id=owner_id,
            n=n,
            digest=picture.digest,
            width=picture.width,
            height=picture.height,
            size=len(picture.data),
            added_at=clock.now(),
        )
    )
    session.flush()
    return n


def remove(session: Session, owner_kind: str, owner_id: int, n: int) -> int | None:
    """Take one photo from its owner; returns its id, or None when there was none."""
    gone = _let_go(session, owner_kind, Photo.owner_id == owner_id, Photo.n == n)
    return gone[0].id if gone else None


def remove_again(session: Session, owner_kind: str, ids: Iterable[int]) -> set[int]:
    """Take the photos of these ids, which a restore brought back; returns who had them."""
    return {row.owner_id for row in _let_go(session, owner_kind, Photo.id.in_(list(ids)))}


def remove_all(session: Session, owner_kind: str, owners: Iterable[int]) -> int:
    """Take all photos from these owners; returns how many there were."""
    return len(_let_go(session, owner_kind, Photo.owner_id.in_(list(owners))))


def _let_go(
    session: Session, owner_kind: str, *wanted: ColumnElement[bool]
) -> Sequence[Row[int, str, int]]:
    found = select(Photo.id, Photo.digest, Photo.owner_id).where(
        Photo.owner_kind == owner_kind, *wanted
    )
    rows = session.execute(found).all()
    if not rows:
        return rows
    session.execute(delete(Photo).where(Photo.id.in_([row.id for row in rows])))
    left = [
        {"digest": digest, "left_at": clock.now()} for digest in sorted({r.digest for r in rows})
    ]
    session.execute(insert_for(session, LeftFile).on_conflict_do_nothing(), left)
    return rows


def clear(session: Session, store: Store, limit: int = 100) -> int:
    """Erase files that were let go and have no owner left; the worker calls this often."""
    digests = session.scalars(select(LeftFile.digest).order_by(LeftFile.left_at).limit(limit)).all()
    gone = erase(session, store, digests)
    session.execute(delete(LeftFile).where(LeftFile.digest.in_(digests)))
    return gone


def erase(session: Session, store: Store, digests: Iterable[str]) -> int:
    """Erase those of these files that no row names (queries.orphans); returns how many."""
    return sum(_erase_if_last(session, store, digest) for digest in digests)


def _erase_if_last(session: Session, store: Store, digest: str) -> bool:
    one_at_a_time(session, f"photo {digest}")
    if session.scalar(select(Photo.id).where(Photo.digest == digest).limit(1)) is not None:
        return False
    store.drop(digest)
    return True


def forget_left(session: Session, before: datetime) -> int:
    """Erase some of what was let go before a moment and never looked at; returns how many.

    The night sweeps up the files.
    """
    return len(erase_some(session, LeftFile, LeftFile.left_at < before))
