"""Erasing what is past its time, a few rows at a time; and once more after a restore."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from estate.database import Base
from estate.retention.log import ErasureLog
from estate.retention.queries import kept_since
from estate.retention.rules import Erasure, Retention

STEP = 500
"""Rows erased in one transaction at most, so that no request waits long for its turn."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A period with what ends it, as the subject offers it.

    `forget(session, before)` erases some hundreds and returns their ids, none when nothing is
    left; `erase(session, ids)` erases these in a restored database. What has run out by itself
    has no `erase`: it returns a number, for in a restored database it has run out as well.
    `tables` are wiped afterwards.
    """

    retention: Retention
    forget: Callable[[Session, datetime], Sequence[Any] | int]
    erase: Callable[[Session, Sequence[Any]], None] | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """What people erase themselves: `erase(session, ids)` does so again in a restored database."""

    kind: str
    erase: Callable[[Session, Sequence[Any]], None]
    tables: tuple[str, ...]


def erase_some(
    session: Session, table: type[Base], *due: ColumnElement[bool], most: int = STEP
) -> list[Any]:
    """Erase some rows of a table with one key, of which all of `due` holds; returns their keys."""
    (key,) = table.__table__.primary_key
    some = select(key).where(*due).limit(most)
    return list(session.scalars(delete(table).where(key.in_(some)).returning(key)))


def forget_some(session: Session, kept: Kept, log: ErasureLog, now: datetime) -> int:
    """One step of the night; returns how many rows it erased.

    The log has the line before the commit: should the commit fail, a restore erases again what
    was due anyway.
    """
    ids = kept.forget(session, kept_since(kept.retention, now))
    if isinstance(ids, int):
        return ids
    if ids:
        log.append(Erasure(kept.retention.kind, ids, now))
    return len(ids)


def replay(
    session: Session, kinds: Mapping[str, Kept | ByHand], erasures: Iterable[Erasure]
) -> int:
    """Erase in a restored database what was erased since its backup; returns how many ids."""
    count = 0
    for erasure in erasures:
        kept = kinds.get(erasure.kind)
        if kept is None or kept.erase is None:
            continue
        for start in range(0, len(erasure.ids), STEP):
            kept.erase(session, erasure.ids[start : start + STEP])
        count += len(erasure.ids)
    return count
