"""From what the file wants and what is stored: the steps that make the one into the other.

A step is one home with everything in it, written in one transaction: a killed import leaves
whole homes, and running it again finds only what is left to do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from estate.language import N_, Message, say
from estate.leaving.rules import long_over
from estate.register.rules import (
    HomeFacts,
    HomeKey,
    MemberFacts,
    MemberKey,
    PersonFacts,
    SectionFacts,
    SectionKey,
    StairwellFacts,
    StairwellKey,
    TenancyFacts,
    TenancyKey,
    Wanted,
)
from estate.sheets.rules import Trouble

HEADINGS: Mapping[str, str] = {
    "area_m2": "area",
    "rent_ore": "rent",
    "starts_on": "starts",
    "ends_on": "ends",
    "contact_email": "email",
    "contact_phone": "phone",
    "address": "street",
    "closed_on": "home_number",
    "origin": "person_number",
    "confirmed_at": "person_number",
}
"""The column that a value of the database comes from, where its name is another."""


class StoredHome(NamedTuple):
    id: int
    facts: HomeFacts
    closed_on: date | None


class StoredHousehold(NamedTuple):
    id: int
    facts: TenancyFacts
    exempt: bool


class StoredMember(NamedTuple):
    """`number` is None for somebody the administration does not know yet."""

    id: int
    person: int
    number: str | None
    name: str
    imported: bool
    confirmed: bool
    tenant: bool
    adult: bool
    starts_on: date
    ends_on: date | None


class StoredPerson(NamedTuple):
    id: int
    facts: PersonFacts


@dataclass
class Stored:
    """The administration's part of the database, by the administration's own numbers."""

    organisations: dict[str, tuple[int, str]] = field(default_factory=dict)
    offices: dict[str, int] = field(default_factory=dict)
    sections: dict[SectionKey, tuple[int, SectionFacts]] = field(default_factory=dict)
    buildings: dict[tuple[SectionKey, str], int] = field(default_factory=dict)
    stairwells: dict[StairwellKey, tuple[int, StairwellFacts]] = field(default_factory=dict)
    homes: dict[HomeKey, StoredHome] = field(default_factory=dict)
    households: dict[int, dict[str, StoredHousehold]] = field(default_factory=dict)
    members: dict[int, list[StoredMember]] = field(default_factory=dict)
    persons: dict[str, StoredPerson] = field(default_factory=dict)


class Noted(NamedTuple):
    """One line of the report; `line` is None for what the file no longer names."""

    line: int | None
    what: Message


class NewMember(NamedTuple):
    """`starts_on` None: the day the household begins."""

    household: str
    person: str
    facts: MemberFacts


@dataclass
class Step:
    """Everything to write about one home. Values are columns by name."""

    key: HomeKey
    home: int | None
    home_values: dict[str, Any] = field(default_factory=dict)
    persons_new: list[tuple[str, PersonFacts]] = field(default_factory=list)
    persons_changed: list[dict[str, Any]] = field(default_factory=list)
    households_new: list[tuple[str, TenancyFacts, bool]] = field(default_factory=list)
    households_changed: list[dict[str, Any]] = field(default_factory=list)
    households: dict[str, int] = field(default_factory=dict)
    members_new: list[NewMember] = field(default_factory=list)
    members_changed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows of the database this step writes."""
        return (
            bool(self.home_values)
            + len(self.persons_new)
            + len(self.persons_changed)
            + len(self.households_new)
            + len(self.households_changed)
            + len(self.members_new)
            + len(self.members_changed)
        )


@dataclass
class Report:
    """What an import did, or would do when `dry_run`. Lines are those of the file.

    `of` counts what was added, changed and closed in each organisation.
    """

    rows: int = 0
    unchanged: int = 0
    added: list[Noted] = field(default_factory=list)
    changed: list[Noted] = field(default_factory=list)
    closed: list[Noted] = field(default_factory=list)
    refused: list[Trouble] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    dry_run: bool = False
    of: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


KINDS = ("changed", "closed", "added")
"""What a row can do, the least first."""


