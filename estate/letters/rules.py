"""What kinds of letters there are, and what a letter must say."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.channels.rules import Matter, months_later
from estate.language import DEFAULT, LANGUAGES, N_, Message, say
from estate.retention.rules import Retention

COLUMNS = (
    *("code", "danish", "english", "arabic", "lead", "formal", "democracy"),
    *("valid_from", "source"),
)

LONGEST_TITLE, LONGEST_BODY = 120, 12_000

LARGEST_FILE, MOST_PAGES = 4, 40
"""Of a brought PDF: megabytes, and pages that every household gets."""

READING_JOB = "letters.read"
"""The long work of reading the text layer of a brought PDF."""

LETTERS = Retention(
    kind="letter",
    purpose=N_("Letters to households, and the proof that each arrived."),
    source=N_("Forældelsesloven § 3: claims lapse after three years."),
)


class PlaceKind(StrEnum):
    """What a letter can be sent to."""

    SECTION = "section"
    BUILDING = "building"
    STAIRWELL = "stairwell"
    HOUSEHOLD = "household"


class Kind(NamedTuple):
    """A kind of letter: its names by language, how long before it has to be there, what it is.

    `lead` is a number of days, weeks or months ("6 weeks"); empty where no law says. `source` is
    Danish, as the law is cited, and empty where there is none.
    """

    code: str
    names: Mapping[str, str]
    lead: str
    matter: Matter
    valid_from: date
    source: str

    def name(self, language: str) -> str:
        """What it is called; in Danish where the language has no name of its own."""
        return self.names.get(language) or self.names[DEFAULT]


def parse_kinds(lines: Iterable[str]) -> Sequence[Kind]:
    """The kinds of a CSV; raises ValueError on a row that cannot be read."""
    rows = csv.DictReader(lines, strict=True)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"The columns must be {', '.join(COLUMNS)}.")
    found = []
    for row in rows:
        names = {"da": row["danish"], "en": row["english"], "ar": row["arabic"]}
        matter = Matter(formal=row["formal"] == "yes", democracy=row["democracy"] == "yes")
        day = date.fromisoformat(row["valid_from"])
        found.append(Kind(row["code"], names, row["lead"], matter, day, row["source"]))
        before(day, row["lead"])
    return found


def kinds_on(kinds: Iterable[Kind], day: date) -> Mapping[str, Kind]:
    """By code, the newest row of each kind that holds on a day."""
    begun = sorted((kind for kind in kinds if kind.valid_from <= day), key=lambda k: k.valid_from)
    return {kind.code: kind for kind in begun}


def before(effective_on: date, lead: str) -> date:
    """The last day on which a letter may arrive for what begins on a day."""
    if not lead:
        return effective_on
    count, unit = lead.split()
    if unit == "months":
        return months_later(effective_on, -int(count))
    days = {"days": 1, "weeks": 7}
    if unit not in days:
        raise ValueError(f"A lead in {unit} cannot be counted.")
    return effective_on - timedelta(days=int(count) * days[unit])


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as somebody writes it: what it says by language, to whom, from when on.

    `texts` hold (title, body) by language, Danish always; `places` the kind and number of each.
    """

    section: int
    kind: str
    texts: Mapping[str, tuple[str, str]]
    places: Sequence[tuple[PlaceKind, int]]
    effective_on: date | None = None


def draft_problems(draft: Draft, kinds: Mapping[str, Kind], *, file: bool) -> dict[str, Message]:
    """What a letter still needs: field → what to do. With a PDF it needs no Danish body."""
    problems: dict[str, Message] = {}
    if draft.kind not in kinds:
        problems["kind"] = say(N_("Choose what the letter is."))
    for language, (title, body) in draft.texts.items():
        problems |= _text_problems(language, title, body, file=file)
    if not draft.places:
        problems["places"] = say(N_("Choose who gets the letter."))
    return problems


def _text_problems(language: str, title: str, body: str, *, file: bool) -> dict[str, Message]:
    needed = language == DEFAULT
    problems = {}
    if not title and (needed or body):
        problems[f"title_{language}"] = say(N_("Write what the letter is about."))
    if not body and ((needed and not file) or (title and not needed)):
        problems[f"body_{language}"] = say(N_("Write the letter."))
    if len(title) > LONGEST_TITLE:
        text = N_("Write at most {count} letters.")
        problems[f"title_{language}"] = say(text, count=LONGEST_TITLE)
    if len(body) > LONGEST_BODY:
        text = N_("Write at most {count} letters.")
        problems[f"body_{language}"] = say(text, count=LONGEST_BODY)
    return problems


def digest_of(
    kind: str,
    texts: Mapping[str, tuple[str, str]],
    effective_on: date | None,
    file: str,
) -> str:
    """SHA-256 (hex) over everything a letter says; `file` is the digest of its PDF, if any."""
    said = {
        "kind": kind,
        "texts": {language: list(texts[language]) for language in sorted(texts)},
        "effective_on": effective_on.isoformat() if effective_on else None,
        "file": file,
    }
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def help_languages(there: Iterable[str], spoken: Iterable[str | None]) -> list[str]:
    """The translations to lay beside the Danish: those there are and somebody there speaks."""
    wanted = {language for language in spoken if language}
    return [tag for tag in LANGUAGES if tag != DEFAULT and tag in wanted and tag in set(there)]
