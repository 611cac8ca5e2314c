"""What a service message says of its time and place, and when it holds."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from estate.language import LANGUAGES, N_, Message, Weekday, say
from estate.permissions import TABLE, Scope
from estate.retention.rules import Retention
from estate.search.rules import natural


class Urgency(StrEnum):
    """Whether it may wake somebody."""

    ORDINARY = "ordinary"
    URGENT = "urgent"


class Phase(StrEnum):
    """Where a message stands; `near` is within the day before it begins."""

    PLANNED = "planned"
    NEAR = "near"
    HOLDING = "holding"
    OVER = "over"


DANISH = "da"
WRITTEN_IN = tuple(LANGUAGES)
"""The languages a message can be written in; Danish, the first, is the one that counts."""

TITLE_LENGTH = 80
TEXT_LENGTH = 2000
AFTERWORD_LENGTH = 500
SHOWN_BEFORE = timedelta(hours=24)
"""So long before it begins a message stands on the first page."""
SHOWN_AFTER = timedelta(days=30)
YEAR_UNSAID = timedelta(days=60)
"""So near now a day is told without its year, though it may be another one."""
AHEAD_AT_MOST = timedelta(days=366)
LASTS_AT_MOST = timedelta(days=366)
JUST_NOW = timedelta(minutes=10)
"""A clock on the wall may be ahead of ours by so much."""

NOTICES_JOB = "notices.tell"
OWNER = "notice"
"""What deeds and `erasures.log` call one."""

NOTICES = Retention(
    kind="notice",
    purpose=N_("Service messages, so that it can be shown what was announced and when."),
    source=N_("Forældelsesloven § 3: claims lapse after three years."),
)


class Wording(NamedTuple):
    """A message in one language; `afterword` is what is said when it is over."""

    title: str = ""
    text: str = ""
    afterword: str = ""


Texts = Mapping[str, Wording]


class Span(NamedTuple):
    """From when until when, on a Danish clock; an open end is None."""

    starts: datetime
    ends: datetime | None = None


# When


def phase(now: datetime, starts: datetime, ends: datetime | None, over: datetime | None) -> Phase:
    """Where a message stands; `over` is when the office said that it ended."""
    if over is not None or (ends is not None and ends <= now):
        return Phase.OVER
    if starts <= now:
        return Phase.HOLDING
    return Phase.NEAR if starts - now <= SHOWN_BEFORE else Phase.PLANNED


def called_off(starts: datetime, over: datetime | None) -> bool:
    """Whether it was over before it began."""
    return over is not None and over <= starts


def when(span: Span, today: date | None) -> Message:
    """`today 10:00–13:00`, `from Monday 23 November at 10:00, until further notice`.

    Moments are on a Danish clock. Without `today` every day is named, as on a phone, where it may
    be read later. A day that has come round since is said with its year.
    """
    starts, ends = span
    if ends is None:
        return say(N_("from {start}, until further notice"), start=at(starts, today))
    if ends.date() != starts.date():
        return say(N_("from {start} to {end}"), start=at(starts, today), end=at(ends, today))
    hours = {"start": starts.time(), "end": ends.time()}
    match _days_from(starts.date(), today):
        case 0:
            return say(N_("today {start}–{end}"), **hours)
        case 1:
            return say(N_("tomorrow {start}–{end}"), **hours)
        case -1:
            return say(N_("yesterday {start}–{end}"), **hours)
        case _:
            return say(N_("{day}, {start}–{end}"), day=_named(starts.date(), today), **hours)


def at(moment: datetime, today: date | None) -> Message:
    """`today at 10:00`, `Monday 23 November at 10:00`; the moment is on a Danish clock."""
    hour = moment.time()
    match _days_from(moment.date(), today):
        case 0:
            return say(N_("today at {time}"), time=hour)
        case 1:
            return say(N_("tomorrow at {time}"), time=hour)
        case -1:
            return say(N_("yesterday at {time}"), time=hour)
        case _:
            return say(N_("{day} at {time}"), day=_named(moment.date(), today), time=hour)


def _named(day: date, today: date | None) -> Weekday | date:
    """A day by its weekday, or by its year where that is another one and not near."""
    near = today is None or day.year == today.year or abs(day - today) <= YEAR_UNSAID
    return Weekday(day) if near else day


def _days_from(day: date, today: date | None) -> int | None:
    return None if today is None else (day - today).days


# Where


class Door(NamedTuple):
    """A stairwell and the places it lies in."""

    stairwell: int
    building: int
    building_number: str
    section: int
    section_name: str
    organisation: int
    street: str
    house_number: str


def where(doors: Iterable[Door], whole: Collection[int]) -> Message:
    """`Lærkevej 8 and 10; all of Søen`: the doors by street, sections in `whole` by their name."""
    streets: dict[str, list[str]] = {}
    names: dict[int, str] = {}
    for door in doors:
        if door.section in whole:
            names[door.section] = door.section_name
        else:
            streets.setdefault(door.street, []).append(door.house_number)
    parts: list[Message] = [_street(street, streets[street]) for street in sorted(streets)]
    parts += [say(N_("all of {section}"), section=name) for name in names.values()]
    told = parts[0]
    for part in parts[1:]:
        told = say(N_("{several}; {next}"), several=told, next=part)
    return told


def _street(street: str, numbers: Iterable[str]) -> Message:
    first, *others = sorted(set(numbers), key=natural)
    if not others:
        return say(N_("{place}"), place=f"{street} {first}")
    several = ", ".join([f"{street} {first}", *others[:-1]])
    return say(N_("{several} and {last}"), several=several, last=others[-1])


class Reach(NamedTuple):
    """Whose messages somebody reads: by stairwell where they live, by section where they serve."""

    stairwells: frozenset[int]
    sections: frozenset[int]


def reach(scope: Scope) -> Reach:
    """What concerns this scope. A home's message is for its stairwell, not for the section."""
    granting = [one for one in scope.reader.standings if scope.permission in TABLE[one.role]]
    serving = (one.sections for one in granting if one.stairwell is None)
    return Reach(scope.stairwells, frozenset().union(*serving))