CLOSES = N_(
    "This file would close {count} of {total} tenancies of organisation {organisation}. "
    "If that is right, run it again with --yes."
)
MOVES_OUT = N_(
    "This file would move {count} of {total} residents of organisation {organisation} out. "
    "If that is right, run it again with --yes."
)
EXEMPTS_NO_MORE = N_(
    "This file would take the mark of exemption from digital post from {count} of {total} "
    "households of organisation {organisation}. If that is right, run it again with --yes."
)
PROTECTS_NO_MORE = N_(
    "This file would show {count} of {total} protected names of organisation {organisation} again. "
    "If that is right, run it again with --yes."
)


class Losing(NamedTuple):
    """What an organisation would lose: tenancies, residents in them, or marks that protect.

    `asks` is the msgid that tells which; it names `count`, `total` and `organisation`.
    """

    organisation: str
    closing: int
    total: int
    asks: str


@dataclass
class Plan:
    """The places to make first, then the steps, and what the report will say."""

    wanted: Wanted
    steps: list[Step]
    report: Report
    losing: list[Losing]


def is_open(ends_on: date | None, today: date) -> bool:
    """Whether something still goes on after today."""
    return ends_on is None or ends_on > today


def too_many(losing: Iterable[Losing], share: Decimal) -> list[Losing]:
    """Those of which more than this share would be lost."""
    return [one for one in losing if one.closing > share * one.total]


def make_plan(
    wanted: Wanted, stored: Stored, today: date, remembered: date, names: Mapping[str, str]
) -> Plan:
    """What has to be written so that the database says what the file says.

    `names` are the columns' headings, by which the report tells what changed.
    """
    planner = _Planner(wanted, stored, today, remembered, names)
    planner.homes()
    planner.absent_homes()
    return Plan(wanted, planner.steps, planner.finish(), planner.losing())


