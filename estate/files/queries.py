"""Reading files by their owner."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.files.models import File
from estate.files.store import Shelf

ORPHAN_AGE = timedelta(days=1)


class FileLine(NamedTuple):
    """One file as pages offer it; `size` is in bytes."""

    id: int
    name: str
    digest: str
    size: int


def file_of(session: Session, owner_kind: str, owner_id: int) -> FileLine | None:
    """An owner's first file. Whoever asks may see the owner; that was looked at before."""
    row = session.execute(
        select(File.id, File.name, File.digest, File.size)
        .where(File.owner_kind == owner_kind, File.owner_id == owner_id)
        .order_by(File.id)
        .limit(1)
    ).one_or_none()
    return FileLine(*row) if row else None


def files_of(session: Session, owner_kind: str, owners: Sequence[int]) -> Mapping[int, FileLine]:
    """The first file of each of these owners that has one."""
    rows = session.execute(
        select(File.owner_id, File.id, File.name, File.digest, File.size)
        .where(File.owner_kind == owner_kind, File.owner_id.in_(owners))
        .order_by(File.id.desc())
    )
    return {row[0]: FileLine(*row[1:]) for row in rows}


def file_digests(session: Session) -> Sequence[str]:
    """The PDFs that some owner has, each once."""
    return session.scalars(select(File.digest).distinct()).all()


def unowned(shelf: Shelf, owned: Sequence[str], now: datetime) -> Sequence[str]:
    """Files older than a day that no row names: a request failed after writing them."""
    named = set(owned)
    return [digest for digest in shelf.older_than(now - ORPHAN_AGE) if digest not in named]
