"""Reading papers. Every read takes the scope of the permission it is for."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from estate import clock
from estate.files.pdf import Limits
from estate.permissions import Scope
from estate.places.models import Organisation, Section
from estate.refusals import Missing
from estate.search.queries import Index
from estate.search.rules import Asked, asked
from estate.values.queries import default_number
from voting.papers.models import Paper, PaperPage, PaperVersion
from voting.papers.rules import (
    Among,
    Dated,
    Excerpt,
    Found,
    Group,
    Home,
    Kind,
    Reading,
    coming,
    cursor,
    danish_title,
    excerpt,
    in_force,
    parse_kinds,
)

KINDS = Path(__file__).parent / "kinds.csv"
PAGE = 20
MOST_LASTING = 60
"""Rules and other papers of one place; nobody has so many."""


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of paper by its key."""
    with KINDS.open(encoding="utf-8", newline="") as file:
        return parse_kinds(file)


def pdf_limits() -> Limits:
    """How large a PDF may be today."""
    day = clock.today()
    return Limits(default_number("paper_megabytes", day), default_number("paper_pages", day))


@functools.cache
def dated_kinds(group: Group | None = None) -> frozenset[str]:
    """The kinds of which each paper has a day or year of its own, of one group or all."""
    return frozenset(k.key for k in kinds().values() if k.dated and group in {None, k.group})


@functools.cache
def binding_kinds() -> frozenset[str]:
    """The kinds that are rules for those who live there."""
    return frozenset(kind.key for kind in kinds().values() if kind.binding)


def readable(scope: Scope) -> ColumnElement[bool]:
    """The condition that this scope reads a paper: its sections', and their organisations'."""
    return and_(
        Paper.listed,
        or_(
            Paper.section_id.in_(scope.sections),
            and_(Paper.section_id.is_(None), Paper.organisation_id.in_(scope.organisations)),
        ),
    )


def of_place(home: Home) -> ColumnElement[bool]:
    """The condition that a paper holds in a section: its own, or its organisation's."""
    whole = and_(Paper.section_id.is_(None), Paper.organisation_id == home.organisation)
    return or_(Paper.section_id == home.section, whole) if home.section else whole


class PlaceLine(NamedTuple):
    """A section whose papers somebody reads, with its organisation."""

    section: int
    name: str
    organisation: int
    organisation_name: str

    @property
    def option(self) -> tuple[int, str]:
        """As a form's choice."""
        return self.section, self.name

    @property
    def home(self) -> Home:
        """As papers belong to it."""
        return Home(self.organisation, self.section)


def places(session: Session, scope: Scope) -> Sequence[PlaceLine]:
    """The sections of a scope, by organisation and number."""
    rows = session.execute(
        select(Section.id, Section.name, Organisation.id, Organisation.name)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .where(Section.id.in_(scope.sections))
        .order_by(Organisation.id, Section.number)
    )
    return [PlaceLine(*row) for row in rows]


def sections_of(session: Session, home: Home) -> Sequence[int]:
    """The sections whose residents a paper is for."""
    if home.section:
        return [home.section]
    whole = select(Section.id).where(Section.organisation_id == home.organisation)
    return session.scalars(whole.order_by(Section.id)).all()


class VersionLine(NamedTuple):
    """One version as lists show it; `paper` is whose it is."""

    id: int
    paper: int
    n: int
    valid_from: date
    published_at: datetime
    published_role: str
    note: str
    pages: int
    read_pages: int
    reading: Reading
    withdrawn_at: datetime | None
    withdrawn_why: str

    @property
    def pdf(self) -> bool:
        """Whether it is a PDF, not a text written here."""
        return self.reading is not Reading.WRITTEN