class _Planner:
    def __init__(
        self,
        wanted: Wanted,
        stored: Stored,
        today: date,
        remembered: date,
        names: Mapping[str, str],
    ) -> None:
        self.names = names
        self.wanted = wanted
        self.stored = stored
        self.today = today
        self.remembered = remembered
        self.report = Report()
        self.steps: list[Step] = []
        self.open: Counter[str] = Counter()
        self.closing: Counter[str] = Counter()
        self.leaving: Counter[str] = Counter()
        self.exempt: Counter[str] = Counter()
        self.exempt_no_more: Counter[str] = Counter()
        self.protected: Counter[str] = Counter()
        self.protected_no_more: Counter[str] = Counter()
        self.moved = self._moved_homes()
        self.matched: set[int] = set()
        self.planned_persons: set[str] = set()
        self.noted: dict[int, tuple[str, Message, str]] = {}
        self.gone: list[Noted] = []
        self.kept = 0

    def _moved_homes(self) -> dict[HomeKey, StoredHome]:
        """Homes whose address was corrected: same number, alone with it in the section."""

        def lone(keys: Iterable[HomeKey]) -> Mapping[tuple[SectionKey, str], HomeKey]:
            found: dict[tuple[SectionKey, str], HomeKey] = {}
            counts: Counter[tuple[SectionKey, str]] = Counter()
            for key in keys:
                found[key.stairwell.of_section, key.number] = key
                counts[key.stairwell.of_section, key.number] += 1
            return {name: key for name, key in found.items() if counts[name] == 1}

        before = lone(self.stored.homes)
        after = lone({*self.wanted.homes, *self.wanted.mentioned.homes})
        return {
            key: self.stored.homes[before[name]]
            for name, key in after.items()
            if key in self.wanted.homes and key not in self.stored.homes and name in before
        }

    def homes(self) -> None:
        for key, (facts, line) in self.wanted.homes.items():
            home = self.stored.homes.get(key) or self.moved.get(key)
            step = Step(key, home.id if home else None)
            self._home(step, home, facts, line)
            households = self.stored.households.get(home.id, {}) if home else {}
            for tenancy in self.wanted.tenancies_of.get(key, ()):
                self._tenancy(step, tenancy, households.get(tenancy.number))
            self._absent_tenancies(step, households)
            if step.rows:
                self.steps.append(step)

    def _home(self, step: Step, home: StoredHome | None, facts: HomeFacts, line: int) -> None:
        if home is None:
            step.home_values = facts._asdict()
            self._note(step, "added", line, say(N_("Home {home}"), home=step.key.number))
            return
        self.matched.add(home.id)
        changed = _differing(home.facts, facts)
        if home.closed_on is not None:
            changed["closed_on"] = None
        if step.key in self.moved:
            changed["address"] = step.key.stairwell
        if changed:
            step.home_values = changed
            self._changed(step, line, N_("Home {number}: {columns}"), step.key.number, changed)

    def _tenancy(self, step: Step, key: TenancyKey, found: StoredHousehold | None) -> None:
        facts, line = self.wanted.tenancies[key]
        if found is None and long_over(facts.ends_on, self.remembered):
            return  # forgotten, or as good as
        if found is None:
            exempt = self.wanted.exempts(key, already=False)
            step.households_new.append((key.number, facts, exempt))
            self._note(step, "added", line, say(N_("Tenancy {tenancy}"), tenancy=key.number))
        else:
            step.households[key.number] = found.id
            self._same_tenancy(step, key, found, line)
        members = self.stored.members.get(found.id, []) if found else []
        for member in self.wanted.members_of.get(key, ()):
            self._member(step, member, found, members)
        if found is not None:
            self._absent_members(step, key, members)

    def _same_tenancy(self, step: Step, key: TenancyKey, found: StoredHousehold, line: int) -> None:
        facts = self.wanted.tenancies[key][0]
        changed = _differing(found.facts, facts)
        number = key.home.stairwell.organisation
        self.exempt[number] += found.exempt
        if found.exempt != self.wanted.exempts(key, already=found.exempt):
            changed["exempt"] = not found.exempt
            self.exempt_no_more[number] += found.exempt
        was_open = is_open(found.facts.ends_on, self.today)
        ends = was_open and not is_open(facts.ends_on, self.today)
        self.open[number] += was_open
        self.closing[number] += ends
        if not changed:
            return
        step.households_changed.append({"id": found.id, **changed})
        if ends:
            self._note(step, "closed", line, say(N_("Tenancy {tenancy} ended"), tenancy=key.number))
        else:
            self._changed(step, line, N_("Tenancy {number}: {columns}"), key.number, changed)

    def _member(
        self,
        step: Step,
        key: MemberKey,
        household: StoredHousehold | None,
        members: list[StoredMember],
    ) -> None:
        facts, line = self.wanted.members[key]
        found = self._member_of(members, key.person)
        if found is None and long_over(facts.ends_on, self.remembered):
            return
        self._person(step, key.person, line, found)
        tenancy = self.wanted.tenancies[key.tenancy][0]
        if found is None:
            starts = facts.starts_on
            if starts is None and household is not None:
                starts = max(self.today, tenancy.starts_on)
            starts = starts or tenancy.starts_on
            step.members_new.append(
                NewMember(key.tenancy.number, key.person, facts._replace(starts_on=starts))
            )
            self._note(step, "added", line, say(N_("Person {person}"), person=key.person))
            return
        before = household.facts.starts_on if household else tenancy.starts_on
        changed = _member_changes(found, facts, before, tenancy.starts_on)
        if not changed:
            return
        step.members_changed.append({"id": found.id, **changed})
        if "ends_on" in changed and not is_open(facts.ends_on, self.today):
            self._leaves(key.tenancy, found)
            self._note(
                step, "closed", line, say(N_("Person {person} moved out"), person=key.person)
            )
        else:
            self._changed(step, line, N_("Person {number}: {columns}"), key.person, changed)

    def _member_of(self, members: list[StoredMember], number: str) -> StoredMember | None:
        """The membership a row is about: the newest by number, else one a tenant added by name."""
        mine = [member for member in members if member.number == number]
        if mine:
            return max(mine, key=lambda member: member.starts_on)
        if number in self.stored.persons or number in self.planned_persons:
            return None
        facts = self.wanted.persons[number][0]
        name = full_name(facts.given_name, facts.family_name)
        named = [
            member
            for member in members
            if not member.imported and member.number is None and member.name == name
        ]
        return named[0] if len(named) == 1 else None

    def _person(self, step: Step, number: str, line: int, member: StoredMember | None) -> None:
        if number in self.planned_persons:
            return
        self.planned_persons.add(number)
        facts = self.wanted.persons[number][0]
        found = self.stored.persons.get(number)
        if found is not None:
            changed = _differing(found.facts, self._protecting(step, number, found.facts))
            if changed:
                step.persons_changed.append({"id": found.id, **changed})
                self._changed(step, line, N_("Person {number}: {columns}"), number, changed)
        elif member is not None:
            # Somebody a tenant added: the register knows the person now, under this number.
            values = {"id": member.person, "number": number, **facts._asdict()}
            step.persons_changed.append(values)
            self._note(
                step, "changed", line, say(N_("Person {person} is registered"), person=number)
            )
        else:
            step.persons_new.append((number, facts))

    def _protecting(self, step: Step, number: str, before: PersonFacts) -> PersonFacts:
        """What the file says of a known person, and whether their name is still protected."""
        facts = self.wanted.persons[number][0]
        protected = self.wanted.protects(number, already=before.protected)
        organisation = step.key.stairwell.organisation
        self.protected[organisation] += before.protected
        self.protected_no_more[organisation] += before.protected and not protected
        return facts._replace(protected=protected)

    def _absent_members(self, step: Step, key: TenancyKey, members: list[StoredMember]) -> None:
        mentioned = self.wanted.mentioned
        if mentioned.may_name_all(key.home) or key in mentioned.whole_tenancies:
            return
        listed = {member.person for member in self.wanted.members_of.get(key, ())}
        for member in members:
            if (
                self._lives(member)
                and member.number is not None
                and member.number not in listed
                and MemberKey(key, member.number) not in mentioned.members
            ):
                self._leaves(key, member)
                step.members_changed.append({"id": member.id, "ends_on": self.today})
                moved_out = say(N_("Person {person} moved out"), person=member.number)
                self._gone(step, moved_out)

    def _leaves(self, key: TenancyKey, member: StoredMember) -> None:
        """Count who leaves a tenancy that goes on; whose tenancy ends is counted with it."""
        if self._lives(member) and is_open(self.wanted.tenancies[key][0].ends_on, self.today):
            self.leaving[key.home.stairwell.organisation] += 1

    def _lives(self, member: StoredMember) -> bool:
        """Whether the register says that somebody lives there after today."""
        known = member.imported and member.number is not None
        return known and is_open(member.ends_on, self.today)

    def losing(self) -> list[Losing]:
        """What each organisation would lose, of its tenancies and of the residents in them."""
        living: Counter[str] = Counter()
        for key, home in self.stored.homes.items():
            for household in self.stored.households.get(home.id, {}).values():
                if is_open(household.facts.ends_on, self.today):
                    members = self.stored.members.get(household.id, ())
                    living[key.stairwell.organisation] += sum(map(self._lives, members))
        lost = [
            Losing(number, going[number], there[number], asks)
            for going, there, asks in (
                (self.closing, self.open, CLOSES),
                (self.leaving, living, MOVES_OUT),
            )
            for number in there
        ]
        return lost + self._losing_marks()

    def _losing_marks(self) -> list[Losing]:
        """The marks taken; one alone is somebody's own affair, whatever share of a few it is."""
        return [
            Losing(number, going[number], there[number], asks)
            for going, there, asks in (
                (self.exempt_no_more, self.exempt, EXEMPTS_NO_MORE),
                (self.protected_no_more, self.protected, PROTECTS_NO_MORE),
            )
            for number in there
            if going[number] > 1
        ]

    def _absent_tenancies(self, step: Step, households: Mapping[str, StoredHousehold]) -> None:
        mentioned = self.wanted.mentioned
        for number, household in households.items():
            key = TenancyKey(step.key, number)
            if key in self.wanted.tenancies or not is_open(household.facts.ends_on, self.today):
                continue
            organisation = step.key.stairwell.organisation
            self.open[organisation] += 1
            if mentioned.may_name(key):
                self.kept += 1
                continue
            self.closing[organisation] += 1
            step.households_changed.append({"id": household.id, "ends_on": self.today})
            self._gone(step, say(N_("Tenancy {tenancy} ended"), tenancy=number))

    def absent_homes(self) -> None:
        """Homes of the file's organisations that the file does not name are closed."""
        mentioned = self.wanted.mentioned
        for key, home in self.stored.homes.items():
            organisation = key.stairwell.organisation
            if home.id in self.matched or organisation not in self.wanted.organisations:
                continue
            step = Step(key, home.id)
            kept = (
                mentioned.everything
                or organisation in mentioned.organisations
                or key in mentioned.homes
            )
            households = self.stored.households.get(home.id, {})
            if kept:
                self.kept += 1
                still = (one.facts.ends_on for one in households.values())
                self.open[organisation] += sum(is_open(ends, self.today) for ends in still)
                continue
            self._absent_tenancies(step, households)
            if home.closed_on is None:
                step.home_values = {"closed_on": self.today}
                gone = say(N_("Home {home} is no longer in the file"), home=key.number)
                self._gone(step, gone)
            if step.rows:
                self.steps.append(step)

    def _changed(
        self, step: Step, line: int, text: str, number: str, values: Mapping[str, Any]
    ) -> None:
        keys = [HEADINGS.get(name, name) for name in values if name != "id"]
        columns = ", ".join(self.names.get(key, key) for key in keys)
        self._note(step, "changed", line, say(text, number=number, columns=columns))

    def _note(self, step: Step, kind: str, line: int, what: Message) -> None:
        """Each row stands in the report once, under the most that happened to it."""
        before = self.noted.get(line)
        if before is None or KINDS.index(kind) > KINDS.index(before[0]):
            self.noted[line] = (kind, what, step.key.stairwell.organisation)

    def _gone(self, step: Step, what: Message) -> None:
        self.gone.append(Noted(None, what))
        self.report.of[step.key.stairwell.organisation]["closed"] += 1

    def finish(self) -> Report:
        """The report, in the order of the file; what has left it comes last."""
        for line, (kind, what, organisation) in sorted(
            self.noted.items(), key=lambda noted: noted[0]
        ):
            getattr(self.report, kind).append(Noted(line, what))
            self.report.of[organisation][kind] += 1
        self.report.closed += self.gone
        if self.kept:
            self.report.warnings.append(
                say(
                    N_("{count} things missing from the file were kept: a row was unreadable."),
                    count=self.kept,
                )
            )
        exempt, shown = self.exempt_no_more.total(), self.protected_no_more.total()
        if exempt or shown:
            text = N_("No longer exempt from digital post: {exempt}. Names shown again: {shown}.")
            self.report.warnings.append(say(text, exempt=exempt, shown=shown))
        self.report.rows, self.report.refused = self.wanted.rows, self.wanted.refused
        self.report.unchanged = self.wanted.rows - len(self.wanted.refused) - len(self.noted)
        return self.report


def _differing(stored: Any, wanted: Any) -> dict[str, Any]:
    if stored == wanted:
        return {}
    after = wanted._asdict()
    return {name: after[name] for name, value in stored._asdict().items() if after[name] != value}


def full_name(given: str, family: str) -> str:
    """A name as it is compared: one space between its parts, no difference of case."""
    return " ".join(f"{given} {family}".split()).casefold()


def _member_changes(
    found: StoredMember, facts: MemberFacts, began: date, begins: date
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if found.tenant != facts.tenant:
        changed["tenant"] = facts.tenant
    if found.adult != facts.adult:
        changed["adult"] = facts.adult
    starts = facts.starts_on or (begins if found.starts_on == began else found.starts_on)
    if found.starts_on != starts:
        changed["starts_on"] = starts
    if found.ends_on != facts.ends_on:
        changed["ends_on"] = facts.ends_on
    if not found.imported:
        changed["origin"] = True
    if not found.confirmed:
        changed["confirmed_at"] = True
    return changed
