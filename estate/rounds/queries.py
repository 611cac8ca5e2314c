"""What is to be printed, and the doors of a round."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from estate.channels.queries import adults_of
from estate.letters.models import Letter, LetterText
from estate.letters.queries import kind_of
from estate.letters.rules import help_languages
from estate.people.models import Household
from estate.people.rules import short_address
from estate.permissions import Scope
from estate.places.models import Building, Home, Section, Stairwell
from estate.proof.models import DoorVisit, LetterCopy
from estate.proof.queries import names_of, placed_copies, waits_on_paper
from estate.proof.rules import Outcome, Receiver
from estate.rounds.models import PrintFile
from estate.rounds.rules import LATELY, door_order
from estate.search.rules import natural

DOORS = 200
"""Letters on one page of a round: more than one walks with, and a page a phone keeps offline."""

UNDOABLE = 60
"""So many letters that were ticked off lately stay on the round, to be undone."""


class PrintPlace(NamedTuple):
    """A stairwell of a letter: letters not printed yet, printed ones not delivered yet."""

    stairwell: int
    address: str
    to_print: int
    to_hand_over: int


def print_places(session: Session, letter: int, day: date) -> Sequence[PrintPlace]:
    """The stairwells in which a letter is to be on paper, by street and number."""
    waiting = case((LetterCopy.printed_at.is_(None), 1), else_=0)
    rows = session.execute(
        placed_copies(
            Stairwell.id,
            Stairwell.street,
            Stairwell.house_number,
            func.sum(waiting),
            func.count(LetterCopy.printed_at),
        )
        .where(LetterCopy.letter_id == letter, waits_on_paper(day))
        .group_by(Stairwell.id, Stairwell.street, Stairwell.house_number)
    ).all()
    found = [PrintPlace(r[0], f"{r[1]} {r[2]}", r[3], r[4]) for r in rows]
    return sorted(found, key=lambda place: natural(place.address))


class PrintLine(NamedTuple):
    """A print file of one stairwell."""

    id: int
    address: str
    letters: int
    pages: int
    tagged: bool
    made_at: datetime


def print_files(session: Session, letter: int) -> Sequence[PrintLine]:
    """The print files of a letter, the newest batch first, in it by street and number."""
    rows = session.execute(_made(PrintFile.letter_id == letter)).all()
    ordered = sorted(rows, key=lambda row: (-row.batch, natural(f"{row[1]} {row[2]}")))
    return [_print_line(row) for row in ordered]


_LINE: Sequence[Any] = (
    PrintFile.id,
    Stairwell.street,
    Stairwell.house_number,
    PrintFile.letters,
    PrintFile.pages,
    PrintFile.tagged,
    PrintFile.made_at,
    PrintFile.batch,
    PrintFile.letter_id,
    PrintFile.stairwell_id,
)


def _made(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_LINE)
        .select_from(PrintFile)
        .join(Stairwell, PrintFile.stairwell_id == Stairwell.id)
        .where(*conditions)
        .order_by(PrintFile.batch.desc())
    )


def _print_line(row: Any) -> PrintLine:
    return PrintLine(row[0], f"{row[1]} {row[2]}", *row[3:7])


def print_file_of(session: Session, letter: int, number: int) -> PrintLine | None:
    """One print file of a letter."""
    return next((one for one in print_files(session, letter) if one.id == number), None)


class QueueLine(NamedTuple):
    """A letter in one stairwell: how many of it are to be printed, and the files made of it."""

    letter: int
    title: str
    deliver_by: date | None
    to_print: int
    files: Sequence[PrintLine]


class QueuePlace(NamedTuple):
    """A stairwell with the letters that are printed for it."""

    stairwell: int
    address: str
    lines: list[QueueLine]


def print_queue(session: Session, scope: Scope, day: date) -> Sequence[QueuePlace]:
    """What is to be printed of all letters of a scope, by street and number.

    With the files made already, as long as some of the letters in them wait to be handed over.
    """
    rows = session.execute(
        placed_copies(
            Stairwell.id,
            Letter.id,
            Letter.title,
            Letter.deliver_by,
            func.sum(case((LetterCopy.printed_at.is_(None), 1), else_=0)),
            func.count(LetterCopy.printed_at),
            Stairwell.street,
            Stairwell.house_number,
        )
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .where(Building.section_id.in_(scope.sections), waits_on_paper(day))
        .group_by(Stairwell.id, Letter.id)
        .order_by(Letter.id)
    ).all()
    files = _files_by_door(session, {row[1] for row in rows if row[5]})
    places: dict[int, QueuePlace] = {}
    for row in rows:
        made = files.get((row[1], row[0]), ()) if row[5] else ()
        place = places.setdefault(row[0], QueuePlace(row[0], f"{row[6]} {row[7]}", []))
        if row[4] or made:
            place.lines.append(QueueLine(row[1], row[2], row[3], row[4], made))
    found = [place for place in places.values() if place.lines]
    return sorted(found, key=lambda place: natural(place.address))


def _files_by_door(
    session: Session, letters: Iterable[int]
) -> Mapping[tuple[int, int], Sequence[PrintLine]]:
    """The print files of these letters by letter and stairwell, the newest first."""
    found: dict[tuple[int, int], list[PrintLine]] = {}
    for row in session.execute(_made(PrintFile.letter_id.in_(list(letters)))):
        found.setdefault((row.letter_id, row.stairwell_id), []).append(_print_line(row))
    return found


class Envelope(NamedTuple):
    """One household's letter on paper: whom it goes to, and the languages that may help there."""

    copy: int
    names: tuple[str, ...]
    street: str
    city: str
    languages: tuple[str, ...]


