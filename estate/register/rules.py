"""What one file of the administration says: its rows as places, tenancies, persons and members.

A row is taken whole or refused whole. What a refused row is about is still remembered, so that a
misspelt rent never ends a tenancy.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from estate.language import N_, Message, say
from estate.sheets.rules import Cells, Sheet, Trouble, Wrong, looks_like_cpr

MOST_M2, MOST_ROOMS = 2000, 50
ROWS_PER_HOME = 150
ADULT_YEARS = 18

ORGANISATION = N_("the organisation")
SECTION = N_("the section")
STAIRWELL = N_("the stairwell")
HOME = N_("the home")
TENANCY = N_("the tenancy")
PERSON = N_("the person")
MEMBER = N_("the member")


class SectionKey(NamedTuple):
    """The administration's numbers of an organisation and its section."""

    organisation: str
    section: str


class StairwellKey(NamedTuple):
    """A front door: section, building, street, house number."""

    organisation: str
    section: str
    building: str
    street: str
    house_number: str

    @property
    def of_section(self) -> SectionKey:
        """The section it stands in."""
        return SectionKey(self.organisation, self.section)


class HomeKey(NamedTuple):
    """A home: its stairwell and the administration's number."""

    stairwell: StairwellKey
    number: str


class TenancyKey(NamedTuple):
    """A tenancy: its home and the administration's number."""

    home: HomeKey
    number: str


class MemberKey(NamedTuple):
    """A person (by number) in a tenancy."""

    tenancy: TenancyKey
    person: str


class SectionFacts(NamedTuple):
    name: str
    office: str


class StairwellFacts(NamedTuple):
    postcode: str
    city: str


class HomeFacts(NamedTuple):
    floor: str
    side: str
    area_m2: int
    rooms: int
    rent_ore: int


class TenancyFacts(NamedTuple):
    starts_on: date
    ends_on: date | None


class PersonFacts(NamedTuple):
    given_name: str
    family_name: str
    contact_email: str | None
    contact_phone: str | None
    protected: bool


class MemberFacts(NamedTuple):
    """`starts_on` is None where the file says no day of its own."""

    tenant: bool
    adult: bool
    starts_on: date | None
    ends_on: date | None


class Row(NamedTuple):
    """One row of the file, read."""

    line: int
    organisation_name: str
    section: SectionFacts
    stairwell: StairwellFacts
    home: HomeKey
    home_facts: HomeFacts
    tenancy: TenancyKey | None
    tenancy_facts: TenancyFacts | None
    exempt: bool
    person: str | None
    person_facts: PersonFacts | None
    member_facts: MemberFacts | None


@dataclass
class Mentioned:
    """What the file names at all, refused rows included: none of it is closed for being absent.

    `organisations` holds those in which a refused row's home could not be read; `everything` is
    set when not even its organisation could. `exempt` are the tenancies that a refused row marks.
    """

    homes: set[HomeKey] = field(default_factory=set)
    tenancies: set[TenancyKey] = field(default_factory=set)
    whole_tenancies: set[TenancyKey] = field(default_factory=set)
    whole_homes: set[HomeKey] = field(default_factory=set)
    members: set[MemberKey] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    exempt: set[TenancyKey] = field(default_factory=set)
    organisations: set[str] = field(default_factory=set)
    everything: bool = False

    def may_name_all(self, home: HomeKey) -> bool:
        """Whether a refused row cannot be told not to be about any tenancy of this home."""
        return (
            self.everything
            or home.stairwell.organisation in self.organisations
            or home in self.whole_homes
        )

    def may_name(self, tenancy: TenancyKey) -> bool:
        """Whether a refused row is about this tenancy, or cannot be told not to be."""
        return tenancy in self.tenancies or self.may_name_all(tenancy.home)


