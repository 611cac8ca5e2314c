"""What is known of a household's channel and of what the law asks."""

import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from estate.channels.models import DigitalDemand
from estate.channels.rules import (
    ANNOUNCED,
    NEVER,
    STATUTES,
    Demand,
    Facts,
    Law,
    Lawfulness,
    Matter,
    Party,
    law_on,
    lawful_digital,
    paper_why,
)
from estate.people.models import Household, Member, Person
from estate.people.queries import in_force, mailed_address, texted_number, with_places
from estate.people.rules import LetterChannel
from estate.permissions import Scope, ScopeKind
from estate.places.models import Building, Home, Organisation, Section, Stairwell
from estate.places.queries import whole_organisations
from estate.values.models import LocalValue
from estate.values.rules import Dated, holding, parse_values

CONDITIONS = Path(__file__).parent / "conditions.csv"


@functools.cache
def _conditions() -> Mapping[str, Sequence[Dated]]:
    with CONDITIONS.open(encoding="utf-8", newline="") as file:
        return parse_values(file)


def law(day: date) -> Law:
    """The conditions that hold on a day."""
    return law_on(_conditions(), day)


class Stated(NamedTuple):
    """What the office stated of an organisation or section: the day, and where it stands.

    `never`: it is stated that it was on no day at all.
    """

    day: date | None
    source: str
    stated_on: date | None
    never: bool = False


NOTHING = Stated(None, "", None)


class PlaceFacts(NamedTuple):
    """What is stated of one organisation or section; statutes are an organisation's.

    `may_state`: whoever looks at it may state something of it.
    """

    kind: ScopeKind
    id: int
    name: str
    may_state: bool
    statutes: Stated
    announced: Stated


def _stated(
    session: Session, keys: Iterable[tuple[ScopeKind, int]], day: date
) -> Mapping[tuple[ScopeKind, int, str], Stated]:
    """What is stated of these places, by place and key."""
    places = list(keys)
    rows = session.execute(
        select(
            LocalValue.scope_kind,
            LocalValue.scope_id,
            LocalValue.key,
            LocalValue.value,
            LocalValue.valid_from,
            LocalValue.source,
        ).where(
            LocalValue.key.in_([STATUTES, ANNOUNCED]),
            or_(
                *(
                    and_(
                        LocalValue.scope_kind == kind,
                        LocalValue.scope_id.in_([number for k, number in places if k is kind]),
                    )
                    for kind in {kind for kind, _ in places}
                )
            ),
        )
    ).all()
    found: dict[tuple[ScopeKind, int, str], list[Dated]] = {}
    for row in rows:
        found.setdefault((row[0], row[1], row[2]), []).append(Dated(row[3], row[4], row[5]))
    newest = {key: holding(values, day) for key, values in found.items()}
    return {key: _read(dated) for key, dated in newest.items() if dated is not None}


def _read(dated: Dated) -> Stated:
    never = dated.value == NEVER
    day = date.fromisoformat(dated.value) if dated.value and not never else None
    return Stated(day, dated.source, dated.valid_from, never)


def stated_places(session: Session, scope: Scope, day: date) -> Sequence[PlaceFacts]:
    """Each organisation within scope, followed by its sections, with what is stated of them."""
    rows = session.execute(
        select(Organisation.id, Organisation.name, Section.id, Section.name)
        .join(Section, Section.organisation_id == Organisation.id)
        .where(Section.id.in_(scope.sections))
        .order_by(Organisation.name, Organisation.id, Section.number)
    ).all()
    wanted: dict[tuple[ScopeKind, int], str] = {}
    for row in rows:
        wanted.setdefault((ScopeKind.ORGANISATION, row[0]), row[1])
        wanted[ScopeKind.SECTION, row[2]] = row[3]
    stated = _stated(session, wanted, day) if wanted else {}
    whole = {one.id for one in whole_organisations(session, scope)}
    return [
        PlaceFacts(
            kind,
            number,
            name,
            kind is ScopeKind.SECTION or number in whole,
            stated.get((kind, number, STATUTES), NOTHING),
            stated.get((kind, number, ANNOUNCED), NOTHING),
        )
        for (kind, number), name in wanted.items()
    ]


class SectionFacts(NamedTuple):
    """What holds for every household of a section."""

    announced_on: date | None
    statutes_on: date | None


def section_facts(session: Session, section: int, day: date) -> SectionFacts:
    """What is stated of a section, else of its organisation; a letter that never came here too."""
    organisation = session.scalars(
        select(Section.organisation_id).where(Section.id == section)
    ).one()
    own, above = (ScopeKind.SECTION, section), (ScopeKind.ORGANISATION, organisation)
    stated = _stated(session, [own, above], day)
    return _in_section(
        stated.get((*own, ANNOUNCED), NOTHING),
        stated.get((*above, ANNOUNCED), NOTHING),
        stated.get((*above, STATUTES), NOTHING),
    )


def _in_section(own: Stated, above: Stated, statutes: Stated) -> SectionFacts:
    announced = own if own.day or own.never else above
    return SectionFacts(announced.day, statutes.day)


