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
from estate.memberships.rules import (
    StoredMember,
    comes_again,
    full_name,
    is_open,
    left_before,
    lives,
    member_changes,
    named,
    numbered,
    still_named,
)
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

    `left` are rows of people who left by themselves; those rows stand elsewhere in it as well.
    `of` counts what was added, changed and closed in each organisation.
    """

    rows: int = 0
    unchanged: int = 0
    added: list[Noted] = field(default_factory=list)
    changed: list[Noted] = field(default_factory=list)
    closed: list[Noted] = field(default_factory=list)
    left: list[Noted] = field(default_factory=list)
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
        tenancy = self.wanted.tenancies[key.tenancy][0]
        found = self._member_of(members, key.person)
        left_on = found.left_on if found else None
        begins = facts.starts_on or tenancy.starts_on
        if found is None or (left_on is not None and comes_again(left_on, begins)):
            known = household is not None and found is None
            starts = facts.starts_on or (max(self.today, begins) if known else begins)
            self._new_member(step, key, facts._replace(starts_on=starts), found)
        elif left_on is not None:
            self._person(step, key.person, line, found)
            if still_named(facts, tenancy.ends_on, self.today):
                self.report.left.append(Noted(line, _left(key.person, left_on)))
        else:
            before = household.facts.starts_on if household else tenancy.starts_on
            left = left_before(members, found)
            changed = member_changes(found, facts, before, tenancy.starts_on, left)
            self._same_member(step, key, found, changed)

    def _new_member(
        self, step: Step, key: MemberKey, facts: MemberFacts, before: StoredMember | None
    ) -> None:
        """Somebody is new in a tenancy, or moves in again after they had left it by themself."""
        if long_over(facts.ends_on, self.remembered):
            return
        line = self.wanted.members[key][1]
        self._person(step, key.person, line, before)
        step.members_new.append(NewMember(key.tenancy.number, key.person, facts))
        self._note(step, "added", line, say(N_("Person {person}"), person=key.person))

    def _same_member(
        self, step: Step, key: MemberKey, found: StoredMember, changed: Mapping[str, Any]
    ) -> None:
        facts, line = self.wanted.members[key]
        self._person(step, key.person, line, found)
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
        mine = numbered(members, number)
        if mine or number in self.stored.persons or number in self.planned_persons:
            return mine
        facts = self.wanted.persons[number][0]
        return named(members, full_name(facts.given_name, facts.family_name))

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
                lives(member, self.today)
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
        if lives(member, self.today) and is_open(self.wanted.tenancies[key][0].ends_on, self.today):
            self.leaving[key.home.stairwell.organisation] += 1

    def losing(self) -> list[Losing]:
        """What each organisation would lose, of its tenancies and of the residents in them."""
        living: Counter[str] = Counter()
        for key, home in self.stored.homes.items():
            for household in self.stored.households.get(home.id, {}).values():
                if is_open(household.facts.ends_on, self.today):
                    members = self.stored.members.get(household.id, ())
                    living[key.stairwell.organisation] += sum(
                        lives(one, self.today) for one in members
                    )
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


def _left(person: str, day: date) -> Message:
    text = N_(
        "Person {person} left by themself on {day}, and is still in the administration's file. "
        "End it in the administration's system."
    )
    return say(text, person=person, day=day)


def _differing(stored: Any, wanted: Any) -> dict[str, Any]:
    if stored == wanted:
        return {}
    after = wanted._asdict()
    return {name: after[name] for name, value in stored._asdict().items() if after[name] != value}