def envelopes(
    session: Session, letter: int, stairwell: int, day: date, *, again: bool
) -> Sequence[Envelope]:
    """The letters to print for a stairwell, in the order of its doors.

    `again`: also those that were printed before and are not delivered.
    """
    query = placed_copies(
        LetterCopy.id,
        Household.id,
        Stairwell.street,
        Stairwell.house_number,
        Home.floor,
        Home.side,
        Stairwell.postcode,
        Stairwell.city,
    ).where(LetterCopy.letter_id == letter, Stairwell.id == stairwell, waits_on_paper(day))
    if not again:
        query = query.where(LetterCopy.printed_at.is_(None))
    rows = sorted(session.execute(query).all(), key=lambda row: door_order(row[4], row[5]))
    households = [row[1] for row in rows]
    names, adults = names_of(session, letter, households), adults_of(session, households, day)
    there = session.scalars(select(LetterText.language).where(LetterText.letter_id == letter)).all()
    return [
        Envelope(
            row[0],
            tuple(names.get(row[1], ())),
            short_address(row[2], row[3], row[4], row[5]),
            f"{row[6]} {row[7]}".strip(),
            tuple(help_languages(there, (one.language for one in adults.get(row[1], ())))),
        )
        for row in rows
    ]


def next_batch(session: Session, letter: int) -> int:
    """The number of the next printing of a letter."""
    last = select(func.max(PrintFile.batch)).where(PrintFile.letter_id == letter)
    return (session.scalar(last) or 0) + 1


class DoorLine(NamedTuple):
    """One letter at one door. No name: a door needs none, and the envelope has it.

    `title` is empty for a letter whose matter is nobody's but the tenant's.
    """

    copy: int
    letter: int
    title: str
    stairwell: int
    address: str
    door: str
    deliver_by: date | None
    visit: int | None
    outcome: Outcome | None
    reason: str
    handed_to: Receiver | None
    visited_at: datetime | None
    done: bool

    @property
    def tried(self) -> bool:
        """Somebody stood there in vain, and the letter waits for another try."""
        return self.outcome is not None and not self.done


class RoundPlace(NamedTuple):
    """A stairwell of a round with its doors, from below; `left` are not handed over yet."""

    stairwell: int
    address: str
    doors: Sequence[DoorLine]

    @property
    def left(self) -> int:
        """How many letters are not handed over yet."""
        return sum(not door.done for door in self.doors)

    @property
    def tried(self) -> int:
        """How many of those were tried in vain."""
        return sum(door.tried for door in self.doors)


def round_places(session: Session, scope: Scope, now: datetime, day: date) -> Sequence[RoundPlace]:
    """What is to be handed over within scope, stairwell by stairwell, and what was just now.

    At most DOORS letters, and UNDOABLE of those that were ticked off lately.
    """
    there = Building.section_id.in_(scope.sections)
    lines = _doors(session, _waiting(there, day), _lately(there, now))
    places: dict[int, list[DoorLine]] = {}
    for line in lines:
        places.setdefault(line.stairwell, []).append(line)
    found = [RoundPlace(number, doors[0].address, doors) for number, doors in places.items()]
    return sorted(found, key=lambda place: natural(place.address))


def round_count(session: Session, scope: Scope, day: date) -> int:
    """How many letters within scope are printed and not handed over."""
    counted = placed_copies(func.count()).where(
        Building.section_id.in_(scope.sections),
        LetterCopy.printed_at.is_not(None),
        waits_on_paper(day),
    )
    return session.scalar(counted) or 0