class HouseholdFacts(NamedTuple):
    """One household's channel, and what the law asks of it."""

    channel: LetterChannel
    facts: Facts


def household_facts(
    session: Session, households: Sequence[int], place: SectionFacts
) -> Mapping[int, HouseholdFacts]:
    """Channel and facts of these households of one section, in two queries."""
    demands: dict[int, list[Demand]] = {}
    for row in session.execute(
        select(DigitalDemand.household_id, DigitalDemand.demanded_on, DigitalDemand.ended_on).where(
            DigitalDemand.household_id.in_(households)
        )
    ):
        demands.setdefault(row[0], []).append(Demand(row[1], row[2]))
    rows = session.execute(
        select(Household.id, Household.channel, Household.starts_on, Household.exempt).where(
            Household.id.in_(households)
        )
    )
    return {
        row[0]: HouseholdFacts(
            row[1],
            Facts(
                contract_on=row[2],
                exempt=row[3],
                demands=tuple(demands.get(row[0], ())),
                announced_on=place.announced_on,
                statutes_on=place.statutes_on,
            ),
        )
        for row in rows
    }


class DemandLine(NamedTuple):
    """A demand as the office's page shows it."""

    id: int
    party: Party
    demanded_on: date
    ended_on: date | None
    noted_at: datetime


def demands_of(session: Session, household: int) -> Sequence[DemandLine]:
    """The demands of a household, the newest first."""
    rows = session.execute(
        select(
            DigitalDemand.id,
            DigitalDemand.party,
            DigitalDemand.demanded_on,
            DigitalDemand.ended_on,
            DigitalDemand.noted_at,
        )
        .where(DigitalDemand.household_id == household)
        .order_by(DigitalDemand.demanded_on.desc(), DigitalDemand.id.desc())
    )
    return [DemandLine(*row) for row in rows]


class Counted(NamedTuple):
    """For how many households a digital letter counts, and a digital notice of a meeting."""

    households: int
    letters: int
    meetings: int


def counted(
    session: Session, places: Sequence[PlaceFacts], day: date
) -> Mapping[tuple[ScopeKind, int], Counted]:
    """What is stated of these places, as it works out for the households there on a day.

    `places` as `stated_places` gives them: each organisation before its sections.
    """
    conditions, lives = law(day), _lives_in(session, _sections(places), day)
    facts = _facts_by_section(places)
    found: dict[tuple[ScopeKind, int], Counted] = {}
    above = places[0] if places else None
    for place in places:
        if above is None or place.kind is ScopeKind.ORGANISATION:
            above = place
            continue
        there = lives.get(place.id, ())
        ways = [_counts(conditions, _stand(one, facts[place.id]), day) for one in there]
        letters, meetings = (sum(way[n] for way in ways) for n in (0, 1))
        found[place.kind, place.id] = Counted(len(ways), letters, meetings)
        whole = found.get((above.kind, above.id), Counted(0, 0, 0))
        both = zip(whole, found[place.kind, place.id], strict=True)
        found[above.kind, above.id] = Counted(*(sum(pair) for pair in both))
    return found


class Switch(NamedTuple):
    """A household for which something digital begins to count, or ends to; where it lives.

    `letters` and `meetings` (notices of them) are each whether it counts then, None: as before.
    """

    street: str
    house_number: str
    floor: str
    side: str
    letters: bool | None
    meetings: bool | None


def switched(
    session: Session, before: Sequence[PlaceFacts], after: Sequence[PlaceFacts], day: date
) -> Sequence[Switch]:
    """Whom it changes something for if something else is stated of these places.

    `before` and `after` are the same places, as `stated_places` gives them.
    """
    conditions, lives = law(day), _lives_in(session, _sections(before), day)
    old, new = _facts_by_section(before), _facts_by_section(after)
    changed: dict[int, tuple[bool | None, ...]] = {}
    for section in old:
        if old[section] == new[section]:
            continue
        for one in lives.get(section, ()):
            ways = [
                _counts(conditions, _stand(one, at), day) for at in (old[section], new[section])
            ]
            if ways[0] != ways[1]:
                differ = zip(*ways, strict=True)
                changed[one.household] = tuple(now if now != was else None for was, now in differ)
    return [Switch(*home, *changed[household]) for household, *home in _homes(session, changed)]


def _counts(conditions: Law, facts: Facts, day: date) -> tuple[bool, bool]:
    """Whether a digital letter counts, and a digital notice of a meeting."""
    letter, meeting = (
        lawful_digital(conditions, matter, facts, day).ok
        for matter in (Matter(), Matter(democracy=True))
    )
    return letter, meeting


def _facts_by_section(places: Sequence[PlaceFacts]) -> Mapping[int, SectionFacts]:
    """What holds in each section of these places: each organisation stands before its sections."""
    found: dict[int, SectionFacts] = {}
    above = places[0] if places else None
    for place in places:
        if above is None or place.kind is ScopeKind.ORGANISATION:
            above = place
            continue
        found[place.id] = _in_section(place.announced, above.announced, above.statutes)
    return found


