"""A letter on its way to a section: some have read it, some have it on paper; and a draft."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from estate.audit.models import Deed
from estate.channels.queries import law
from estate.channels.rules import Facts, lawful_digital, paper_why
from estate.language import DEFAULT, LANGUAGES
from estate.letters.models import Letter, LetterPlace, LetterText
from estate.letters.queries import kinds
from estate.letters.rules import Kind, PlaceKind, before, digest_of, help_languages
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel, full_name, holds_on
from estate.proof.models import DoorVisit, LetterCopy, LetterOpening
from estate.proof.rules import Known, Outcome, Receiver, proof
from estate.rounds.queries import Envelope
from estate.search.rules import natural
from web.demo.estate import CITY, POSTCODE, Dwelling, Ground
from web.demo.material import Told, told
from web.demo.people import Town, at
from web.demo.rows import Rows, Sheaf

Row = dict[str, Any]
WORKS_AHEAD, MONEY_AHEAD = timedelta(days=60), timedelta(days=45)
PRINTED, HANDED = 0.6, 0.35
"""How much of the way through the section's stairwells the printer and the caretaker have come."""

NOT_POSSIBLE = {2: "no_access", 5: "no_letterbox"}
"""Doors of the caretaker's round, counted from 0, at which it did not work, and why."""


class Days(NamedTuple):
    """The working days on which the letter was given, printed, and taken round."""

    given: datetime
    printed: datetime
    handed: datetime


class Recipient(NamedTuple):
    """A household as the letter finds it: its home, adults and tenants, and the tenants' names."""

    household: Row
    dwelling: Dwelling
    adults: Sequence[Row]
    tenants: Sequence[Row]
    names: tuple[str, ...]