_VERSION = (
    PaperVersion.id,
    PaperVersion.paper_id,
    PaperVersion.n,
    PaperVersion.valid_from,
    PaperVersion.published_at,
    PaperVersion.published_role,
    PaperVersion.note,
    PaperVersion.pages,
    PaperVersion.read_pages,
    PaperVersion.reading,
    PaperVersion.withdrawn_at,
    PaperVersion.withdrawn_why,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One paper as lists show it: the version in force, and the one to come."""

    id: int
    kind: Kind
    title: str
    whole_organisation: bool
    day: date | None
    sorted_on: date
    now: VersionLine | None
    next: VersionLine | None

    @property
    def brief(self) -> str:
        """The title without what its row says besides: `Bestyrelsesmøde`, its day beside it."""
        own = self.kind.short and self.title == danish_title(self.kind, self.day)
        return self.kind.short if own else self.title


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of papers, and where it goes on."""

    lines: Sequence[Line]
    next: str = ""


_PAPER = (
    Paper.id,
    Paper.kind,
    Paper.title,
    Paper.section_id,
    Paper.day,
    Paper.sorted_on,
)


def lasting(
    session: Session, scope: Scope, home: Home, today: date, group: Group | None = None
) -> Sequence[Line]:
    """The papers that hold until a newer version does, in the order of their kinds."""
    wanted = [k.key for k in kinds().values() if not k.dated and group in {None, k.group}]
    rows = session.execute(
        select(*_PAPER)
        .where(readable(scope), of_place(home), Paper.kind.in_(wanted))
        .order_by(Paper.sorted_on.desc(), Paper.id.desc())
        .limit(MOST_LASTING)
    ).all()
    lines = _lines(session, rows, today)
    return sorted(lines, key=lambda line: (wanted.index(line.kind.key), line.whole_organisation))


def dated(
    session: Session,
    scope: Scope,
    home: Home,
    today: date,
    *,
    group: Group | None = None,
    before: tuple[date, int] | None = None,
) -> Listing:
    """Budgets, accounts and minutes, newest first; `before` turns the page."""
    query = select(*_PAPER).where(
        readable(scope), of_place(home), Paper.kind.in_(dated_kinds(group))
    )
    if before is not None:
        query = query.where(tuple_(Paper.sorted_on, Paper.id) < tuple_(*before))
    order = (Paper.sorted_on.desc(), Paper.id.desc())
    rows = session.execute(query.order_by(*order).limit(PAGE + 1)).all()
    lines = _lines(session, rows[:PAGE], today)
    more = cursor(lines[-1].sorted_on, lines[-1].id) if len(rows) > PAGE else ""
    return Listing(lines, more)


def _lines(session: Session, rows: Sequence[Any], today: date) -> list[Line]:
    versions = _versions(session, [row.id for row in rows])
    return [_line(row, versions[row.id], today) for row in rows]


def _versions(session: Session, papers: Iterable[int]) -> Mapping[int, Sequence[VersionLine]]:
    found: dict[int, list[VersionLine]] = defaultdict(list)
    query = select(*_VERSION).where(
        PaperVersion.paper_id.in_(list(papers)), PaperVersion.withdrawn_at.is_(None)
    )
    for row in session.execute(query):
        found[row.paper_id].append(VersionLine._make(row))
    return found


def _line(row: Any, versions: Sequence[VersionLine], today: date) -> Line:
    now, ahead = now_and_next(versions, today)
    kind = kinds()[row.kind]
    return Line(row.id, kind, row.title, row.section_id is None, row.day, row.sorted_on, now, ahead)


def now_and_next(
    versions: Sequence[VersionLine], today: date
) -> tuple[VersionLine | None, VersionLine | None]:
    """Of versions that were not taken back: the one in force, and the one to come."""
    numbered = {version.n: version for version in versions if version.withdrawn_at is None}
    days = [Dated(version.valid_from, version.n) for version in numbered.values()]
    now, ahead = in_force(days, today), coming(days, today)
    return numbered.get(now or 0), numbered.get(ahead or 0)


OF_ITS_DAY = (
    select(Paper.sorted_on)
    .join(PaperVersion, PaperVersion.paper_id == Paper.id)
    .where(PaperVersion.id == PaperPage.version_id)
    .correlate(PaperPage)
    .scalar_subquery()
)
FOUND_IN = Index("paper_page_fts", PaperPage.id, (OF_ITS_DAY,))


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that holds what was asked for, of a version in force, or one to come."""

    paper: int
    title: str
    kind: Kind
    day: date | None
    n: int
    valid_from: date
    coming: bool
    pdf: bool
    page: int
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Hits:
    """Found pages, and where it goes on."""

    lines: Sequence[Hit]
    next: str = ""


def found_pages(
    session: Session,
    scope: Scope,
    home: Home,
    today: date,
    question: str,
    after: Found | None = None,
) -> Hits:
    """Pages of what holds in a section, or is to come, with every word that is asked for.

    As `Among` orders them: rules in force first; of those alike the newest, but pages of one paper
    together, and first those of what holds now.
    """
    wanted = asked(question)
    if not wanted:
        return Hits(())
    keys: list[Found] = []
    for among in _from(after):
        if len(keys) <= PAGE:
            pages = _pages(_searched(scope, home, today), among, today).limit(PAGE + 1)
            if after is not None and among is after.among:
                pages = pages.where(tuple_(OF_ITS_DAY, PaperPage.id) < (after.day, after.page))
            find = FOUND_IN.with_words if among.exact else FOUND_IN.with_parts
            rows = session.execute(find(session, pages, wanted))
            keys += [Found(among, day, key) for key, day in rows]
    shown = keys[:PAGE]
    onward = shown[-1].text if len(keys) > PAGE else ""
    return Hits(_hits(session, shown, wanted, today), onward)


def _from(after: Found | None) -> Sequence[Among]:
    every = list(Among)
    return every[every.index(after.among) :] if after else every


def _pages(versions: Select[int], among: Among, today: date) -> Select[int, date]:
    """The pages of these versions that are rules in force, or those that are not."""
    rules = and_(Paper.kind.in_(binding_kinds()), PaperVersion.valid_from <= today)
    wanted = versions.where(rules if among.of_rules else ~rules)
    return select(PaperPage.id, OF_ITS_DAY).where(PaperPage.version_id.in_(wanted))


def _searched(scope: Scope, home: Home, today: date) -> Select[int]:
    """The versions that hold, and those to come; what held before is on its paper's page."""
    newer = aliased(PaperVersion)
    superseded = exists().where(
        newer.paper_id == PaperVersion.paper_id,
        newer.withdrawn_at.is_(None),
        newer.valid_from <= today,
        tuple_(newer.valid_from, newer.n) > tuple_(PaperVersion.valid_from, PaperVersion.n),
    )
    return (
        select(PaperVersion.id)
        .join(Paper, PaperVersion.paper_id == Paper.id)
        .where(readable(scope), of_place(home), PaperVersion.withdrawn_at.is_(None), ~superseded)
    )


def _hits(
    session: Session, found: Sequence[Found], question: Sequence[Asked], today: date
) -> Sequence[Hit]:
    places = {one.page: at for at, one in enumerate(found)}
    rows = session.execute(
        select(
            PaperPage.id,
            PaperPage.n,
            PaperPage.text,
            PaperVersion.n.label("version"),
            PaperVersion.reading,
            PaperVersion.valid_from,
            *_PAPER,
        )
        .join(PaperVersion, PaperPage.version_id == PaperVersion.id)
        .join(Paper, PaperVersion.paper_id == Paper.id)
        .where(PaperPage.id.in_(places))
    ).all()
    hits = [
        Hit(
            paper=row[6],
            title=row.title,
            kind=kinds()[row.kind],
            day=row.day,
            n=row.version,
            valid_from=row.valid_from,
            coming=row.valid_from > today,
            pdf=row.reading is not Reading.WRITTEN,
            page=row[1],
            excerpt=excerpt(row.text, question),
        )
        for row in sorted(rows, key=lambda row: places[row[0]])
    ]
    papers = list(dict.fromkeys(hit.paper for hit in hits))
    return sorted(hits, key=lambda hit: (papers.index(hit.paper), hit.coming))


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper as its own page shows it; `versions` newest first, those taken back among them."""

    id: int
    kind: Kind
    title: str
    home: Home
    place: str
    day: date | None
    versions: Sequence[VersionLine]


def paper(session: Session, scope: Scope, number: int) -> PaperView:
    """One paper this scope reads. Raises Missing."""
    return _view(session, number, readable(scope))


def published_paper(session: Session, scope: Scope, number: int) -> PaperView:
    """One paper of the places this scope publishes for, also one with nothing left to read."""
    own = or_(
        Paper.section_id.in_(scope.sections),
        and_(Paper.section_id.is_(None), Paper.organisation_id.in_(scope.organisations)),
    )
    return _view(session, number, own)


def _view(session: Session, number: int, reached: ColumnElement[bool]) -> PaperView:
    row = session.execute(
        select(*_PAPER, Paper.organisation_id, Section.name, Organisation.name)
        .join(Organisation, Paper.organisation_id == Organisation.id)
        .outerjoin(Section, Paper.section_id == Section.id)
        .where(Paper.id == number, reached)
    ).one_or_none()
    if row is None:
        raise Missing
    versions = session.execute(
        select(*_VERSION)
        .where(PaperVersion.paper_id == number)
        .order_by(PaperVersion.valid_from.desc(), PaperVersion.n.desc())
    )
    return PaperView(
        id=row.id,
        kind=kinds()[row.kind],
        title=row.title,
        home=Home(row.organisation_id, row.section_id),
        place=row[7] or row[8],
        day=row.day,
        versions=[VersionLine._make(one) for one in versions],
    )


class PageText(NamedTuple):
    """A page by its number, with what stands there."""

    n: int
    text: str


def pages_read(session: Session, version: int) -> Sequence[PageText]:
    """The text layer of a version, page by page, as far as it was read and there is any."""
    rows = session.execute(
        select(PaperPage.n, PaperPage.text)
        .where(PaperPage.version_id == version, PaperPage.text != "")
        .order_by(PaperPage.n)
    )
    return [PageText(*row) for row in rows]


def written_text(session: Session, version: int) -> str:
    """What a version says that was written here."""
    return session.scalar(select(PaperVersion.text).where(PaperVersion.id == version)) or ""


def known_digest(session: Session, home: Home, digest: str) -> bool:
    """Whether this very content is published in a place already, as any paper."""
    found = (
        select(PaperVersion.id)
        .join(Paper, PaperVersion.paper_id == Paper.id)
        .where(
            PaperVersion.digest == digest,
            PaperVersion.withdrawn_at.is_(None),
            Paper.organisation_id == home.organisation,
            Paper.section_id == home.section if home.section else Paper.section_id.is_(None),
        )
    )
    return session.scalar(found.limit(1)) is not None
