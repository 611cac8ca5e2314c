"""Adding photos to an owner and letting them go (estate.files.actions tells how files go)."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Row, delete, select
from sqlalchemy.orm import Session

from estate import clock
from estate.files.actions import Keeping, hold_file, let_go
from estate.photos.models import Photo
from estate.photos.store import Picture, Store


def add(session: Session, store: Store, owner_kind: str, owner_id: int, picture: Picture) -> int:
    """Give an owner one more photo; returns its number, the first that is free."""
    hold_file(session, picture.digest)
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
    let_go(session, (row.digest for row in rows))
    return rows


def keeping(store: Store) -> Keeping:
    """The pictures, with who owns them."""
    return Keeping(store, _owned)


def _owned(session: Session, digest: str) -> bool:
    found = select(Photo.id).where(Photo.digest == digest).limit(1)
    return session.scalar(found) is not None
