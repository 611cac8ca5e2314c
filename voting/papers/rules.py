"""Kinds of papers, which version holds on a day, who publishes what, and what is found in them."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import TABLE, Permission, Reader, Role
from estate.retention.rules import Retention
from estate.search.rules import WORD, Asked, found_by, words

TITLE_LENGTH = 160
NOTE_LENGTH = 400
TEXT_LENGTH = 120_000
"""Letters of a paper written here: some forty pages."""
A_PAGE = 3000
FARTHEST = timedelta(days=3 * 365)
"""So far ahead a version may be given its day."""
OLDEST = date(1900, 1, 1)
READING_JOB = "papers.read"
"""The long work of reading a PDF's text layer: voting.reading."""
NEWS_JOB = "papers.news"
"""The long work of telling who follows: voting.following."""
DESCRIBES = "paper_version"
"""How the PDFs of versions are kept apart from those of other things."""
WITHDRAWN = "paper_withdrawn"
"""What `erasures.log` calls a version that was taken back."""
MONTHS = (
    *("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september"),
    *("oktober", "november", "december"),
)

NEW_PAPERS = NotificationKind(
    "papers", N_("New papers that I follow"), receivers=Permission.READ_PAPERS
)

PAPERS = Retention(
    kind="paper",
    purpose=N_("Rules, budgets, accounts and minutes that no longer hold, to look up what did."),
    source=N_("Our own choice: ten years after a newer one came, or after its meeting or year."),
)


class Group(StrEnum):
    """What kinds of papers are listed together."""

    RULES = "rules"
    MONEY = "money"
    MINUTES = "minutes"
    OTHER = "other"


class Repeats(StrEnum):
    """What makes a paper another paper, and not a new version of the one there is."""

    ONCE = "once"  # a place has one: its house rules
    YEAR = "year"  # one a year: the budget
    DAY = "day"  # one a day: a meeting's minutes
    TITLE = "title"  # each title is one


class Reading(StrEnum):
    """How far a version's text can be searched."""

    WRITTEN = "written"  # here: it is text
    WAITING = "waiting"
    SEARCHABLE = "searchable"
    NO_TEXT = "no_text"  # a scan: pictures of pages
    FAILED = "failed"


class Kind(NamedTuple):
    """A kind of paper: what it is called, where it belongs, who publishes it.

    `short` is its Danish name among others of its kind, where that says enough.
    `file_words` are ways in which a file's name tells it: of one way, all words stand there.
    """

    key: str
    names: Mapping[str, str]
    group: Group
    repeats: Repeats
    places: frozenset[str]
    publishers: frozenset[Role]
    followed: bool
    file_words: tuple[tuple[str, ...], ...]
    short: str

    def name(self, language: str) -> str:
        """The kind's name; in Danish where there is none."""
        return self.names.get(language) or self.names["da"]

    @property
    def binding(self) -> bool:
        """Whether what it says is a rule for those who live there."""
        return self.group is Group.RULES

    @property
    def dated(self) -> bool:
        """Whether each paper has a day or year of its own."""
        return self.repeats in {Repeats.YEAR, Repeats.DAY}


COLUMNS = (
    *("key", "da", "en", "ar", "group", "repeats", "places", "publishers", "followed"),
    *("file_words", "short"),
)


def parse_kinds(lines: Iterable[str]) -> dict[str, Kind]:
    """Kinds by key in the order of their CSV; raises ValueError on a row that cannot be read."""
    rows = csv.DictReader(lines, strict=True)
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise ValueError(f"The columns must be {', '.join(COLUMNS)}.")
    return {row["key"]: _kind(row) for row in rows}


def _kind(row: Mapping[str, str]) -> Kind:
    ways = (way.split("+") for way in row["file_words"].split("|") if way)
    return Kind(
        row["key"],
        {language: row[language] for language in ("da", "en", "ar")},
        Group(row["group"]),
        Repeats(row["repeats"]),
        frozenset(row["places"].split("|")),
        frozenset(Role(name) for name in row["publishers"].split("|")),
        row["followed"] == "yes",
        tuple(tuple(even(word) for word in way) for way in ways),
        row["short"],
    )


def even(text: str) -> str:
    """A text as file names are compared: small letters, `ae` as æ, nothing between the words."""
    return "".join(words(text))