@dataclass
class Wanted:
    """The estate as the file wants it, each fact with the line that said it first.

    `headings` are the columns the file has. `refused_of` counts the refused rows of each
    organisation, as far as they name one.
    """

    headings: frozenset[str] = frozenset()
    organisations: dict[str, tuple[str, int]] = field(default_factory=dict)
    sections: dict[SectionKey, tuple[SectionFacts, int]] = field(default_factory=dict)
    stairwells: dict[StairwellKey, tuple[StairwellFacts, int]] = field(default_factory=dict)
    homes: dict[HomeKey, tuple[HomeFacts, int]] = field(default_factory=dict)
    tenancies: dict[TenancyKey, tuple[TenancyFacts, int]] = field(default_factory=dict)
    exempt: set[TenancyKey] = field(default_factory=set)
    persons: dict[str, tuple[PersonFacts, int]] = field(default_factory=dict)
    members: dict[MemberKey, tuple[MemberFacts, int]] = field(default_factory=dict)
    tenancies_of: dict[HomeKey, list[TenancyKey]] = field(default_factory=dict)
    members_of: dict[TenancyKey, list[MemberKey]] = field(default_factory=dict)
    mentioned: Mentioned = field(default_factory=Mentioned)
    refused: list[Trouble] = field(default_factory=list)
    refused_of: Counter[str] = field(default_factory=Counter)
    rows: int = 0

    def exempts(self, tenancy: TenancyKey, *, already: bool) -> bool:
        """Whether a household is exempt: only rows that were all read take the mark from it.

        Without it a digital notice counts, so a misspelt rent or a column left out must not do so.
        """
        if tenancy in self.exempt or tenancy in self.mentioned.exempt:
            return True
        return already and ("exempt" not in self.headings or self.mentioned.may_name(tenancy))

    def protects(self, person: str, *, already: bool) -> bool:
        """Whether a name is protected; it stays so unless the file says that it is not."""
        if self.persons[person][0].protected:
            return True
        refused = self.mentioned.everything or person in self.mentioned.persons
        return already and ("protected" not in self.headings or refused)


def stairwell_key(cells: Cells) -> StairwellKey:
    """The front door a row is about; raises Wrong when any part of it cannot be read."""
    return StairwellKey(
        cells.needed("organisation_number"),
        cells.needed("section_number"),
        cells.text("building") or "1",
        cells.needed("street"),
        house_number(cells.needed("house_number")),
    )


def house_number(text: str) -> str:
    """A house number one way only: `008 a` is `8A`."""
    return text.replace(" ", "").lstrip("0").upper() or "0"


def floor_or_side(text: str) -> str:
    """Floor or side one way only: `St.` is `st`, `t.v.` is `tv`."""
    return text.replace(".", "").replace(" ", "").lower()


def is_adult(birth: date, day: date) -> bool:
    """Whether somebody born on `birth` is 18 on a day; born on 29 February, from 1 March on."""
    return (day.year - ADULT_YEARS, day.month, day.day) >= (birth.year, birth.month, birth.day)


FRONT = (
    *("organisation_number", "organisation_name", "section_number", "section_name", "office"),
    *("building", "street", "house_number", "postcode", "city"),
)
INSIDE = ("floor", "side", "area", "rooms", "rent")

Memo = dict[tuple[str | None, ...], Any]
"""Cells that were read before, as they stood: the rows of a stairwell repeat most of theirs."""


def read_row(line: int, cells: Cells, today: date, memo: Memo) -> Row:
    """One row; raises Wrong with the first thing that cannot be."""
    stairwell, organisation_name, section, stairwell_facts = _again(memo, cells, FRONT, _front)
    home = HomeKey(stairwell, cells.needed("home_number"))
    tenancy = (
        TenancyKey(home, cells.text("tenancy_number")) if cells.has("tenancy_number") else None
    )
    number = cells.text("person_number") or None
    _refuse_odd(cells, tenancy, number)
    return Row(
        line,
        organisation_name,
        section,
        stairwell_facts,
        home,
        _again(memo, cells, INSIDE, _inside),
        tenancy,
        _tenancy(cells) if tenancy else None,
        cells.yes("exempt"),
        number,
        _person(cells) if number else None,
        _member(cells, today) if number else None,
    )


def _again(memo: Memo, cells: Cells, keys: tuple[str, ...], read: Callable[[Cells], Any]) -> Any:
    raw = tuple(map(cells.values.get, keys))
    if raw not in memo:
        memo[raw] = read(cells)
    return memo[raw]


def _front(cells: Cells) -> tuple[StairwellKey, str, SectionFacts, StairwellFacts]:
    key = stairwell_key(cells)
    return (
        key,
        cells.text("organisation_name") or key.organisation,
        SectionFacts(cells.text("section_name") or key.section, cells.text("office")),
        StairwellFacts(_postcode(cells), cells.text("city")),
    )


def _inside(cells: Cells) -> HomeFacts:
    return HomeFacts(
        floor_or_side(cells.text("floor", 20)),
        floor_or_side(cells.text("side", 20)),
        cells.whole("area", MOST_M2),
        cells.whole("rooms", MOST_ROOMS),
        cells.ore("rent"),
    )


