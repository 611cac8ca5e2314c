"""The papers of every section and organisation: most are texts, some PDFs, one of them a scan."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from estate.files.models import File
from estate.files.store import digest_of
from estate.search.rules import index_words
from voting.papers.models import Paper, PaperPage, PaperVersion
from voting.papers.queries import kinds
from voting.papers.rules import (
    DESCRIBES,
    Home,
    Kind,
    Reading,
    danish_title,
    pages_of,
    paper_day,
)
from web.demo.estate import Ground
from web.demo.material import told
from web.demo.pdf import paged, scan_pdf, text_pdf
from web.demo.people import at
from web.demo.rows import Rows

TUESDAY = 1
BOARD_MONTHS = frozenset({1, 3, 5, 6, 8, 10, 11})
MONTHS_BACK = 24
AS_PDF = frozenset({"accounts", "maintenance_scheme"})
"""Kinds that offices have as PDFs; the rest of the demo's papers are texts."""


class Said(NamedTuple):
    """What a version says, since when, and who published it."""

    paragraphs: Sequence[str]
    valid_from: date
    role: str = "office"
    note: str = ""
    scanned: bool = False


class Archive:
    """Writes the papers' rows; the bytes of PDFs go to `rows.pdfs`."""

    def __init__(self, rows: Rows, ground: Ground, today: date, chance: Random) -> None:
        self.rows = rows
        self.ground = ground
        self.today = today
        self.chance = chance
        self.told = told("papers")

    def fill(self) -> None:
        """Everything of the last two years, oldest first in every place."""
        for organisation in told("places")["organisation"]:
            whole = Home(self.ground.organisations[organisation["number"]])
            self._organisation(whole, organisation["name"])
            for section in organisation["section"]:
                number = self.ground.sections[section["number"]]
                self._section(Home(whole.organisation, number), section["name"])

    def _organisation(self, home: Home, name: str) -> None:
        begun = self.today.replace(year=self.today.year - 6, month=10, day=1)
        self._paper(home, name, "statutes", None, Said(self.told["statutes"]["text"], begun))
        for day in self._tuesdays({2, 5, 8, 11}):
            self._minutes(home, name, "minutes_organisation_board", day, "organisation")
        for day in self._tuesdays({6}):
            self._minutes(home, name, "minutes_representatives", day, "organisation")

    def _section(self, home: Home, name: str) -> None:
        year = self.today.year
        self._house_rules(home, name)
        for kind, years in (("rules_of_procedure", 5), ("maintenance_scheme", 4)):
            said = Said(self.told[kind]["text"], date(year - years, 1, 1))
            self._paper(home, name, kind, None, said)
        since = self.today - timedelta(days=400)
        self._paper(home, name, "alterations", None, Said(self.told["alterations"]["text"], since))
        for about in (year - 1, year, year + 1):
            published = date(about - 1, 9, 24)
            if published < self.today:
                self._money(home, name, "budget", date(about, 1, 1), published)
            if date(about, 5, 20) < self.today:
                self._money(home, name, "accounts", date(about - 1, 1, 1), date(about, 5, 20))
        for day in self._tuesdays({3, 9}):
            self._minutes(home, name, "minutes_section", day, "office")
        for number, day in enumerate(self._tuesdays(BOARD_MONTHS)):
            scanned = number == 0 and home.section == 1
            self._minutes(home, name, "minutes_board", day, "board", scanned=scanned)

    def _house_rules(self, home: Home, name: str) -> None:
        words = self.told["house_rules"]
        last = self.today - timedelta(days=70)
        versions = [
            Said(words["old"], self.today - timedelta(days=1500)),
            Said([*words["old"], *words["new"]], last, note=words["note"]),
        ]
        if home.section == 1:
            soon = (self.today.replace(day=1) + timedelta(days=62)).replace(day=1)
            paragraphs = [*words["old"], *words["new"], *words["coming"]]
            versions.append(Said(paragraphs, soon, note=words["coming_note"]))
        self._paper(home, name, "house_rules", None, *versions)

    def _tuesdays(self, months: set[int] | frozenset[int]) -> Iterator[date]:
        """The second Tuesday of these months in the last two years, oldest first."""
        for back in range(MONTHS_BACK, -1, -1):
            months_since = self.today.year * 12 + self.today.month - 1 - back
            first = date(months_since // 12, months_since % 12 + 1, 1)
            day = first + timedelta(days=(TUESDAY - first.weekday()) % 7 + 7)
            if first.month in months and day + timedelta(days=10) < self.today:
                yield day

    def _money(self, home: Home, name: str, kind: str, day: date, published: date) -> None:
        said = self._filled(self.told[kind]["text"], name, day.year)
        self._paper(home, name, kind, day, Said(said, day), published=published)

    def _minutes(
        self, home: Home, name: str, kind: str, day: date, role: str, *, scanned: bool = False
    ) -> None:
        said = self._filled(self.told[kind]["text"], name, day.year)
        version = Said(said, day, role, scanned=scanned)
        self._paper(home, name, kind, day, version, published=day + timedelta(days=9))

    def _filled(self, text: Sequence[str], name: str, year: int) -> list[str]:
        """Paragraphs with pieces and numbers put in; the seed's own for every paper."""
        pieces = {key: self.chance.choice(several) for key, several in self.told["pieces"].items()}
        figures = {key: kroner(self.chance.randrange(*span)) for key, span in FIGURES.items()}
        known = {"section": name, "organisation": name, "year": year}
        near = {"next": year + 1, "before": year - 1}
        percent = f"{self.chance.randrange(8, 34) / 10:.1f}".replace(".", ",")
        values: dict[str, Any] = {**pieces, **figures, **known, **near, "percent": percent}
        return [paragraph.format(**values) for paragraph in text]

    def _paper(
        self,
        home: Home,
        name: str,
        kind_name: str,
        day: date | None,
        *versions: Said,
        published: date | None = None,
    ) -> None:
        kind = kinds()[kind_name]
        day = paper_day(kind, day)
        title = danish_title(kind, day)
        paper = self.rows.add(
            Paper,
            organisation_id=home.organisation,
            section_id=home.section,
            kind=kind_name,
            title=title,
            day=day,
            sorted_on=day or versions[-1].valid_from,
        )
        for n, said in enumerate(versions, 1):
            paragraphs = [one.format(section=name, organisation=name) for one in said.paragraphs]
            shown = min(published or said.valid_from, self.today - timedelta(days=6))
            moment = at(shown, time(14, 5))
            self._version(paper, n, kind, title, said._replace(paragraphs=paragraphs), moment)

    def _version(
        self, paper: int, n: int, kind: Kind, title: str, said: Said, published: datetime
    ) -> None:
        pdf = self._pdf(kind, title, said, published.date())
        text = "\n\n".join(said.paragraphs)
        texts = [] if said.scanned else pages_of(text)
        if pdf is not None and not said.scanned:
            texts = ["\n".join(page).strip() for page in paged(said.paragraphs)]
        reading = Reading.NO_TEXT if said.scanned else Reading.SEARCHABLE
        version = self.rows.add(
            PaperVersion,
            paper_id=paper,
            n=n,
            valid_from=said.valid_from,
            published_at=published,
            published_role=said.role,
            note=said.note,
            text="" if pdf else text,
            digest=digest_of(pdf or text.encode()),
            pages=max(len(texts), 1) if pdf else 0,
            read_pages=max(len(texts), 1) if pdf else 0,
            reading=reading if pdf else Reading.WRITTEN,
        )
        for number, words in enumerate(texts or [""], 1):
            found_by = (title, words) if number == 1 else (words,)
            self.rows.add(
                PaperPage,
                version_id=version,
                n=number,
                text=words,
                search_words=index_words(found_by, "da"),
            )
        if pdf is not None:
            self._keep(version, title, pdf, published)

    def _pdf(self, kind: Kind, title: str, said: Said, made_on: date) -> bytes | None:
        if said.scanned:
            return scan_pdf(title, made_on)
        return text_pdf(title, said.paragraphs, made_on) if kind.key in AS_PDF else None

    def _keep(self, version: int, title: str, pdf: bytes, moment: datetime) -> None:
        self.rows.pdfs.append(pdf)
        self.rows.add(
            File,
            owner_kind=DESCRIBES,
            owner_id=version,
            name=f"{title}.pdf",
            digest=digest_of(pdf),
            size=len(pdf),
            added_at=moment,
        )


FIGURES = {
    "rise": (60, 240),
    "taxes": (1_900_000, 2_600_000),
    "care": (900_000, 1_500_000),
    "upkeep": (400_000, 800_000),
    "saved": (1_100_000, 1_900_000),
    "planned": (600_000, 1_400_000),
    "total": (6_400_000, 9_800_000),
    "surplus": (40_000, 310_000),
    "income": (6_500_000, 9_900_000),
    "laundry": (60_000, 140_000),
    "interest": (20_000, 90_000),
    "present": (24, 61),
    "votes": (48, 122),
    "yes": (31, 90),
    "no": (2, 14),
    "blank": (0, 9),
    "waiting": (900, 2_400),
    "moves": (11, 34),
    "fund": (6_200, 9_400),
}
"""From and to: what numbers in the papers lie between."""


def kroner(amount: int) -> str:
    """A number as Danes write it: `1.250.000`."""
    return f"{amount:,}".replace(",", ".")
