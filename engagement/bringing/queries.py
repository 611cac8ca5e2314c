"""Reading what to bring to a fault."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engagement.bringing.rules import Fitted, Thing, kinds_wanted, parse_things, to_ask
from engagement.cases.models import Case
from engagement.cases.queries import Desk, to_handle
from engagement.fittings.queries import (
    FittingLine,
    Place,
    ShutLine,
    fittings_at,
    home_place,
    part_place,
    shutting_at,
)
from estate.permissions import Scope
from estate.places.models import Part

BRING = Path(__file__).parent / "bring.csv"


@functools.lru_cache(maxsize=8)
def things(day: date) -> Mapping[str, Sequence[Thing]]:
    """What to bring on a day, by category."""
    with BRING.open(encoding="utf-8", newline="") as file:
        return parse_things(file, day)


class Bring(NamedTuple):
    """What to bring to one case, with what the card knows of the things it is about.

    `ask` are the kinds whose make and model nobody knows; `place` keeps the card.
    """

    things: Sequence[Thing]
    card: Sequence[FittingLine]
    ask: Sequence[str]
    shutting: ShutLine
    place: Place | None


NOTHING = Bring((), (), (), ShutLine(), None)


def bring_for(session: Session, desk: Desk, keep: Scope, number: int, day: date) -> Bring:
    """What to bring to a case the staff handle; the card only where `keep` reaches. Or Missing."""
    line = to_handle(session, desk, number).line
    wanted = things(day).get(line.category, ())
    place = place_of(session, desk, keep, number)
    if not wanted:
        return NOTHING._replace(place=place)
    if place is None:
        return NOTHING._replace(things=wanted)
    kinds = kinds_wanted(wanted)
    card = [one for one in fittings_at(session, place) if one.kind in kinds]
    ask = to_ask(wanted, (Fitted(one.kind, one.make, one.model) for one in card))
    return Bring(wanted, card, ask, shutting_at(session, place), place)


def place_of(session: Session, desk: Desk, keep: Scope, number: int) -> Place | None:
    """The home or part a case is about, if it keeps a card that `keep` reaches. Raises Missing."""
    home = to_handle(session, desk, number).line.home
    if home is not None:
        return home_place(session, keep, home)
    code = session.scalar(
        select(Part.code).join(Case, Case.part_id == Part.id).where(Case.id == number)
    )
    return part_place(session, keep, code) if code else None
