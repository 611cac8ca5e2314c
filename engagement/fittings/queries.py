"""Reading cards: of one home or part, of one's own home, and things by make and model."""

import functools
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from engagement.fittings.models import CardChange, Fitting, ShutOff
from engagement.fittings.rules import Doing, Kind, Shutting, parse_kinds
from estate.people.models import Household, Person
from estate.people.rules import name_in_role, short_address
from estate.permissions import Scope
from estate.places.models import Building, Home, Part, Section, Stairwell
from estate.search.rules import letter_cases, natural, register_words

KINDS = Path(__file__).parent / "kinds.csv"
A_PAGE = 40
CHANGES = 50


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of things that are fitted, by code."""
    with KINDS.open(encoding="utf-8", newline="") as file:
        return parse_kinds(file)


def kind_name(code: str, language: str) -> str:
    """A kind's name; a code that has left the list stands for itself."""
    known = kinds().get(code)
    return known.name(language) if known else code


class Place(NamedTuple):
    """A home, or a common part, that keeps a card: one of the two is set.

    `name` is the home's address or the part's name; `code` is the part's label.
    """

    home: int | None
    part: int | None
    code: str
    name: str
    section: int
    section_name: str
    organisation: int

    @property
    def key(self) -> str:
        """As turns and forms name it: `home:3` or `part:12`."""
        return f"part:{self.part}" if self.home is None else f"home:{self.home}"


def _homes(scope: Scope) -> Select[*tuple[Any, ...]]:
    """The homes of a scope that are in use: by section for staff, by household for residents."""
    living = select(Household.home_id).where(Household.id.in_(scope.households))
    serving = Section.id.in_(_served(scope))
    return (
        select(
            Home.id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Section.id,
            Section.name,
            Section.organisation_id,
        )
        .join(Stairwell, Home.stairwell_id == Stairwell.id)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(or_(serving, Home.id.in_(living)), Home.closed_on.is_(None))
    )


def _served(scope: Scope) -> frozenset[int]:
    """The sections a scope serves as a whole: a neighbour's home is not one's own."""
    return frozenset() if scope.households else scope.sections


def _home_place(row: Any) -> Place:
    return Place(row[0], None, "", short_address(*row[1:5]), *row[5:])


def home_place(session: Session, scope: Scope, home: int) -> Place | None:
    """A home of this scope that is in use."""
    row = session.execute(_homes(scope).where(Home.id == home)).one_or_none()
    return _home_place(row) if row else None


def own_places(session: Session, scope: Scope) -> Sequence[Place]:
    """The homes a resident lives in: mostly one."""
    if not scope.households:
        return ()
    return [_home_place(row) for row in session.execute(_homes(scope).order_by(Home.id))]


def homes_found(session: Session, scope: Scope, text: str) -> Sequence[Place]:
    """The homes of a scope whose address has every word; some dozens at most, none unasked."""
    asked = register_words(text)
    if not asked:
        return ()
    rows = session.execute(
        _homes(scope)
        .where(*map(_in_address, asked))
        .order_by(Stairwell.street, Stairwell.house_number, Home.floor, Home.side, Home.id)
        .limit(A_PAGE)
    )
    return sorted(map(_home_place, rows), key=lambda place: natural(place.name))


def _in_address(word: str) -> ColumnElement[bool]:
    cases = letter_cases(word)
    exact = (Stairwell.house_number, Home.floor, Home.side, Home.number)
    found: list[ColumnElement[bool]] = [column.in_(cases) for column in exact]
    if not word.isdigit():  # a bare figure is a number in full: 1 is not to find 11
        found += [Stairwell.street.icontains(case, autoescape=True) for case in cases]
    return or_(*found)


def part_place(session: Session, scope: Scope, code: str) -> Place | None:
    """A common part of this scope that is in use, by its label."""
    row = session.execute(
        select(Part.id, Part.code, Part.name, Section.id, Section.name, Section.organisation_id)
        .join(Section, Part.section_id == Section.id)
        .where(Part.code == code, Section.id.in_(_served(scope)), Part.closed_on.is_(None))
    ).one_or_none()
    return Place(None, *row) if row else None


class FittingLine(NamedTuple):
    """One fitted thing as its card shows it."""

    id: int
    home: int | None
    part: int | None
    kind: str
    make: str
    model: str
    year: int | None
    room: str
    note: str
    language: str
    version: int

    @property
    def called(self) -> str:
        """Its make and model, as far as they are known."""
        return " ".join(part for part in (self.make, self.model) if part)


_LINE = (
    *(Fitting.id, Fitting.home_id, Fitting.part_id, Fitting.kind, Fitting.make, Fitting.model),
    *(Fitting.year, Fitting.room, Fitting.note, Fitting.language, Fitting.version),
)


def at(
    place: Place, table: type[Fitting] | type[ShutOff] | type[CardChange]
) -> ColumnElement[bool]:
    """The condition that a row stands on the card of a place."""
    return table.part_id == place.part if place.home is None else table.home_id == place.home