# Words

FIELD = re.compile(r"{(\w+)}")
FIELDS: Mapping[str, str] = {
    **{name: name for name in ("when", "from", "until", "where")},
    "hvornår": "when",
    "fra": "from",
    "til": "until",
    "hvor": "where",
}
"""What may stand in braces, in English or in Danish."""


def fields_in(text: str) -> list[str]:
    """Everything in braces, as written."""
    return FIELD.findall(text)


def filled(text: str, span: Span, place: Message, today: date | None) -> Message:
    """A message's text with its time and place in it, to be said in the text's own language."""
    values: dict[str, object] = {"when": when(span, today), "where": place}
    values["from"] = at(span.starts, today)
    values["until"] = at(span.ends, today) if span.ends else ""
    parts, end = [], 0
    for found in FIELD.finditer(text):
        if found[1] in FIELDS:
            parts += [_plain(text[end : found.start()]), f"{{{FIELDS[found[1]]}}}"]
            end = found.end()
    return Message("".join([*parts, _plain(text[end:])]), values)


def _plain(text: str) -> str:
    """Braces that people wrote stay braces."""
    return text.replace("{", "{{").replace("}", "}}")


@dataclass(frozen=True, slots=True)
class Template:
    """A reviewed message with room for time and place: its name in each language and its words."""

    key: str
    icon: str
    urgency: Urgency
    names: Mapping[str, str]
    texts: Texts

    def name(self, language: str) -> str:
        """What it is called in a language; in Danish where it is not known."""
        return self.names.get(language, self.names[DANISH])


