"""Reading letters: their kinds, and what one says."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from estate import clock
from estate.letters.models import Letter, LetterPage, LetterPlace, LetterText
from estate.letters.rules import Kind, PlaceKind, kinds_on, parse_kinds
from estate.permissions import Scope
from estate.places.models import Office, Organisation, Section
from estate.refusals import Missing

KINDS = Path(__file__).parent / "kinds.csv"


@functools.cache
def _kinds() -> Sequence[Kind]:
    with KINDS.open(encoding="utf-8", newline="") as file:
        return parse_kinds(file)


def kinds(day: date) -> Mapping[str, Kind]:
    """The kinds of letters by code, as they hold on a day."""
    return kinds_on(_kinds(), day)


def kind_of(code: str) -> Kind:
    """The newest kind of a code, also one that no new letter may have."""
    return kinds_on(_kinds(), date.max)[code]


def formal_kinds() -> frozenset[str]:
    """The codes of letters that are the tenant's alone, and go on paper only."""
    return frozenset(kind.code for kind in _kinds() if kind.matter.formal)


class LetterView(NamedTuple):
    """A letter with all it says; `texts` hold (title, body) by language, Danish first."""

    id: int
    section: int
    section_name: str
    organisation: int
    organisation_name: str
    office_name: str
    office_address: str
    office_phone: str
    office_email: str
    kind: str
    title: str
    effective_on: date | None
    deliver_by: date | None
    version: int
    digest: str
    pages: int
    made_at: datetime
    given_at: datetime | None
    given_on: date | None
    giving_job: int | None
    printing_job: int | None
    households: int
    texts: Mapping[str, tuple[str, str]]
    places: Sequence[tuple[PlaceKind, int]]


_VIEW: Sequence[Any] = (
    Letter.id,
    Letter.section_id,
    Section.name,
    Organisation.id,
    Organisation.name,
    Office.name,
    Office.address,
    Office.phone,
    Office.email,
    Letter.kind,
    Letter.title,
    Letter.effective_on,
    Letter.deliver_by,
    Letter.version,
    Letter.digest,
    Letter.pages,
    Letter.made_at,
    Letter.given_at,
    Letter.given_on,
    Letter.giving_job_id,
    Letter.printing_job_id,
    Letter.households,
)


def _letters(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_VIEW)
        .join_from(Letter, Section, Letter.section_id == Section.id)
        .join(Organisation, Section.organisation_id == Organisation.id)
        .join(Office, Section.office_id == Office.id, isouter=True)
        .where(*conditions)
    )


def _view(session: Session, *conditions: ColumnElement[bool]) -> LetterView | None:
    row = session.execute(_letters(*conditions)).one_or_none()
    if row is None:
        return None
    texts = {
        text.language: (text.title, text.body)
        for text in session.execute(
            select(LetterText.language, LetterText.title, LetterText.body)
            .where(LetterText.letter_id == row[0])
            .order_by(LetterText.language != "da", LetterText.language)
        )
    }
    places = session.execute(
        select(LetterPlace.kind, LetterPlace.place_id)
        .where(LetterPlace.letter_id == row[0])
        .order_by(LetterPlace.kind, LetterPlace.place_id)
    )
    plain = ["" if value is None and 5 <= n < 9 else value for n, value in enumerate(row)]
    return LetterView._make([*plain, texts, [(p[0], p[1]) for p in places]])


def letter_within(session: Session, scope: Scope, letter: int) -> LetterView:
    """A letter of a section within scope, draft or given. Raises Missing."""
    found = _view(session, Letter.id == letter, Letter.section_id.in_(scope.sections))
    if found is None:
        raise Missing
    return found


def letter_by_id(session: Session, letter: int) -> LetterView | None:
    """A letter, for a job that was asked for by somebody who might."""
    return _view(session, Letter.id == letter)


def texts_of(
    session: Session, letters: Sequence[int]
) -> Mapping[int, Mapping[str, tuple[str, str]]]:
    """What these letters say: (title, body) by letter and language."""
    rows = session.execute(
        select(LetterText.letter_id, LetterText.language, LetterText.title, LetterText.body)
        .where(LetterText.letter_id.in_(letters))
        .order_by(LetterText.letter_id, LetterText.language)
    )
    found: dict[int, dict[str, tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row[0], {})[row[1]] = (row[2], row[3])
    return found


class PageText(NamedTuple):
    """What stands on one page of a brought PDF, from 1; "" where nothing of it can be read."""

    n: int
    text: str


def pages_of(session: Session, letters: Sequence[int]) -> Mapping[int, Sequence[PageText]]:
    """The text layers of these letters' PDFs, as far as they were read: by letter, in order."""
    rows = session.execute(
        select(LetterPage.letter_id, LetterPage.n, LetterPage.text)
        .where(LetterPage.letter_id.in_(letters))
        .order_by(LetterPage.letter_id, LetterPage.n)
    )
    found: dict[int, list[PageText]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(PageText(row[1], row[2]))
    return found


def given_day(letter: LetterView) -> date:
    """The day on which a letter was given; today for a draft."""
    return letter.given_on or clock.today()
