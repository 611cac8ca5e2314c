"""Keeping cards: what is fitted where, and where to shut off. What a card said before stays."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from engagement.fittings.models import CardChange, Fitting, ShutOff
from engagement.fittings.queries import Place, at, fitting, home_place, part_place
from engagement.fittings.rules import (
    FITTING,
    MOST_PHOTOS,
    PHOTO,
    Doing,
    Shutting,
    Writing,
    earlier,
)
from estate import clock
from estate.audit.actions import record
from estate.database import one_at_a_time
from estate.language import N_, say
from estate.permissions import Scope
from estate.photos import actions as photos
from estate.photos.queries import photos_of
from estate.photos.store import Picture, Store
from estate.places.models import Home, Part
from estate.refusals import Missing, Problems
from estate.retention.actions import STEP, erase_some
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure


def add(session: Session, scope: Scope, place: Place, writing: Writing, language: str) -> int:
    """Write down a fitted thing on a card of this scope; returns its number."""
    _refuse_elsewhere(session, scope, place)
    row = Fitting(
        section_id=place.section,
        home_id=place.home,
        part_id=place.part,
        language=language,
        added_at=clock.now(),
        **writing._asdict(),
    )
    session.add(row)
    session.flush()
    _note(session, scope, place, Doing.ADDED, {}, language, row.id)
    return row.id


def _refuse_elsewhere(session: Session, scope: Scope, place: Place) -> None:
    if place.home is not None:
        there = home_place(session, scope, place.home)
    else:
        there = part_place(session, scope, place.code)
    if there != place:
        raise Missing


def change(
    session: Session, scope: Scope, number: int, writing: Writing, version: int, language: str
) -> None:
    """Write down something else about a fitted thing; what it said before stays in the history.

    Raises Problems when somebody else changed it since `version` was read.
    """
    row, place = _held(session, scope, number)
    if row.version != version:
        said = N_("Somebody changed this meanwhile. It says now: “{said}”. Look at it, and save.")
        raise Problems({"make": say(said, said=" ".join([row.make, row.model]).strip() or "–")})
    before = {name: getattr(row, name) for name in Writing._fields}
    was = earlier(before, writing._asdict())
    if not was:
        return
    _note(session, scope, place, Doing.CHANGED, was, row.language, row.id)
    for name, value in writing._asdict().items():
        setattr(row, name, value)
    row.language = language
    row.version += 1


def _held(session: Session, scope: Scope, number: int) -> tuple[Fitting, Place]:
    """A fitted thing as it stands now, kept so until the commit. Raises Missing."""
    row = session.scalar(select(Fitting).where(Fitting.id == number).with_for_update())
    found = fitting(session, scope, number)
    if row is None or found is None:
        raise Missing
    session.refresh(row)
    return row, found[1]


def remove(session: Session, scope: Scope, number: int, log: ErasureLog) -> None:
    """Say that a thing is no longer there: its photos go, what it was stays in the history."""
    row, place = _held(session, scope, number)
    taken = [photo.n for photo in photos_of(session, FITTING, number)]
    _take_photos(session, number, taken, log)
    row.removed_at = clock.now()
    was = {name: getattr(row, name) for name in Writing._fields if getattr(row, name)}
    _note(session, scope, place, Doing.REMOVED, was, row.language, row.id)


def change_photos(
    session: Session,
    scope: Scope,
    store: Store,
    number: int,
    removed: Iterable[int],
    pictures: Sequence[Picture],
    log: ErasureLog,
) -> None:
    """Take photos off a fitted thing, then put these up; three at most, else Problems."""
    _held(session, scope, number)
    _take_photos(session, number, removed, log)
    if len(photos_of(session, FITTING, number)) + len(pictures) > MOST_PHOTOS:
        raise Problems({"photos": say(N_("At most {count} photos."), count=MOST_PHOTOS)})
    for picture in pictures:
        photos.add(session, store, FITTING, number, picture)


def _take_photos(session: Session, number: int, taken: Iterable[int], log: ErasureLog) -> None:
    """Take photos off for good: a restore takes them off again."""
    ids = [photos.remove(session, FITTING, number, n) for n in taken]
    gone = [one for one in ids if one is not None]
    if gone:
        log.append(Erasure(PHOTO, gone, clock.now()))


def erase_photos(session: Session, ids: Sequence[int]) -> None:
    """Take these photos off again, which a restore brought back."""
    photos.remove_again(session, FITTING, ids)


def keep_shutting(
    session: Session, scope: Scope, place: Place, shutting: Shutting, language: str
) -> None:
    """Write down where to shut off at a place of this scope; what it said before stays."""
    _refuse_elsewhere(session, scope, place)
    one_at_a_time(session, f"card {place.key}")
    row = session.scalar(select(ShutOff).where(at(place, ShutOff)))
    if row is None:
        row = ShutOff(
            section_id=place.section,
            home_id=place.home,
            part_id=place.part,
            stopcock="",
            fuse="",
            language=language,
        )
        session.add(row)
    was = earlier({"stopcock": row.stopcock, "fuse": row.fuse}, shutting._asdict())
    if was:
        _note(session, scope, place, Doing.SHUTTING, was, row.language)
    row.stopcock, row.fuse, row.language = *shutting, language


def _note(
    session: Session,
    scope: Scope,
    place: Place,
    doing: Doing,
    before: Mapping[str, Any],
    language: str,
    number: int | None = None,
) -> None:
    """Keep what a card said before, and record the deed."""
    session.add(
        CardChange(
            section_id=place.section,
            home_id=place.home,
            part_id=place.part,
            fitting_id=number,
            doing=doing,
            before=dict(before),
            language=language,
            at=clock.now(),
            by_id=scope.person,
        )
    )
    record(
        session,
        f"card_{doing}",
        (FITTING, number),
        actor=scope.person,
        organisation=place.organisation,
        section=place.section,
    )


def forget(session: Session, before: datetime) -> int:
    """Erase the cards of homes and parts that went out of use before a moment, some hundreds."""
    day = clock.local(before).date()
    homes = select(Home.id).where(Home.closed_on < day)
    parts = select(Part.id).where(Part.closed_on < day)

    def over(table: type[Fitting] | type[ShutOff] | type[CardChange]) -> ColumnElement[bool]:
        return or_(table.home_id.in_(homes), table.part_id.in_(parts))

    ids = list(session.scalars(select(Fitting.id).where(over(Fitting)).limit(STEP)))
    photos.remove_all(session, FITTING, ids)
    changes = erase_some(session, CardChange, over(CardChange))
    session.execute(delete(Fitting).where(Fitting.id.in_(ids)))
    return len(ids) + len(changes) + len(erase_some(session, ShutOff, over(ShutOff)))