def parse_templates(data: Mapping[str, Any]) -> dict[str, Template]:
    """Templates by key, in the order of their TOML; each holds every language whole."""
    return {
        one["key"]: Template(
            one["key"],
            one["icon"],
            Urgency(one["urgency"]),
            {language: one[language]["name"] for language in WRITTEN_IN},
            {
                language: Wording(*(one[language][part].strip() for part in Wording._fields))
                for language in WRITTEN_IN
            },
        )
        for one in data["template"]
    }


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as typed; moments in UTC. A day or hour that was typed and is none is `unread`."""

    texts: Texts
    starts: datetime | None
    ends: datetime | None
    urgency: Urgency = Urgency.ORDINARY
    template: str = ""
    stairwells: frozenset[int] = frozenset()
    looked_at: frozenset[str] = frozenset()
    unread: bool = False


def problems(draft: Draft, now: datetime) -> dict[str, Message]:
    """What has to be written differently in a new message, by field of the form."""
    found = change_problems(draft, now)
    if not draft.stairwells:
        found["stairwell"] = say(N_("Choose at least one stairwell."))
    return found


def change_problems(draft: Draft, now: datetime) -> dict[str, Message]:
    """The same of one that was told already, whose places stay."""
    found: dict[str, Message] = {}
    for language in WRITTEN_IN:
        wording = draft.texts.get(language, Wording())
        found |= _wording_problems(language, wording, open_end=draft.ends is None)
    return {**found, **_time_problems(draft, now)}


def _wording_problems(language: str, wording: Wording, *, open_end: bool) -> dict[str, Message]:
    found: dict[str, Message] = {}
    needed = language == DANISH or any(wording)
    if needed and not wording.title:
        found[f"title_{language}"] = say(N_("Write a headline."))
    if needed and not wording.text:
        found[f"text_{language}"] = say(N_("Write what people should know."))
    lengths = (TITLE_LENGTH, TEXT_LENGTH, AFTERWORD_LENGTH)
    for part, text, most in zip(Wording._fields, wording, lengths, strict=True):
        if len(text) > most:
            sentence = N_("This is {length} letters; there is room for {most}.")
            found[f"{part}_{language}"] = say(sentence, length=len(text), most=most)
        for field in fields_in(text):
            found |= _field_problem(f"{part}_{language}", field, open_end=open_end)
    return found


def _field_problem(name: str, field: str, *, open_end: bool) -> dict[str, Message]:
    if field not in FIELDS:
        known = N_("Nothing is filled in for {field}. These are: {fields}.")
        braced = (f"{{{one}}}" for one in FIELDS)
        return {name: say(known, field=f"{{{field}}}", fields=" ".join(braced))}
    if FIELDS[field] == "until" and open_end:
        sentence = N_("You gave no end. Give one, or write {field} in place of the end.")
        return {name: say(sentence, field="{when}")}
    return {}


def _time_problems(draft: Draft, now: datetime) -> dict[str, Message]:
    if draft.starts is None:
        return {"starts_day": say(N_("Write the day and the time it begins."))}
    if abs(draft.starts - now) > AHEAD_AT_MOST:
        return {"starts_day": say(N_("Choose a day within a year."))}
    if draft.unread:
        return {"ends_at": say(N_("Write the day and the time it ends, or leave both empty."))}
    if draft.ends is None:
        return {}
    if draft.ends <= draft.starts:
        return {"ends_at": say(N_("It ends before it begins."))}
    if draft.ends <= now:
        return {"ends_at": say(N_("That is over already. Choose a time that has not passed."))}
    if draft.ends - draft.starts > LASTS_AT_MOST:
        return {"ends_at": say(N_("It lasts a year at most. Leave the end empty instead."))}
    return {}


def over_problems(
    over: datetime | None, afterwords: Mapping[str, str], now: datetime
) -> dict[str, Message]:
    """What has to be written differently when somebody says that it is over."""
    found: dict[str, Message] = {}
    if over is None:
        found["over_day"] = say(N_("Write the day and the time it ended."))
    elif over > now + JUST_NOW:
        found["over_day"] = say(N_("That is yet to come. Change the end of the message instead."))
    for language, text in afterwords.items():
        found |= _wording_problems(language, Wording("-", "-", text), open_end=False)
    return found


def lagging(
    before: Texts, after: Texts, lagged: Collection[str], looked_at: Collection[str]
) -> frozenset[str]:
    """Languages that may say less than the Danish: it was changed, they were not nor looked at."""
    return frozenset(
        language
        for language, wording in after.items()
        if language in before
        and language != DANISH
        and language not in looked_at
        and (
            _left_behind(before[DANISH], after[DANISH], before[language], wording)
            or (language in lagged and before[language] == wording)
        )
    )


def _left_behind(danish: Wording, reworded: Wording, was: Wording, stands: Wording) -> bool:
    """Whether some part was changed in Danish and not in the other language."""
    parts = zip(danish, reworded, was, stands, strict=True)
    return any(before != after and old == new for before, after, old, new in parts)


def retold(before: tuple[Texts, Span], after: tuple[Texts, Span]) -> bool:
    """Whether people must hear of a change: a time moved, or the Danish says something else.

    A better translation or afterword disturbs nobody.
    """
    (texts, span), (new_texts, new_span) = before, after
    return span != new_span or texts[DANISH][:2] != new_texts[DANISH][:2]


def chosen_language(texts: Collection[str], language: str | None) -> str:
    """The language somebody reads it in: their own, else Danish."""
    return language if language is not None and language in texts else DANISH


def raised(before: Urgency, after: Urgency) -> bool:
    """Whether what was ordinary became urgent: then people must hear of it, too, and at once."""
    return after is Urgency.URGENT and before is not Urgency.URGENT


def utc(moment: datetime | None) -> datetime | None:
    """A typed moment as it is compared and kept: the hour that is skipped in spring is the next."""
    return moment.astimezone(UTC) if moment is not None else None


def by_urgency(urgency: Urgency, starts: datetime) -> tuple[bool, datetime]:
    """The order of the first page: what is urgent first, then what begins first."""
    return urgency is not Urgency.URGENT, starts


def doors_by_section(doors: Sequence[Door]) -> dict[int, list[Door]]:
    """The doors of each section, in their order."""
    found: dict[int, list[Door]] = {}
    for door in doors:
        found.setdefault(door.section, []).append(door)
    return found
