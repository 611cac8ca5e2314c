"""Reading photos by their owner."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.photos.models import Photo


class PhotoLine(NamedTuple):
    """One photo as pages show it."""

    n: int
    digest: str
    width: int
    height: int


def photos_of(session: Session, owner_kind: str, owner_id: int) -> Sequence[PhotoLine]:
    """An owner's photos, in order. Whoever asks may see the owner; that was looked at before."""
    rows = session.execute(
        select(Photo.n, Photo.digest, Photo.width, Photo.height)
        .where(Photo.owner_kind == owner_kind, Photo.owner_id == owner_id)
        .order_by(Photo.n)
    )
    return [PhotoLine(*row) for row in rows]


def photo(session: Session, owner_kind: str, owner_id: int, n: int) -> PhotoLine | None:
    """One photo of an owner, or None."""
    row = session.execute(
        select(Photo.n, Photo.digest, Photo.width, Photo.height).where(
            Photo.owner_kind == owner_kind, Photo.owner_id == owner_id, Photo.n == n
        )
    ).one_or_none()
    return PhotoLine(*row) if row else None


def all_digests(session: Session) -> Sequence[str]:
    """The files that some owner has, each once."""
    return session.scalars(select(Photo.digest).distinct()).all()
