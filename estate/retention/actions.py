"""Erasing what is past its time, a few rows at a time; and once more after a restore."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Base, insert_for
from estate.retention.log import ErasureLog
from estate.retention.models import NightCount
from estate.retention.queries import kept_since
from estate.retention.rules import Erasure, Retention

STEP = 500
"""Rows erased in one transaction at most, so that no request waits long for its turn."""

MOST_AHEAD = 2000
"""Of one kind, as many are counted beforehand; whoever reads so much needs no more."""


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


def look_ahead(session: Session, kinds: Iterable[Kept], now: datetime) -> Mapping[str, int]:
    """How much of each kind a night at `now` will erase; nothing is left out, nothing is changed.

    All of it is done, counted and taken back, in the order of the night: so what a tenancy keeps
    is due with the tenancy, and there is no second rule that could say otherwise.
    """
    try:
        return {kept.retention.kind: _count_due(session, kept, now) for kept in kinds}
    finally:
        session.rollback()
        session.info.clear()  # what became stale did not


def _count_due(session: Session, kept: Kept, now: datetime) -> int:
    before, total, some = kept_since(kept.retention, now), 0, 1
    while some and total < MOST_AHEAD:
        gone = kept.forget(session, before)
        some = gone if isinstance(gone, int) else len(gone)
        total += some
    return total


def note_due(session: Session, night: date, counts: Mapping[str, int]) -> None:
    """Write down what a night will erase; what was written before of it is done with."""
    session.execute(delete(NightCount).where(NightCount.night == night))
    rows = [{"night": night, "kind": kind, "due": due} for kind, due in counts.items() if due]
    session.add_all(NightCount(**row) for row in rows)


def note_erased(session: Session, night: date, kind: str, count: int) -> None:
    """Write down what a night erased; one that was broken off and goes on adds to it."""
    insert = insert_for(session, NightCount)
    session.execute(
        insert.values(night=night, kind=kind, due=0, erased=count).on_conflict_do_update(
            index_elements=["night", "kind"],
            set_={"erased": NightCount.erased + insert.excluded.erased},
        )
    )


def forget(session: Session, before: datetime) -> int:
    """Erase some of the numbers of nights before a moment; returns how many."""
    key = NightCount.night, NightCount.kind
    old = select(*key).where(NightCount.night < clock.local(before).date()).limit(STEP)
    rows = [tuple(row) for row in session.execute(old)]
    session.execute(delete(NightCount).where(tuple_(*key).in_(rows)))
    return len(rows)


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
