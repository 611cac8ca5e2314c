"""People: households over the years, the cast one meets by name, and everybody's roles."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from estate import clock
from estate.language import LANGUAGES
from estate.people.models import Helper, Household, Member, Origin, Person, RoleHolding
from estate.people.rules import shown_name
from estate.permissions import Role, ScopeKind
from estate.texts.rules import e164
from web.demo.estate import Dwelling, Ground
from web.demo.material import Told, told
from web.demo.rows import Rows

ADULTS = ((1, 2, 3), (52, 39, 9))
ALIASES = ("Mor til tre", "Havefrøen", "Nattevagten", "Cyklisten", "Bogormen", "Morfar på 1. sal")


@dataclass(frozen=True)
class Resident:
    """An adult in a home for a period, as their posts are signed."""

    person: int
    name: str
    speaks: str
    dwelling: Dwelling
    since: date
    until: date | None
    protected: bool = False
    aliased: bool = False
    in_cast: bool = False

    def lives_on(self, day: date) -> bool:
        """Whether they live there on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass
class Town:
    """Those with an account by section, since only they write; the cast by name."""

    residents: dict[int, list[Resident]] = field(default_factory=lambda: defaultdict(list))
    cast: dict[str, Resident] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)


class MovingIn:
    """Moves people in, home by home."""

    def __init__(self, rows: Rows, ground: Ground, today: date, chance: Random) -> None:
        self.rows = rows
        self.ground = ground
        self.today = today
        self.chance = chance
        self.town = Town()
        self.roots = told("names")["roots"]
        self.shares = [root["share"] for root in self.roots]

    def everybody(self) -> Town:
        """Fill the homes; give out the roles."""
        at_home = defaultdict(list)
        for actor in told("cast")["person"]:
            at_home[actor.get("home")].append(actor)
        for dwelling in self.ground.dwellings:
            self._move_in(dwelling, at_home.get(dwelling.address, []))
        for actor in at_home[None]:
            self._person(actor["given"], actor["family"], "da", email=actor.get("email"))
            self.town.persons[_name(actor)] = len(self.rows.of(Person))
        for actor in told("cast")["person"]:
            if "role" in actor:
                self._give_role(actor)
        self._particulars()
        return self.town

    def _move_in(self, dwelling: Dwelling, cast: list[Told]) -> None:
        years = min(30.0, self.chance.expovariate(1 / 7))
        since = self.today - timedelta(days=30 + round(years * 365))
        if cast:
            since = min(since, self.today - timedelta(days=900 + self.chance.randrange(2000)))
        since = since.replace(day=self.chance.choice((1, 15)))
        if since > self.today - timedelta(days=730):
            self._earlier_household(dwelling, since)
        if cast or self.chance.random() > 0.025:
            self._household(dwelling, 2, since, None, cast)

    def _earlier_household(self, dwelling: Dwelling, before: date) -> None:
        until = before - timedelta(days=self.chance.randrange(1, 20))
        since = until - timedelta(days=self.chance.randrange(400, 4000))
        self._household(dwelling, 1, since, until, [])

    def _household(
        self, dwelling: Dwelling, count: int, since: date, until: date | None, cast: list[Told]
    ) -> None:
        exempt = any(actor.get("exempt") for actor in cast) or self.chance.random() < 0.08
        household = self.rows.add(
            Household,
            home_id=dwelling.home,
            number=f"{dwelling.number}-{count}",
            starts_on=since,
            ends_on=until,
            exempt=exempt,
        )
        if cast:
            self._cast_members(household, dwelling, since, cast)
            return
        root = self.chance.choices(self.roots, self.shares)[0]
        family = self.chance.choice(root["family"].split())
        (adults,) = self.chance.choices(*ADULTS)
        named: set[str] = set()
        for n in range(adults):
            if n and self.chance.random() < 0.3:
                family = self.chance.choice(root["family"].split())
            given = self._given(root, named)
            person, name, protected = self._somebody(root, given, family, until)
            self._member(household, person, since, until, tenant=n == 0)
            if self.rows.of(Person)[person - 1]["email"]:
                self.town.residents[dwelling.section].append(
                    Resident(
                        person,
                        name,
                        root["speaks"],
                        dwelling,
                        since,
                        until,
                        protected=protected,
                        aliased=name != given,
                    )
                )
        for _ in range(self.chance.choice((0, 0, 0, 1, 2)) if adults == 2 else 0):
            child = self._person(self._given(root, named), family, root["speaks"])
            self._member(household, child, since, until, adult=False)

    def _cast_members(
        self, household: int, dwelling: Dwelling, since: date, cast: list[Told]
    ) -> None:
        for actor in cast:
            language = actor.get("language", "da")
            person = self._person(
                actor["given"],
                actor["family"],
                language,
                email=actor.get("email"),
                alias=actor.get("alias"),
            )
            adult = not actor.get("child", False)
            tenant = actor.get("tenant", False)
            self._member(household, person, since, None, tenant=tenant, adult=adult)
            self.town.persons[_name(actor)] = person
            if adult:
                name = shown_name(actor["given"], actor.get("alias"), protected=False)
                here = Resident(
                    person,
                    name,
                    language,
                    dwelling,
                    since,
                    None,
                    aliased="alias" in actor,
                    in_cast=True,
                )
                self.town.cast[_name(actor)] = here
                self.town.residents[dwelling.section].append(here)

    def _given(self, root: Told, named: set[str]) -> str:
        """A first name that nobody in the household has yet."""
        given = str(self.chance.choice([n for n in root["given"].split() if n not in named]))
        named.add(given)
        return given

    def _somebody(
        self, root: Told, given: str, family: str, until: date | None
    ) -> tuple[int, str, bool]:
        protected = self.chance.random() < 0.008
        hidden = protected or self.chance.random() < 0.012
        alias = self.chance.choice(ALIASES) if hidden else None
        account = self.chance.random() < 0.65
        person = self._person(
            given, family, root["speaks"], alias=alias, protected=protected, account=account
        )
        return person, shown_name(given, alias, protected=protected), protected

    def _person(
        self, given: str, family: str, speaks: str, *, email: str | None = None, **more: Any
    ) -> int:
        account = more.pop("account", email is not None)
        number = len(self.rows.of(Person)) + 1
        address = email or f"beboer{number}@demo.example"
        created = self.today - timedelta(days=self.chance.randrange(20, 700))
        self.rows.add(
            Person,
            key=f"{self.chance.getrandbits(64):016x}",
            administration_id=self.ground.administration,
            number=f"P{number:05}",
            given_name=given,
            family_name=family,
            email=address if account else None,
            email_confirmed_at=at(created, time(12)) if account else None,
            contact_email=address if account or self.chance.random() < 0.6 else None,
            contact_phone=f"+455555{number % 10_000:04}",
            language=speaks if account and speaks in LANGUAGES else None,
            created_at=at(created, time(4)),
            **more,
        )
        row = self.rows.of(Person)[number - 1]
        row["contact_number"] = e164(row["contact_phone"])
        return number

    def _member(
        self,
        household: int,
        person: int,
        since: date,
        until: date | None,
        *,
        tenant: bool = False,
        adult: bool = True,
    ) -> None:
        self.rows.add(
            Member,
            household_id=household,
            person_id=person,
            tenant=tenant,
            adult=adult,
            origin=Origin.IMPORT,
            starts_on=since,
            ends_on=until,
            confirmed_at=at(since, time(4)),
        )

    def _give_role(self, actor: Told) -> None:
        kind, scope = self._reach(actor)
        self.rows.add(
            RoleHolding,
            person_id=self.town.persons[_name(actor)],
            role=Role(actor["role"]),
            scope_kind=kind,
            scope_id=scope,
            starts_on=self.today - timedelta(days=800),
        )

    def _reach(self, actor: Told) -> tuple[ScopeKind, int]:
        if "section" in actor:
            return ScopeKind.SECTION, self.ground.sections[actor["section"]]
        if "organisation" in actor:
            return ScopeKind.ORGANISATION, self.ground.organisations[actor["organisation"]]
        if actor["role"] in {"editor", "partner"}:
            return ScopeKind.PARTNERSHIP, self.ground.partnership
        return ScopeKind.OFFICE, self.ground.office

    def _particulars(self) -> None:
        """A daughter who helps, and two adults who wait for the office to confirm them."""
        cast = self.town.cast
        daughter = self._person("Marianne", "Sørensen", "da", account=True)
        self.rows.add(
            Helper,
            resident_id=cast["Bent Sørensen"].person,
            helper_id=daughter,
            name="Marianne Sørensen",
            starts_on=self.today - timedelta(days=200),
        )
        for given, host in (("Ali", "Yasmin Demir"), ("Maja", "Mikkel Bech")):
            family = host.split()[1]
            person = self._person(given, family, "da")
            self.rows.add(
                Member,
                household_id=self._household_of(cast[host].person),
                person_id=person,
                origin=Origin.TENANT,
                starts_on=self.today - timedelta(days=3),
            )

    def _household_of(self, person: int) -> int:
        (found,) = {
            row["household_id"] for row in self.rows.of(Member) if row["person_id"] == person
        }
        return int(found)


def at(day: date, hour: time) -> datetime:
    """A moment on a Danish clock."""
    return datetime.combine(day, hour, clock.LOCAL)


def _name(actor: Told) -> str:
    return f"{actor['given']} {actor['family']}"