class Home(NamedTuple):
    """Where a paper belongs: a section, or its whole organisation when there is none."""

    organisation: int
    section: int | None = None

    @property
    def value(self) -> str:
        """What a form sends: `section:3`, `organisation:1`."""
        return f"section:{self.section}" if self.section else f"organisation:{self.organisation}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A version as its publisher typed it, and of which paper.

    `text` was written here unless a PDF comes along; `day` is the meeting's, or any of the year.
    """

    kind: Kind | None
    home: Home | None
    title: str
    day: date | None
    valid_from: date | None
    note: str = ""
    text: str = ""
    pdf: bool = False


def problems(draft: Draft, today: date) -> dict[str, Message]:
    """What has to be written differently, by field."""
    found: dict[str, Message] = {}
    if draft.kind is None:
        found["kind"] = say(N_("Choose what kind of paper it is."))
    elif draft.home is not None and not belongs(draft.kind, draft.home):
        found["home"] = _elsewhere(draft.kind)
    if draft.home is None:
        found["home"] = say(N_("Choose whose paper it is."))
    if draft.kind is not None and draft.kind.repeats is Repeats.TITLE and not draft.title:
        found["title"] = say(N_("Write what it is called."))
    found |= too_long("title", draft.title, TITLE_LENGTH)
    return {**found, **_day_problem(draft, today), **version_problems(draft, today)}


def _elsewhere(kind: Kind) -> Message:
    if "section" in kind.places:
        return say(N_("Papers of this kind belong to a section."))
    return say(N_("Papers of this kind belong to the whole organisation."))


def _day_problem(draft: Draft, today: date) -> dict[str, Message]:
    if draft.kind is None or not draft.kind.dated:
        return {}
    if draft.day is None:
        if draft.kind.repeats is Repeats.YEAR:
            return {"day": say(N_("Write a day in its year."))}
        return {"day": say(N_("Write the meeting’s day."))}
    if not OLDEST <= draft.day <= today + FARTHEST:
        return {"day": say(N_("Write the day as day, month and year."))}
    return {}


def version_problems(draft: Draft, today: date) -> dict[str, Message]:
    """What has to be written differently in one more version of a paper there is."""
    found: dict[str, Message] = {}
    if draft.valid_from is None or not OLDEST <= draft.valid_from <= today + FARTHEST:
        found["valid_from"] = say(N_("Write from which day it holds."))
    if not draft.pdf and not draft.text:
        found["file"] = say(N_("Choose a PDF, or write the text below."))
    if draft.pdf and draft.text:
        found["file"] = say(N_("Choose a PDF or write the text, not both."))
    found |= too_long("text", draft.text, TEXT_LENGTH)
    return found | too_long("note", draft.note, NOTE_LENGTH)


def why_problems(why: str) -> dict[str, Message]:
    """What is wrong with a reason for taking a version back."""
    if not why:
        return {"why": say(N_("Write why, for those who look for it."))}
    return too_long("why", why, NOTE_LENGTH)


def too_long(name: str, text: str, most: int) -> dict[str, Message]:
    """A problem on this field when the text is longer than `most` letters."""
    if len(text) <= most:
        return {}
    sentence = N_("This is {length} letters; there is room for {most}.")
    return {name: say(sentence, length=len(text), most=most)}


def belongs(kind: Kind, home: Home) -> bool:
    """Whether a place can have papers of a kind."""
    return ("section" if home.section else "organisation") in kind.places


def may_publish(reader: Reader, kind: Kind, home: Home) -> bool:
    """Whether one of this person's roles publishes papers of a kind there."""
    return belongs(kind, home) and any(
        standing.role in kind.publishers
        and Permission.PUBLISH_PAPERS in TABLE[standing.role]
        and (
            home.section in standing.sections
            if home.section
            else home.organisation in standing.organisations
        )
        for standing in reader.standings
    )


def paper_day(kind: Kind, day: date | None) -> date | None:
    """The day by which a paper is told from others of its kind: of a year, its first."""
    if day is None or not kind.dated:
        return None
    return day.replace(month=1, day=1) if kind.repeats is Repeats.YEAR else day


def danish_title(kind: Kind, day: date | None) -> str:
    """What a paper is called when nobody says otherwise: `Budget 2027`."""
    if day is None or not kind.dated:
        return kind.name("da")
    if kind.repeats is Repeats.YEAR:
        return f"{kind.name('da')} {day.year}"
    return f"{kind.name('da')} {day.day}. {MONTHS[day.month - 1]} {day.year}"


class Dated(NamedTuple):
    """A version by its number, and the day it holds from."""

    valid_from: date
    n: int


