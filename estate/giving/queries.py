"""Who is to get a letter, and how it would reach them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from estate.channels.queries import ways
from estate.letters.queries import LetterView, kind_of
from estate.letters.rules import PlaceKind
from estate.people.models import Household, Member, Person
from estate.people.queries import in_force, with_places
from estate.people.rules import LetterChannel
from estate.places.models import Building, Section, Stairwell
from estate.search.rules import natural


def _placed(*columns: Any) -> Select[Any]:
    homes = with_places(select(*columns).select_from(Household))
    return homes.join(Section, Building.section_id == Section.id)


def _there(places: Iterable[tuple[PlaceKind, int]]) -> ColumnElement[bool]:
    columns = {
        PlaceKind.SECTION: Section.id,
        PlaceKind.BUILDING: Building.id,
        PlaceKind.STAIRWELL: Stairwell.id,
        PlaceKind.HOUSEHOLD: Household.id,
    }
    wanted: dict[PlaceKind, list[int]] = {}
    for kind, number in places:
        wanted.setdefault(kind, []).append(number)
    return or_(false(), *(columns[kind].in_(numbers) for kind, numbers in wanted.items()))


def recipients(
    session: Session,
    section: int,
    places: Iterable[tuple[PlaceKind, int]],
    day: date,
    *,
    after: int = 0,
    limit: int | None = None,
) -> Sequence[int]:
    """Ids of the households that live in these places of a section on a day, in order."""
    wanted = (
        _placed(Household.id)
        .where(
            Section.id == section, in_force(Household, day), _there(places), Household.id > after
        )
        .order_by(Household.id)
        .limit(limit)
    )
    return session.scalars(wanted).all()


class Outlook(NamedTuple):
    """How a draft would go out: households in all, by channel, and to be printed by why."""

    households: int
    channels: Mapping[LetterChannel, int]
    paper: Mapping[str, int]


def outlook(session: Session, letter: LetterView, day: date) -> Outlook:
    """How a draft would go out if it were given today."""
    households = recipients(session, letter.section, letter.places, day)
    found = ways(session, letter.section, kind_of(letter.kind).matter, households, day).values()
    return Outlook(
        len(households),
        Counter(way.channel for way in found),
        Counter(way.paper_why for way in found if way.paper_why),
    )


def readers(session: Session, letter: LetterView, day: date) -> Mapping[str, int]:
    """In how many households a draft goes to some adult reads a language, by language."""
    rows = session.execute(
        _placed(Person.language, func.count(Household.id.distinct()))
        .join(Member, Member.household_id == Household.id)
        .join(Person, Member.person_id == Person.id)
        .where(
            Section.id == letter.section,
            in_force(Household, day),
            _there(letter.places),
            in_force(Member, day),
            Member.adult,
            Member.confirmed_at.is_not(None),
            Person.language.is_not(None),
        )
        .group_by(Person.language)
    )
    return {row[0]: row[1] for row in rows}


class DoorPlace(NamedTuple):
    """A building or stairwell that a letter can be sent to."""

    building: int
    building_number: str
    stairwell: int
    street: str
    house_number: str
    households: int


def doors_in(session: Session, section: int, day: date) -> Sequence[DoorPlace]:
    """The stairwells of a section as one walks past, with how many live there on a day."""
    rows = session.execute(
        _placed(
            Building.id,
            Building.number,
            Stairwell.id,
            Stairwell.street,
            Stairwell.house_number,
            func.count(Household.id),
        )
        .where(Section.id == section, in_force(Household, day))
        .group_by(
            Building.id, Building.number, Stairwell.id, Stairwell.street, Stairwell.house_number
        )
    )
    return sorted((DoorPlace(*row) for row in rows), key=_as_one_walks)


def _as_one_walks(door: DoorPlace) -> tuple[str, str, str]:
    return natural(door.building_number), natural(door.street), natural(door.house_number)