def _homes(session: Session, households: Iterable[int]) -> Sequence[Any]:
    """Where these households live, with the number of each."""
    where = (Stairwell.street, Stairwell.house_number, Home.floor, Home.side)
    homes = with_places(select(Household.id, *where).select_from(Household))
    return session.execute(homes.where(Household.id.in_(list(households)))).all()


def _sections(places: Sequence[PlaceFacts]) -> list[int]:
    return [place.id for place in places if place.kind is ScopeKind.SECTION]


class Lives(NamedTuple):
    """A household as far as the law asks, wherever it lives."""

    household: int
    contract_on: date
    exempt: bool
    demands: tuple[Demand, ...]


def _stand(lives: Lives, place: SectionFacts) -> Facts:
    return Facts(
        contract_on=lives.contract_on,
        exempt=lives.exempt,
        demands=lives.demands,
        announced_on=place.announced_on,
        statutes_on=place.statutes_on,
    )


def _lives_in(
    session: Session, sections: Sequence[int], day: date
) -> Mapping[int, Sequence[Lives]]:
    """The households of these sections on a day, section by section."""
    there = (Building.section_id.in_(sections), in_force(Household, day))
    rows = session.execute(
        with_places(
            select(
                Building.section_id, Household.id, Household.starts_on, Household.exempt
            ).select_from(Household)
        ).where(*there)
    ).all()
    demands: dict[int, list[Demand]] = {}
    asked = with_places(
        select(
            DigitalDemand.household_id, DigitalDemand.demanded_on, DigitalDemand.ended_on
        ).join_from(DigitalDemand, Household, DigitalDemand.household_id == Household.id)
    )
    for row in session.execute(asked.where(*there)):
        demands.setdefault(row[0], []).append(Demand(row[1], row[2]))
    found: dict[int, list[Lives]] = {}
    for section, household, contract_on, exempt in rows:
        lives = Lives(household, contract_on, exempt, tuple(demands.get(household, ())))
        found.setdefault(section, []).append(lives)
    return found


class Channel(NamedTuple):
    """How letters come to a household."""

    channel: LetterChannel
    exempt: bool


def channel_of(session: Session, household: int) -> Channel:
    """How letters come to a household."""
    asked = select(Household.channel, Household.exempt).where(Household.id == household)
    return Channel(*session.execute(asked).one())


class Adult(NamedTuple):
    """A member who can be told: `email` and `phone` are their own, else the administration's.

    `phone` is none that they let go of. `confirmed`: that address is their own, and they have shown
    that they read it. `quiet`: from when until when they are left in peace.
    """

    household: int
    person: int
    tenant: bool
    language: str | None
    email: str | None
    phone: str | None
    confirmed: bool
    quiet: tuple[time | None, time | None]


def adults_of(
    session: Session, households: Sequence[int], day: date
) -> Mapping[int, Sequence[Adult]]:
    """The confirmed adults of these households on a day."""
    rows = session.execute(
        select(
            Member.household_id,
            Member.person_id,
            Member.tenant,
            Person.language,
            mailed_address(),
            texted_number(),
            and_(Person.email.is_not(None), Person.email_confirmed_at.is_not(None)),
            Person.quiet_from,
            Person.quiet_until,
        )
        .join(Person, Member.person_id == Person.id)
        .where(
            Member.household_id.in_(households),
            Member.adult,
            Member.confirmed_at.is_not(None),
            in_force(Member, day),
        )
        .order_by(Member.household_id, Member.tenant.desc(), Member.id)
    ).all()
    grouped = itertools.groupby(rows, key=lambda row: row[0])
    return {
        household: [Adult(*row[:7], quiet=(row[7], row[8])) for row in group]
        for household, group in grouped
    }


class Way(NamedTuple):
    """How one household is to get a letter: is a digital one lawful, and why paper, if so."""

    channel: LetterChannel
    lawfulness: Lawfulness
    paper_why: str
    adults: Sequence[Adult]


def ways(
    session: Session, section: int, matter: Matter, households: Sequence[int], day: date
) -> Mapping[int, Way]:
    """How each of these households of a section is to get such a letter on a day."""
    conditions = law(day)
    facts = household_facts(session, households, section_facts(session, section, day))
    adults = adults_of(session, households, day)
    return {
        household: _way(
            facts[household],
            lawful_digital(conditions, matter, facts[household].facts, day),
            adults.get(household, ()),
        )
        for household in households
    }


def _way(one: HouseholdFacts, lawfulness: Lawfulness, adults: Sequence[Adult]) -> Way:
    texted = one.channel is LetterChannel.SMS
    reachable = any(adult.phone if texted else adult.email for adult in adults)
    chosen = one.channel is LetterChannel.PAPER
    why = paper_why(paper_chosen=chosen, lawful=lawfulness.ok, reachable=reachable)
    return Way(one.channel, lawfulness, why, adults)