def in_force(versions: Iterable[Dated], today: date) -> int | None:
    """The number of the version that holds on a day: the newest that has begun, or None."""
    begun = [version for version in versions if version.valid_from <= today]
    return max(begun).n if begun else None


def coming(versions: Iterable[Dated], today: date) -> int | None:
    """The number of the version that holds next, or None."""
    ahead = [version for version in versions if version.valid_from > today]
    first = min((version.valid_from for version in ahead), default=None)
    return max((v.n for v in ahead if v.valid_from == first), default=None)


class Excerpt(NamedTuple):
    """Some words of a page around the first that was asked for."""

    before: str
    hit: str
    after: str


AROUND = 90


def excerpt(text: str, question: Sequence[Asked], language: str = "da") -> Excerpt:
    """Where a page says what was asked for; its beginning where only its title does."""
    for found in WORD.finditer(text):
        if any(_answers(found[0], one, language) for one in question):
            start, end = found.span()
            before = text[max(0, start - AROUND) : start]
            after = text[end : end + AROUND]
            lead = "… " if start > AROUND else ""
            tail = " …" if end + AROUND < len(text) else ""
            return Excerpt(
                lead + _from_a_word(before, start > AROUND),
                found[0],
                _to_a_word(after, bool(tail)) + tail,
            )
    short = text[: 2 * AROUND]
    return Excerpt(_one_line(short) + (" …" if len(text) > len(short) else ""), "", "")


def _answers(word: str, one: Asked, language: str) -> bool:
    ways = [way for small in words(word) for way in found_by(small, language)]
    wanted = {*one.words, *one.ends}
    return any(way in wanted or way.startswith(one.begins) for way in ways)


def _one_line(text: str) -> str:
    plain = " ".join(PARTING.sub(" · ", text).split())
    return (" " if text[:1].isspace() else "") + plain + (" " if text[-1:].isspace() else "")


def _from_a_word(text: str, cut: bool) -> str:
    return _one_line(text.partition(" ")[2] if cut and " " in text else text)


def _to_a_word(text: str, cut: bool) -> str:
    return _one_line(text.rpartition(" ")[0] if cut and " " in text else text)


def cursor(day: date, paper: int) -> str:
    """Where a page of the list ended: `2026-05-14_31`."""
    return f"{day.isoformat()}_{paper}"


def from_cursor(text: str) -> tuple[date, int] | None:
    """Read a cursor back; None for anything that is not one."""
    day, _, paper = text.partition("_")
    if not (paper.isascii() and paper.isdigit() and len(paper) < 10):
        return None
    try:
        return date.fromisoformat(day), int(paper)
    except ValueError:
        return None


class Among(StrEnum):
    """What found pages are listed among, in this order: what holds now before what was said.

    Those with the very words come before those with a word only inside another.
    """

    RULE = "rule"
    RULE_PART = "rule_part"
    WORD = "word"
    PART = "part"

    @property
    def of_rules(self) -> bool:
        """Whether these are pages of a rule in force."""
        return self in {Among.RULE, Among.RULE_PART}

    @property
    def exact(self) -> bool:
        """Whether these have the very words."""
        return self in {Among.RULE, Among.WORD}


class Found(NamedTuple):
    """Where a page of found pages ended: among which, at which, and of which day its paper is."""

    among: Among
    day: date
    page: int

    @property
    def text(self) -> str:
        """As an address carries it: `word-2026-03-01_31`."""
        return f"{self.among}-{cursor(self.day, self.page)}"


def found_from(text: str) -> Found | None:
    """Read `Found.text` back; None for anything that is not one."""
    among, _, place = text.partition("-")
    read = from_cursor(place)
    return Found(Among(among), *read) if read and among in set(Among) else None


class Piece(NamedTuple):
    """A paragraph of a paper written here, or a heading."""

    heading: bool
    text: str


HEADING = "# "
PARTING = re.compile(r"\n\s*\n")


def pieces(text: str) -> list[Piece]:
    """A paper written here as it is shown: a paragraph that begins with `# ` is a heading."""
    blocks = (block.strip() for block in PARTING.split(text.replace("\r\n", "\n")))
    return [Piece(one.startswith(HEADING), one.removeprefix(HEADING)) for one in blocks if one]


def pages_of(text: str) -> list[str]:
    """A paper written here as the search keeps it: a page is some paragraphs together."""
    found: list[str] = [""]
    for piece in pieces(text):
        if found[-1] and len(found[-1]) + len(piece.text) > A_PAGE:
            found.append("")
        found[-1] = f"{found[-1]}\n\n{piece.text}".strip()
    return found