def _in_hand(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        placed_copies(
            LetterCopy.id,
            Letter.id,
            Letter.title,
            Letter.kind,
            Letter.deliver_by,
            Stairwell.id,
            Stairwell.street,
            Stairwell.house_number,
            Home.floor,
            Home.side,
        )
        .join(Letter, LetterCopy.letter_id == Letter.id)
        .where(*conditions)
    )


def _waiting(there: ColumnElement[bool], day: date) -> Select[Any]:
    in_hand = _in_hand(there, LetterCopy.printed_at.is_not(None), waits_on_paper(day))
    return in_hand.order_by(Stairwell.id, Home.id, LetterCopy.id).limit(DOORS)


def _lately(there: ColumnElement[bool], now: datetime) -> Select[Any]:
    """What was ticked off last, apart from what waits: a long round must not push that out."""
    ticked = (
        select(DoorVisit.copy_id, func.max(DoorVisit.id).label("last"))
        .where(
            DoorVisit.noted_at >= now - LATELY,
            DoorVisit.undone_at.is_(None),
            DoorVisit.outcome != Outcome.NOT_POSSIBLE,
        )
        .group_by(DoorVisit.copy_id)
        .subquery()
    )
    noted = _in_hand(there, LetterCopy.delivered_at.is_not(None))
    noted = noted.join(ticked, ticked.c.copy_id == LetterCopy.id)
    return noted.order_by(ticked.c.last.desc()).limit(UNDOABLE)


def _doors(session: Session, *queries: Select[Any]) -> Sequence[DoorLine]:
    rows = [row for query in queries for row in session.execute(query)]
    rows.sort(key=lambda row: (row[5], *door_order(row[8], row[9]), row[0]))
    visits = _last_visits(session, [row[0] for row in rows])
    return [_door(row, visits.get(row[0])) for row in rows]


def _door(row: Any, visit: Any) -> DoorLine:
    inside = short_address("", "", row[8], row[9]).strip(", ")
    return DoorLine(
        copy=row[0],
        letter=row[1],
        title="" if kind_of(row[3]).matter.formal else row[2],
        stairwell=row[5],
        address=f"{row[6]} {row[7]}",
        door=inside,
        deliver_by=row[4],
        visit=visit.id if visit else None,
        outcome=visit.outcome if visit else None,
        reason=visit.reason if visit else "",
        handed_to=visit.handed_to if visit else None,
        visited_at=visit.at if visit else None,
        done=bool(visit and visit.outcome is not Outcome.NOT_POSSIBLE),
    )


def _last_visits(session: Session, copies: Iterable[int]) -> Mapping[int, Any]:
    rows = session.execute(
        select(
            DoorVisit.copy_id,
            DoorVisit.id,
            DoorVisit.outcome,
            DoorVisit.reason,
            DoorVisit.handed_to,
            DoorVisit.at,
        )
        .where(DoorVisit.copy_id.in_(list(copies)), DoorVisit.undone_at.is_(None))
        .order_by(DoorVisit.id)
    )
    return {row.copy_id: row for row in rows}


class Failed(NamedTuple):
    """A copy that could not be handed over at the last visit."""

    copy: int
    letter: int
    address: str
    reason: str
    at: datetime


def failed(session: Session, letter: int, day: date) -> Sequence[Failed]:
    """The copies of a letter that could not be handed over and wait for another try."""
    rows = session.execute(
        placed_copies(
            LetterCopy.id, Stairwell.street, Stairwell.house_number, Home.floor, Home.side
        ).where(LetterCopy.letter_id == letter, waits_on_paper(day))
    ).all()
    visits = _last_visits(session, [row[0] for row in rows])
    return [
        Failed(row[0], letter, short_address(*row[1:5]), visits[row[0]].reason, visits[row[0]].at)
        for row in sorted(rows, key=lambda row: (natural(f"{row[1]} {row[2]}"), row[0]))
        if row[0] in visits
    ]


class PaperCopy(NamedTuple):
    """A copy for paper: its letter, since when it is printed, until when its household stays."""

    letter: int
    organisation: int
    printed_at: datetime | None
    ends_on: date | None


def copy_within(session: Session, scope: Scope, copy: int) -> PaperCopy | None:
    """A copy in the sections of a scope, if it is for paper."""
    columns = (LetterCopy.letter_id, Section.organisation_id, LetterCopy.printed_at)
    query = placed_copies(*columns, Household.ends_on)
    query = query.join(Section, Building.section_id == Section.id)
    wanted = query.where(
        LetterCopy.id == copy,
        LetterCopy.paper_at.is_not(None),
        Building.section_id.in_(scope.sections),
    )
    found = session.execute(wanted).one_or_none()
    return PaperCopy._make(found) if found else None
