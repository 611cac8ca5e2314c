"""What kinds of letters there are, what proves that one arrived, and what a letter must say."""

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.channels.rules import Matter, months_later
from estate.language import DEFAULT, LANGUAGES, N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission
from estate.retention.rules import Retention

GIVING_JOB = "give_letter"
COLUMNS = (
    *("code", "danish", "english", "arabic", "lead", "formal", "democracy"),
    *("valid_from", "source"),
)
LONGEST_TITLE, LONGEST_BODY = 120, 12_000
LARGEST_FILE, MOST_PAGES = 4, 40
"""Of a brought PDF: megabytes, and pages that every household gets."""

LETTERS = Retention(
    kind="letter",
    purpose=N_("Letters to households, and the proof that each arrived."),
    source=N_("Forældelsesloven § 3: claims lapse after three years."),
)
LETTER = NotificationKind(
    "letter",
    N_("Letters to my household"),
    email=False,
    fixed=True,
    receivers=Permission.READ_LETTERS,
)
"""Its mail is the letter's own; a push only points to the page, and is never counted."""

TO_PRINT = NotificationKind(
    "letter.print",
    N_("When digital letters are to be printed after all"),
    receivers=Permission.SEND_LETTERS,
)


class PlaceKind(StrEnum):
    """What a letter can be sent to."""

    SECTION = "section"
    BUILDING = "building"
    STAIRWELL = "stairwell"
    HOUSEHOLD = "household"


class Manner(StrEnum):
    """How a copy was delivered."""

    MAIL = "mail"
    OPENED = "opened"
    LETTERBOX = "letterbox"
    HANDED = "handed"


class Outcome(StrEnum):
    """What happened at a door."""

    LETTERBOX = "letterbox"
    HANDED = "handed"
    NOT_POSSIBLE = "not_possible"


class Kind(NamedTuple):
    """A kind of letter: its names by language, how long before it has to be there, what it is.

    `lead` is a number of days, weeks or months ("6 weeks"); empty where no law says.
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


class Reached(NamedTuple):
    """What is known of one copy on its way."""

    digital_counts: bool
    accepted_at: datetime | None = None
    opened_at: datetime | None = None
    opened_by: int | None = None
    door_at: datetime | None = None
    door_outcome: Outcome | None = None
    door_by: int | None = None


AT_DOOR: Mapping[Outcome, Manner] = {
    Outcome.LETTERBOX: Manner.LETTERBOX,
    Outcome.HANDED: Manner.HANDED,
}


class Proof(NamedTuple):
    """That a copy arrived: when, how, and who says so (nobody: a mail server)."""

    at: datetime
    how: Manner
    by: int | None


def proof(reached: Reached) -> Proof | None:
    """The first thing that proves a copy delivered, or None.

    A push proves nothing. What is digital counts only where digital notice is lawful and wished.
    """
    found = []
    if reached.digital_counts and reached.accepted_at is not None:
        found.append(Proof(reached.accepted_at, Manner.MAIL, None))
    if reached.digital_counts and reached.opened_at is not None:
        found.append(Proof(reached.opened_at, Manner.OPENED, reached.opened_by))
    how = AT_DOOR.get(reached.door_outcome) if reached.door_outcome else None
    if reached.door_at is not None and how is not None:
        found.append(Proof(reached.door_at, how, reached.door_by))
    return min(found, key=lambda one: one.at, default=None)


class Stage(StrEnum):
    """Where a copy stands, in the order in which the office looks at them."""

    TO_PRINT = "to_print"
    TO_HAND_OVER = "to_hand_over"
    ON_ITS_WAY = "on_its_way"
    MOVED = "moved"
    DELIVERED = "delivered"


def stage(*, delivered: bool, paper: bool, printed: bool, moved: bool) -> Stage:
    """Where a copy stands. One whose household moved out undelivered is nobody's to deliver."""
    if delivered:
        return Stage.DELIVERED
    if moved:
        return Stage.MOVED
    if paper:
        return Stage.TO_HAND_OVER if printed else Stage.TO_PRINT
    return Stage.ON_ITS_WAY


MANNERS: Mapping[Manner, str] = {
    Manner.MAIL: N_("Handed to the mail server, for a tenant’s own address"),
    Manner.OPENED: N_("Opened on its page by a member, signed in"),
    Manner.LETTERBOX: N_("Put into the letterbox"),
    Manner.HANDED: N_("Handed over at the door"),
}
STAGES: Mapping[Stage, str] = {
    Stage.TO_PRINT: N_("To be printed"),
    Stage.TO_HAND_OVER: N_("Printed, to be handed over"),
    Stage.ON_ITS_WAY: N_("Sent, not shown to have arrived"),
    Stage.MOVED: N_("Moved out before it was delivered"),
    Stage.DELIVERED: N_("Delivered"),
}
"""In sentences for the office, in the order in which it looks at them."""