def _refuse_odd(cells: Cells, tenancy: TenancyKey | None, number: str | None) -> None:
    if number is None and (cells.has("given_name") or cells.has("family_name")):
        raise Wrong(say(N_("There is a name but no “{name}”."), name=cells.names["person_number"]))
    if number is not None and looks_like_cpr(number):
        raise Wrong(say(N_("That looks like a civil registration number, which must stay out.")))
    if tenancy is None and (number is not None or cells.has("starts")):
        raise Wrong(say(N_("“{name}” is empty."), name=cells.names["tenancy_number"]))


def _postcode(cells: Cells) -> str:
    code = cells.text("postcode")
    if code and not (code.isascii() and code.isdigit() and len(code) == 4):
        raise Wrong(say(N_("“{name}” is not four digits."), name=cells.names["postcode"]))
    return code


def _tenancy(cells: Cells) -> TenancyFacts:
    starts, ends = cells.day("starts"), cells.day("ends")
    if starts is None:
        raise Wrong(say(N_("“{name}” is empty."), name=cells.names["starts"]))
    if ends is not None and ends < starts:
        raise Wrong(say(N_("It ends before it begins.")))
    return TenancyFacts(starts, ends)


def _person(cells: Cells) -> PersonFacts:
    return PersonFacts(
        cells.needed("given_name"),
        cells.text("family_name"),
        cells.email("email"),
        cells.phone("phone"),
        cells.yes("protected"),
    )


def _member(cells: Cells, today: date) -> MemberFacts:
    birth = cells.day("birth_date")
    if birth is not None and birth > today:
        raise Wrong(say(N_("“{name}” has not come yet."), name=cells.names["birth_date"]))
    grown = is_adult(birth, today) if birth else True
    starts, ends = cells.day("member_from"), cells.day("member_to")
    if starts is not None and ends is not None and ends < starts:
        raise Wrong(say(N_("It ends before it begins.")))
    return MemberFacts(cells.yes("tenant"), cells.yes("adult", empty=grown), starts, ends)


def read_estate(sheet: Sheet, names: Mapping[str, str], today: date) -> Wanted:
    """Everything a file says; `names` are the columns' headings for the reasons."""
    wanted = Wanted(
        headings=sheet.columns,
        refused=list(sheet.refused),
        rows=len(sheet.rows) + len(sheet.refused),
    )
    wanted.mentioned.everything = bool(sheet.refused)
    rows: list[tuple[Row, Cells]] = []
    memo: Memo = {}
    per_home: Counter[HomeKey] = Counter()
    for line, values in sheet.rows:
        cells = Cells(values, names)
        try:
            row = read_row(line, cells, today, memo)
            per_home[row.home] += 1
            if per_home[row.home] > ROWS_PER_HOME:
                raise Wrong(say(N_("More than {count} rows for one home."), count=ROWS_PER_HOME))
        except Wrong as wrong:
            _refuse(wanted, line, cells, wrong.reason)
        else:
            rows.append((row, cells))
    if not all(_take(wanted, row) for row, _ in rows):
        wanted = _without_contradictions(wanted, rows)
    wanted.refused.sort(key=lambda trouble: trouble.line)
    return wanted


def _without_contradictions(begun: Wanted, rows: Sequence[tuple[Row, Cells]]) -> Wanted:
    """The same rows taken anew, those refused that most others contradict."""
    wanted = Wanted(
        headings=begun.headings,
        refused=begun.refused,
        refused_of=begun.refused_of,
        rows=begun.rows,
        mentioned=begun.mentioned,
    )
    agreed_on = _agreed([row for row, _ in rows])
    for row, cells in rows:
        against = _contradiction(row, agreed_on)
        if against is None:
            _take(wanted, row)
        else:
            _refuse(wanted, row.line, cells, against)
    return wanted


Claim = tuple[str, object, object]


def claims(row: Row) -> list[Claim]:
    """What a row says that other rows say as well: kind, key and facts of each thing."""
    place = row.home.stairwell
    said: list[Claim] = [
        (ORGANISATION, place.organisation, row.organisation_name),
        (SECTION, place.of_section, row.section),
        (STAIRWELL, place, row.stairwell),
        (HOME, row.home, row.home_facts),
    ]
    if row.tenancy:
        said.append((TENANCY, row.tenancy, row.tenancy_facts))
    if row.tenancy and row.person:
        said.append((PERSON, row.person, row.person_facts))
        said.append((MEMBER, (row.tenancy, row.person), row.member_facts))
    return said


Agreed = Mapping[tuple[str, object], tuple[object, int]]