def fittings_at(session: Session, place: Place) -> list[FittingLine]:
    """What is fitted at a place, in the order of the kinds, then by room."""
    rows = session.execute(
        select(*_LINE).where(at(place, Fitting), Fitting.removed_at.is_(None)).order_by(Fitting.id)
    )
    order = {code: number for number, code in enumerate(kinds())}
    lines = [FittingLine(*row) for row in rows]
    return sorted(lines, key=lambda line: (order.get(line.kind, len(order)), line.room))


class ShutLine(NamedTuple):
    """Where to shut off, and in which language that is written."""

    stopcock: str = ""
    fuse: str = ""
    language: str = "da"

    @property
    def said(self) -> Shutting:
        """What is written, whatever the language."""
        return Shutting(self.stopcock, self.fuse)


def shutting_at(session: Session, place: Place) -> ShutLine:
    """Where to shut off at a place; empty where nobody has written it down."""
    row = session.execute(
        select(ShutOff.stopcock, ShutOff.fuse, ShutOff.language).where(at(place, ShutOff))
    ).one_or_none()
    return ShutLine(*row) if row else ShutLine()


def fitting(session: Session, scope: Scope, number: int) -> tuple[FittingLine, Place] | None:
    """One fitted thing, and the place of this scope whose it is."""
    row = session.execute(
        select(*_LINE, Part.code)
        .outerjoin(Part, Fitting.part_id == Part.id)
        .where(Fitting.id == number, Fitting.removed_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    *written, code = row
    line = FittingLine(*written)
    if line.home is not None:
        place = home_place(session, scope, line.home)
    else:
        place = part_place(session, scope, code)
    return (line, place) if place else None


class Found(NamedTuple):
    """A fitted thing that a search found, and where it is; `code` is a part's label."""

    id: int
    kind: str
    make: str
    model: str
    year: int | None
    place: str
    section_name: str
    home: int | None
    code: str


def found(
    session: Session, scope: Scope, text: str, before: int | None = None, most: int = A_PAGE
) -> Sequence[Found]:
    """Fitted things of a scope with every word in make, model, kind or place, the newest first.

    From below the number `before` on.
    """
    query = (
        select(
            Fitting.id,
            Fitting.kind,
            Fitting.make,
            Fitting.model,
            Fitting.year,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
            Part.name,
            Section.name,
            Fitting.home_id,
            Part.code,
        )
        .join_from(Fitting, Section, Fitting.section_id == Section.id)
        .outerjoin(Home, Fitting.home_id == Home.id)
        .outerjoin(Stairwell, Home.stairwell_id == Stairwell.id)
        .outerjoin(Part, Fitting.part_id == Part.id)
        .where(
            Fitting.section_id.in_(_served(scope)),
            Fitting.removed_at.is_(None),
            func.coalesce(Home.closed_on, Part.closed_on).is_(None),
            *map(_matches, register_words(text)),
        )
    )
    if before is not None:
        query = query.where(Fitting.id < before)
    rows = session.execute(query.order_by(Fitting.id.desc()).limit(most))
    return [
        Found(*row[:5], short_address(*row[5:9]) if row[11] else row[9], row[10], row[11], row[12])
        for row in rows
    ]


def _matches(word: str) -> ColumnElement[bool]:
    """A word is in make, model, room or kind, or in where the thing is."""
    cases = letter_cases(word)
    codes = [kind.code for kind in kinds().values() if kind.said_by(word)]
    exact = (Stairwell.house_number, Home.floor, Home.side)
    found: list[ColumnElement[bool]] = [column.in_(cases) for column in exact]
    found.append(Fitting.kind.in_(codes))
    for column in (Fitting.make, Fitting.model, Fitting.room, Part.name, Stairwell.street):
        found += [column.icontains(case, autoescape=True) for case in cases]
    return or_(*found)


class ChangeLine(NamedTuple):
    """Something done to a card; `by` is empty where nobody knows any more who it was."""

    at: datetime
    by: str
    doing: Doing
    kind: str
    called: str
    before: Mapping[str, Any]
    language: str


def changes_at(session: Session, place: Place) -> Sequence[ChangeLine]:
    """What was done to the card of a place, the latest first."""
    rows = session.execute(
        select(
            CardChange.at,
            Person.given_name,
            Person.alias,
            Person.protected,
            CardChange.doing,
            Fitting.kind,
            Fitting.make,
            Fitting.model,
            CardChange.before,
            CardChange.language,
        )
        .outerjoin(Person, CardChange.by_id == Person.id)
        .outerjoin(Fitting, CardChange.fitting_id == Fitting.id)
        .where(at(place, CardChange))
        .order_by(CardChange.id.desc())
        .limit(CHANGES)
    )
    return [
        ChangeLine(
            row.at,
            name_in_role(row.given_name, row.alias, protected=row.protected)
            if row.given_name
            else "",
            row.doing,
            row.kind or "",
            " ".join(part for part in (row.make, row.model) if part),
            row.before,
            row.language,
        )
        for row in rows
    ]