class Letters:
    """Writes the rows of letters; what of them is on paper goes to `rows.sheaves`."""

    def __init__(self, rows: Rows, ground: Ground, town: Town, today: date, chance: Random) -> None:
        self.rows = rows
        self.ground = ground
        self.today = today
        self.chance = chance
        self.office = town.persons["Lone Mikkelsen"]
        self.caretaker = town.persons["Kenneth Møller"]
        self.cast = {resident.person for resident in town.cast.values()}
        self.story = told("letters")["given"]
        self.opened, self.unread = [
            {town.persons[name] for name in self.story[which]} for which in ("opened", "unread")
        ]
        self.recipients: dict[int, Recipient] = {}

    def write(self) -> None:
        """The letter with every household's copy, and the draft."""
        handed = workday_before(self.today)
        printed = workday_before(handed)
        given = workday_before(printed)
        days = Days(at(given, time(9, 12)), at(printed, time(10, 5)), at(handed, time(13)))
        made = at(workday_before(given), time(14, 35))
        starts = monday_from(self.today + WORKS_AHEAD)
        letter = self._letter(self.story, starts, made, days.given)
        self._choose_channels()
        self._copies(letter, kinds(self.today)[self.story["kind"]], days.given)
        self._print(letter, days)
        self._prove()
        changed = (self.today + MONEY_AHEAD).replace(day=28) + timedelta(days=4)
        self._letter(told("letters")["draft"], changed.replace(day=1), at(handed, time(14, 40)))

    def _letter(
        self, story: Told, effective: date, made: datetime, given: datetime | None = None
    ) -> int:
        section = self.ground.sections[story["section"]]
        texts = {
            tag: (story[tag]["title"], story[tag]["body"].strip())
            for tag in LANGUAGES
            if tag in story
        }
        kind = kinds(self.today)[story["kind"]]
        letter = self.rows.add(
            Letter,
            section_id=section,
            kind=kind.code,
            title=texts[DEFAULT][0],
            effective_on=effective,
            deliver_by=before(effective, kind.lead),
            digest=digest_of(kind.code, texts, effective, "") if given else "",
            made_at=made,
            made_by_id=self.office,
            given_at=given,
            given_on=given.date() if given else None,
            given_by_id=self.office if given else None,
        )
        for tag, (title, body) in texts.items():
            self.rows.add(LetterText, letter_id=letter, language=tag, title=title, body=body)
        place = {"kind": PlaceKind.SECTION, "place_id": section}
        self.rows.add(LetterPlace, letter_id=letter, **place)
        return letter

    def _choose_channels(self) -> None:
        """A few households wish their letters by SMS or on paper."""
        cast = {row["household_id"] for row in self._members() if row["person_id"] in self.cast}
        for row in self.rows.of(Household):
            if row["ends_on"] is None and row["id"] not in cast:
                dice = self.chance.random()
                if dice < 0.09:
                    row["channel"] = LetterChannel.PAPER if dice < 0.05 else LetterChannel.SMS

    def _members(self) -> list[Row]:
        return self.rows.of(Member)

    def _found(self, day: date) -> Iterator[Recipient]:
        """The households of the section on a day, in order."""
        section = self.ground.sections[self.story["section"]]
        homes = {d.home: d for d in self.ground.dwellings if d.section == section}
        people, members = self.rows.of(Person), defaultdict(list)
        for member in self._members():
            there = holds_on(day, member["starts_on"], member["ends_on"])
            if there and member["adult"] and member["confirmed_at"]:
                members[member["household_id"]].append(member)
        for row in self.rows.of(Household):
            if row["home_id"] in homes and holds_on(day, row["starts_on"], row["ends_on"]):
                mine = members[row["id"]]
                adults = [people[member["person_id"] - 1] for member in mine]
                tenants = [people[m["person_id"] - 1] for m in mine if m["tenant"]]
                names = tuple(map(_named, tenants))
                yield Recipient(row, homes[row["home_id"]], adults, tenants, names)

    def _copies(self, letter: int, kind: Kind, given: datetime) -> None:
        for one in self._found(given.date()):
            row, day = one.household, given.date()
            facts = Facts(contract_on=row["starts_on"], exempt=row["exempt"])
            lawful = lawful_digital(law(day), kind.matter, facts, day)
            told = _reachable(one)
            paper = row["channel"] is LetterChannel.PAPER
            why = paper_why(paper_chosen=paper, lawful=lawful.ok, reachable=told)
            copy = self.rows.add(
                LetterCopy,
                letter_id=letter,
                household_id=row["id"],
                version=1,
                channel=row["channel"],
                lawful=lawful.ok,
                grounds=list(lawful.obstacles),
                sent_at=given if told and not paper else None,
                paper_at=given if why else None,
                paper_why=why,
            )
            self.recipients[copy] = one
            self._open(copy, one, given)
        count, organisation = len(self.recipients), self._organisation()
        self.rows.of(Letter)[letter - 1]["households"] = count
        details = {"kind": kind.code, "households": count, "version": 1}
        self._deed(given, self.office, "gave_letter", letter, details, organisation)

    def _open(self, copy: int, one: Recipient, given: datetime) -> None:
        """Whoever can sign in may have read it since."""
        until = at(self.today, time())
        for person in one.adults:
            known = person["id"] in self.opened or self.chance.random() < 0.4
            moment = given + timedelta(minutes=self.chance.randrange(20, 3600))
            if person["email"] and known and person["id"] not in self.unread and moment < until:
                tenant = person in one.tenants
                values = {"copy_id": copy, "person_id": person["id"], "opened_at": moment}
                self.rows.add(LetterOpening, **values, trusted=tenant)
                row = self.rows.of(LetterCopy)[copy - 1]
                if tenant:
                    row["opened_at"] = min(row["opened_at"] or moment, moment)

    def _print(self, letter: int, days: Days) -> None:
        """What waits for paper is printed from the first stairwell on, and taken round after it."""
        stairwells: dict[int, list[Row]] = defaultdict(list)
        for copy, one in sorted(
            self.recipients.items(), key=lambda item: self._on_the_way(item[1])
        ):
            row = self.rows.of(LetterCopy)[copy - 1]
            if row["paper_at"]:
                stairwells[one.dwelling.stairwell].append(row)
        doors = list(stairwells)
        printed, handed = [doors[: round(len(doors) * share)] for share in (PRINTED, HANDED)]
        for door in printed:
            self._sheaf(letter, door, stairwells[door], days.printed)
        organisation = self._organisation()
        self._deed(days.printed, self.office, "printed_letters", letter, {}, organisation)
        on_the_round = [row for door in handed for row in stairwells[door]]
        for number, row in enumerate(on_the_round):
            self._visit(letter, row, number, days.handed + timedelta(seconds=100 * number))

    def _on_the_way(self, one: Recipient) -> tuple[str, int]:
        """Where one comes by, walking along the street and up the stairs."""
        return natural(" ".join(self.ground.doors[one.dwelling.stairwell])), one.dwelling.home

    def _sheaf(self, letter: int, door: int, copies: list[Row], moment: datetime) -> None:
        envelopes = [self._envelope(row["id"]) for row in copies]
        self.rows.sheaves.append(Sheaf(letter, door, moment, envelopes))
        for row in copies:
            row["printed_at"] = moment

    def _envelope(self, copy: int) -> Envelope:
        one = self.recipients[copy]
        helps = help_languages(self.story, (person["language"] for person in one.adults))
        city = f"{POSTCODE} {CITY}"
        return Envelope(copy, one.names, one.dwelling.address, city, tuple(helps))

    def _visit(self, letter: int, row: Row, number: int, moment: datetime) -> None:
        reason = NOT_POSSIBLE.get(number, "")
        outcome = Outcome.HANDED if self.chance.random() < 0.2 else Outcome.LETTERBOX
        if reason:
            outcome = Outcome.NOT_POSSIBLE
        hands = Receiver.HOUSEHOLD if number % 3 == 0 else Receiver.TENANT
        self.rows.add(
            DoorVisit,
            copy_id=row["id"],
            at=moment,
            noted_at=moment,
            by_id=self.caretaker,
            outcome=outcome,
            reason=reason,
            handed_to=hands if outcome is Outcome.HANDED else None,
        )
        noted = self.rows.of(DoorVisit)[-1]["outcome"].value
        details = {"copy": row["id"], "outcome": noted}
        self._deed(moment, self.caretaker, "visited_door", letter, details)

    def _prove(self) -> None:
        """What shows of each copy that it arrived, by the house's own rule."""
        openings: dict[int, Row] = {}
        for opening in self.rows.of(LetterOpening):
            if not opening["trusted"]:
                continue
            first = openings.setdefault(opening["copy_id"], opening)
            if opening["opened_at"] < first["opened_at"]:
                openings[opening["copy_id"]] = opening
        visits = {row["copy_id"]: row for row in self.rows.of(DoorVisit)}
        for row in self.rows.of(LetterCopy):
            opening, visit = openings.get(row["id"], {}), visits.get(row["id"], {})
            shown = proof(
                Known(
                    digital_counts=row["lawful"] and row["channel"] is not LetterChannel.PAPER,
                    opened_at=opening.get("opened_at"),
                    opened_by=opening.get("person_id"),
                    door_at=visit.get("at"),
                    door_outcome=visit.get("outcome"),
                    door_by=visit.get("by_id"),
                    door_to=visit.get("handed_to"),
                )
            )
            if shown:
                row["delivered_at"], row["delivered_how"] = shown.at, shown.how
                row["delivered_to"] = shown.to
                row["delivered_by_id"] = shown.by

    def _organisation(self) -> int:
        return self.ground.section_organisation[self.ground.sections[self.story["section"]]]

    def _deed(
        self,
        moment: datetime,
        actor: int,
        verb: str,
        letter: int,
        details: Row,
        organisation: int | None = None,
    ) -> None:
        self.rows.add(
            Deed,
            at=moment,
            actor_id=actor,
            organisation_id=organisation,
            verb=verb,
            thing_kind="letter",
            thing_id=letter,
            details=details,
        )


def _named(person: Row) -> str:
    names = person["given_name"], person["family_name"], person["alias"]
    return full_name(*names, protected=person["protected"])


def _reachable(one: Recipient) -> bool:
    """Whether anybody there has what the household's channel asks for."""
    texted = one.household["channel"] is LetterChannel.SMS
    own, known = ("phone", "contact_number") if texted else ("email", "contact_email")
    return any(person[own] or person[known] for person in one.adults)


def workday_before(day: date) -> date:
    """The last Monday to Friday before a day."""
    return day - timedelta(days={0: 3, 6: 2}.get(day.weekday(), 1))


def monday_from(day: date) -> date:
    """The first Monday from a day on."""
    return day + timedelta(days=-day.weekday() % 7)