def _agreed(rows: Sequence[Row]) -> Agreed:
    """Where rows contradict each other: what most of them say, and the first line that says it."""
    first: dict[tuple[str, object], object] = {}
    disputed: set[tuple[str, object]] = set()
    for row in rows:
        for kind, key, facts in claims(row):
            if first.setdefault((kind, key), facts) != facts:
                disputed.add((kind, key))
    votes: dict[tuple[str, object], dict[object, list[int]]] = {thing: {} for thing in disputed}
    for row in rows if disputed else ():
        for kind, key, facts in claims(row):
            if (kind, key) in votes:
                votes[kind, key].setdefault(facts, []).append(row.line)
    return {thing: _winner(said) for thing, said in votes.items()}


def _winner(said: Mapping[object, list[int]]) -> tuple[object, int]:
    facts, lines = max(said.items(), key=lambda vote: (len(vote[1]), -vote[1][0]))
    return facts, lines[0]


def _contradiction(row: Row, agreed_on: Agreed) -> Message | None:
    for kind, key, facts in claims(row):
        agreed = agreed_on.get((kind, key))
        if agreed is not None and agreed[0] != facts:
            text = N_("Line {line} says something else about {what}.")
            return say(text, line=str(agreed[1]), what=Message(kind))
    return None


def _refuse(wanted: Wanted, line: int, cells: Cells, reason: Message) -> None:
    wanted.refused.append(Trouble(line, reason))
    with contextlib.suppress(Wrong):
        wanted.refused_of[cells.needed("organisation_number")] += 1
    _remember(wanted.mentioned, cells)


def _take(wanted: Wanted, row: Row) -> bool:
    """Take what a row says; whether nothing of it contradicts what was said before."""
    place, line = row.home.stairwell, row.line
    name, section, stairwell, home = (
        wanted.organisations.setdefault(place.organisation, (row.organisation_name, line))[0],
        wanted.sections.setdefault(place.of_section, (row.section, line))[0],
        wanted.stairwells.setdefault(place, (row.stairwell, line))[0],
        wanted.homes.setdefault(row.home, (row.home_facts, line))[0],
    )
    agreed = (name, section, stairwell, home) == (
        row.organisation_name,
        row.section,
        row.stairwell,
        row.home_facts,
    )
    return agreed and _take_tenancy(wanted, row)


def _take_tenancy(wanted: Wanted, row: Row) -> bool:
    line, tenancy, person = row.line, row.tenancy, row.person
    if tenancy is None or row.tenancy_facts is None:
        return True
    if tenancy not in wanted.tenancies:
        wanted.tenancies[tenancy] = (row.tenancy_facts, line)
        wanted.tenancies_of.setdefault(row.home, []).append(tenancy)
    if row.exempt:
        wanted.exempt.add(tenancy)
    agreed = wanted.tenancies[tenancy][0] == row.tenancy_facts
    if person is None or row.person_facts is None or row.member_facts is None:
        return agreed
    known = wanted.persons.setdefault(person, (row.person_facts, line))[0]
    member = MemberKey(tenancy, person)
    if member not in wanted.members:
        wanted.members[member] = (row.member_facts, line)
        wanted.members_of.setdefault(tenancy, []).append(member)
    same = wanted.members[member][0] == row.member_facts
    return agreed and same and known == row.person_facts


def _remember(mentioned: Mentioned, cells: Cells) -> None:
    """Keep what a refused row is about, as far as it can be read."""
    with contextlib.suppress(Wrong):
        mentioned.persons.add(cells.text("person_number"))
    try:
        home = HomeKey(stairwell_key(cells), cells.needed("home_number"))
    except Wrong:
        _remember_place(mentioned, cells)
        return
    mentioned.homes.add(home)
    try:
        number = cells.text("tenancy_number")
    except Wrong:
        mentioned.whole_homes.add(home)
        return
    if not number:
        mentioned.whole_homes.add(home)
        return
    tenancy = TenancyKey(home, number)
    mentioned.tenancies.add(tenancy)
    with contextlib.suppress(Wrong):
        if cells.yes("exempt"):
            mentioned.exempt.add(tenancy)
    try:
        person = cells.needed("person_number")
    except Wrong:
        person = ""
    if person and not looks_like_cpr(person):
        mentioned.members.add(MemberKey(tenancy, person))
    else:
        mentioned.whole_tenancies.add(tenancy)


def _remember_place(mentioned: Mentioned, cells: Cells) -> None:
    try:
        mentioned.organisations.add(cells.needed("organisation_number"))
    except Wrong:
        mentioned.everything = True
