"""Giving files to an owner and letting them go; the files follow their last owner.

A file is written before its row and inside the row's transaction, and erased by a transaction that
looked for rows: both take the same lock (SQLite's one writer, an advisory lock on PostgreSQL), so
that a file is never erased under a row that is just being written.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import insert_for, one_at_a_time
from estate.files.models import File, LeftFile
from estate.files.store import PdfStore, Shelf, digest_of
from estate.retention.actions import erase_some


class Keeping(NamedTuple):
    """A shelf, and whether a file on it still has an owner."""

    shelf: Shelf
    owned: Callable[[Session, str], bool]


def keeping(store: PdfStore) -> Keeping:
    """The PDFs, with who owns them."""
    return Keeping(store, _owned)


def _owned(session: Session, digest: str) -> bool:
    found = select(File.id).where(File.digest == digest).limit(1)
    return session.scalar(found) is not None


def hold_file(session: Session, digest: str) -> None:
    """Keep a file from being erased until this transaction ends; to be asked before writing it."""
    one_at_a_time(session, f"file {digest}")


def add(session: Session, store: PdfStore, owner: tuple[str, int], name: str, data: bytes) -> int:
    """Give an owner (`("paper_version", 7)`) one more PDF; returns its id."""
    kind, number = owner
    hold_file(session, digest_of(data))
    digest = store.keep(data)
    row = File(
        owner_kind=kind,
        owner_id=number,
        name=name,
        digest=digest,
        size=len(data),
        added_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id


def hand_over(session: Session, file: int, owner: tuple[str, int]) -> None:
    """Let a file be another owner's from now on."""
    kind, number = owner
    session.execute(update(File).where(File.id == file).values(owner_kind=kind, owner_id=number))


def remove_all(session: Session, owner_kind: str, owners: Iterable[int]) -> int:
    """Take all files from these owners; returns how many there were."""
    wanted = (File.owner_kind == owner_kind, File.owner_id.in_(list(owners)))
    digests = session.scalars(delete(File).where(*wanted).returning(File.digest)).all()
    let_go(session, digests)
    return len(digests)


def let_go(session: Session, digests: Iterable[str]) -> None:
    """Have the worker look whether these files have an owner left."""
    left = [{"digest": digest, "left_at": clock.now()} for digest in sorted(set(digests))]
    if left:
        session.execute(insert_for(session, LeftFile).on_conflict_do_nothing(), left)


def clear(session: Session, keepings: Sequence[Keeping], limit: int = 100) -> int:
    """Erase files that were let go and have no owner left; the worker calls this often."""
    digests = session.scalars(select(LeftFile.digest).order_by(LeftFile.left_at).limit(limit)).all()
    gone = sum(erase(session, keeping, digests) for keeping in keepings)
    session.execute(delete(LeftFile).where(LeftFile.digest.in_(digests)))
    return gone


def erase(session: Session, keeping: Keeping, digests: Iterable[str]) -> int:
    """Erase those of these files that are on this shelf and no row names; returns how many."""
    return sum(_erase_if_last(session, keeping, digest) for digest in digests)


def _erase_if_last(session: Session, keeping: Keeping, digest: str) -> bool:
    hold_file(session, digest)
    if not keeping.shelf.path(digest).exists() or keeping.owned(session, digest):
        return False
    keeping.shelf.drop(digest)
    return True


def forget_left(session: Session, before: datetime) -> int:
    """Erase some of what was let go before a moment and never looked at; returns how many.

    The night sweeps up the files.
    """
    return len(erase_some(session, LeftFile, LeftFile.left_at < before))
