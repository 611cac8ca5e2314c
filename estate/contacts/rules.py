"""Who helps with what, found by everyday words: the best match, and below it what cannot wait.

`topics.csv` says who, `wordings.csv` how it is called and what to have ready, in each language.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from estate.finding.rules import Filler, keys_of, sayings_of, scored
from estate.language import DEFAULT, N_, Message, say
from estate.people.rules import email_problem

NAME_LENGTH, PHONE_LENGTH, NOTE_LENGTH, WEB_LENGTH = 80, 30, 200, 200
PHONE_SIGNS = frozenset("0123456789 +()-")


CONTACT = "contact"
"""What deeds call somebody to turn to. In `erasures.log` one removed or changed:
`[number, moment]`.
"""


class Who(StrEnum):
    """Whom one turns to. `page` is nobody: one does it here."""

    EMERGENCY = "emergency"
    DUTY = "duty"
    OFFICE = "office"
    BOARD = "board"
    ADMINISTRATION = "administration"
    MUNICIPALITY = "municipality"
    BENEFITS = "benefits"
    HEAT = "heat"
    POWER = "power"
    BROADBAND = "broadband"
    WASTE = "waste"
    PAGE = "page"


CALLED: Mapping[Who, str] = {
    Who.EMERGENCY: N_("Alarm 112"),
    Who.DUTY: N_("The duty phone"),
    Who.OFFICE: N_("The office"),
    Who.BOARD: N_("The section’s board"),
    Who.ADMINISTRATION: N_("The administration"),
    Who.MUNICIPALITY: N_("The municipality"),
    Who.BENEFITS: N_("Udbetaling Danmark"),
    Who.HEAT: N_("The heat and water company"),
    Who.POWER: N_("The power company"),
    Who.BROADBAND: N_("Internet and TV"),
    Who.WASTE: N_("Waste collection"),
    Who.PAGE: N_("Here in Opgang"),
}

KEPT_BY_OFFICE = (
    Who.BOARD,
    Who.ADMINISTRATION,
    Who.MUNICIPALITY,
    Who.HEAT,
    Who.POWER,
    Who.BROADBAND,
    Who.WASTE,
)
"""Whose numbers differ from place to place, so that the office writes them down."""


class Urgency(StrEnum):
    """How much a topic hurries."""

    DANGER = "danger"
    NOW = "now"
    ORDINARY = ""


class Group(StrEnum):
    """What a topic is about, for whoever looks instead of searching."""

    WATER = "water"
    HOME = "home"
    HOUSE = "house"
    RENT = "rent"
    NEIGHBOURS = "neighbours"
    OTHER = "other"


RANK: Mapping[Urgency, int] = {Urgency.DANGER: 0, Urgency.NOW: 1, Urgency.ORDINARY: 2}


class Wording(NamedTuple):
    """A topic in one language: its title, other words for it, and what to have ready.

    `asks` is its title as a question below another answer; `sayings`, parted by commas, are what
    tells it from topics with the same words: `ingen varme`, though `ingen` alone says nothing.
    """

    language: str
    title: str
    words: str
    ready: str
    asks: str = ""
    sayings: str = ""


@dataclass(frozen=True)
class Topic:
    """Something people need help with. A `season` (`10-01/04-30`) is when it cannot wait.

    `keys` are the words it is found by, in every language; `sayings` those that tell more together.
    """

    name: str
    who: Who
    urgency: Urgency
    season: tuple[str, str] | None
    group: Group
    page: str
    wordings: Mapping[str, Wording]
    keys: frozenset[str]
    sayings: frozenset[tuple[str, ...]]

    def wording(self, language: str) -> Wording:
        """The topic in a language; in Danish where it is not written in that one."""
        return self.wordings.get(language, self.wordings[DEFAULT])

    def urgency_on(self, day: date) -> Urgency:
        """How much it hurries on a day: outside its season it can wait."""
        return self.urgency if self.season is None or _in(self.season, day) else Urgency.ORDINARY

    def who_on(self, day: date) -> Who:
        """Whom to turn to on a day: what can wait until the office opens goes there."""
        waits = self.who is Who.DUTY and self.urgency_on(day) is Urgency.ORDINARY
        return Who.OFFICE if waits else self.who


def _in(season: tuple[str, str], day: date) -> bool:
    begins, ends = season
    today = f"{day:%m-%d}"
    return begins <= today <= ends if begins <= ends else today >= begins or today <= ends


def parse_topics(topics: Iterable[str], wordings: Iterable[str], filler: Filler) -> list[Topic]:
    """Topics in the order of their CSV; raises ValueError where one has no Danish wording."""
    written: dict[str, dict[str, Wording]] = {}
    for row in csv.DictReader(wordings, strict=True):
        said = Wording(*(row.get(column) or "" for column in Wording._fields))
        written.setdefault(row["topic"], {})[said.language] = said
    found = [
        _topic(row, written.pop(row["topic"], {}), filler)
        for row in csv.DictReader(topics, strict=True)
    ]
    if written:
        raise ValueError(f"Wordings of no topic: {sorted(written)}")
    return found


def _topic(row: Mapping[str, str], wordings: Mapping[str, Wording], filler: Filler) -> Topic:
    if DEFAULT not in wordings:
        raise ValueError(f"{row['topic']} has no wording in {DEFAULT}.")
    begins, _, ends = row["season"].partition("/")
    return Topic(
        row["topic"],
        Who(row["who"]),
        Urgency(row["urgency"]),
        (begins, ends) if ends else None,
        Group(row["group"]),
        row["page"],
        wordings,
        keys_of(
            ((said.language, f"{said.title} {said.words}") for said in wordings.values()), filler
        ),
        sayings_of(said.sayings for said in wordings.values()),
    )


def find(
    topics: Sequence[Topic], question: str, filler: Filler, language: str, day: date
) -> list[Topic]:
    """The topics a question is about: what fits best, what hurries, and the others as they fit.

    Of those that fit alike the one that can wait comes first: it is what happens more often, and a
    needless call costs money. A question without a word that says something finds all of them;
    one about nothing known here finds none.
    `static/js/contact.js` does the same, step by step, where there is no network: both or neither.
    """
    scores = scored(topics, question, filler, language)
    if scores is None:
        return in_order(topics, day)
    return _asked_below([one for one in in_order(topics, day) if one.name in scores], scores, day)


def _asked_below(fitting: list[Topic], scores: Mapping[str, float], day: date) -> list[Topic]:
    """The best match, below it what hurries, then the others; all by how they fit."""
    best = sorted(fitting, key=lambda one: (-scores[one.name], -RANK[one.urgency_on(day)]))
    return best[:1] + in_order(best[1:], day)


def in_order(topics: Sequence[Topic], day: date) -> list[Topic]:
    """These topics, those that cannot wait on this day first."""
    return sorted(topics, key=lambda topic: RANK[topic.urgency_on(day)])


def parse_national(lines: Iterable[str]) -> dict[Who, list[tuple[date, str, str]]]:
    """Since when, by which phone and web address everybody in the country reaches somebody."""
    found: dict[Who, list[tuple[date, str, str]]] = {}
    for row in csv.DictReader(lines, strict=True):
        dated = (date.fromisoformat(row["valid_from"]), row["phone"], row["web"])
        found.setdefault(Who(row["who"]), []).append(dated)
    return found


class Contacting(NamedTuple):
    """What the office wrote about somebody: `note` is what to have ready, in `language`."""

    name: str
    phone: str
    email: str
    web: str
    note: str
    language: str


def contact_problems(typed: Contacting) -> dict[str, Message]:
    """What is wrong with a contact as typed: field → what to do."""
    problems: dict[str, Message] = {}
    if not typed.name:
        problems["name"] = say(N_("Write the name people know."))
    for field, most in (("name", NAME_LENGTH), ("note", NOTE_LENGTH), ("web", WEB_LENGTH)):
        if len(getattr(typed, field)) > most:
            problems[field] = say(N_("Write at most {count} letters."), count=most)
    return {**problems, **_reach_problems(typed.phone, typed.email, typed.web)}


def _reach_problems(phone: str, email: str, web: str) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if len(phone) > PHONE_LENGTH or not set(phone) <= PHONE_SIGNS:
        problems["phone"] = say(N_("A phone number has only digits, spaces and a plus."))
    elif not (phone or email or web):
        problems["phone"] = say(N_("Write a phone number, an e-mail or a web address."))
    if email and (trouble := email_problem(email)):
        problems["email"] = trouble
    if web and (not web.startswith("https://") or any(sign.isspace() for sign in web)):
        problems["web"] = say(N_("A web address begins with https:// and has no spaces."))
    return problems


def callable_number(phone: str) -> str:
    """A phone number as a `tel:` link wants it (RFC 3966): digits, and a plus in front."""
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")
