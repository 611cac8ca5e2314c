"""Reading service messages: what concerns a home, what an office wrote, which doors it is for."""

import functools
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from engagement.notices.models import Notice, NoticePlace, NoticeText, NoticeWording
from engagement.notices.rules import (
    SHOWN_AFTER,
    SHOWN_BEFORE,
    Door,
    Phase,
    Span,
    Template,
    Texts,
    Urgency,
    Wording,
    by_urgency,
    called_off,
    chosen_language,
    parse_templates,
    phase,
    reach,
)
from estate import clock
from estate.language import Message, unpack_message
from estate.permissions import Scope
from estate.places.models import Building, Section, Stairwell
from estate.refusals import Missing
from estate.search.rules import letter_cases, natural, register_words

PAGE = 30
TEMPLATES = Path(__file__).parent / "templates.toml"


@functools.cache
def templates() -> Mapping[str, Template]:
    """What an office can choose from, by key."""
    with TEMPLATES.open("rb") as file:
        return parse_templates(tomllib.load(file))


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A message with its texts; `lags` are the languages that may say less than the Danish."""

    id: int
    template: str
    urgency: Urgency
    starts_at: datetime
    ends_at: datetime | None
    over_at: datetime | None
    place: Message
    version: int
    written_at: datetime
    changed_at: datetime | None
    texts: Texts
    lags: frozenset[str]

    @property
    def span(self) -> Span:
        """Its time on a Danish clock."""
        return Span(
            clock.local(self.starts_at), clock.local(self.ends_at) if self.ends_at else None
        )

    @property
    def off(self) -> bool:
        """Whether it was over before it began."""
        return called_off(self.starts_at, self.over_at)

    @property
    def as_seen(self) -> str:
        """What a form brings back to say which saving of the message it was shown with."""
        return self.changed_at.isoformat() if self.changed_at else "new"

    @property
    def ended_at(self) -> datetime | None:
        """When it ended or will end, as far as anybody has said."""
        return self.over_at or self.ends_at

    def phase(self, now: datetime) -> Phase:
        """Where it stands."""
        return phase(now, self.starts_at, self.ends_at, self.over_at)

    def language(self, wished: str) -> str:
        """The language in which somebody reads it."""
        return chosen_language(self.texts, wished)


_COLUMNS = (
    Notice.id,
    Notice.template,
    Notice.urgency,
    Notice.starts_at,
    Notice.ends_at,
    Notice.over_at,
    Notice.place,
    Notice.version,
    Notice.written_at,
    Notice.changed_at,
)


def _views(session: Session, query: Select[Any]) -> list[NoticeView]:
    """The messages of a query with their texts, in its order."""
    rows = session.execute(query).all()
    if not rows:
        return []
    texts: dict[int, dict[str, Wording]] = {row.id: {} for row in rows}
    lags: dict[int, set[str]] = {row.id: set() for row in rows}
    found = session.execute(
        select(
            NoticeText.notice_id,
            NoticeText.language,
            NoticeText.title,
            NoticeText.text,
            NoticeText.afterword,
            NoticeText.lags,
        ).where(NoticeText.notice_id.in_(texts))
    )
    for number, language, title, text, afterword, late in found:
        texts[number][language] = Wording(title, text, afterword)
        if late:
            lags[number].add(language)
    return [
        NoticeView(
            **{**row._asdict(), "place": unpack_message(row.place)},
            texts=texts[row.id],
            lags=frozenset(lags[row.id]),
        )
        for row in rows
    ]


def view(session: Session, number: int) -> NoticeView:
    """One message whoever reads it; to be called once it is known that they may."""
    return _views(session, select(*_COLUMNS).where(Notice.id == number))[0]


def _concerning(scope: Scope) -> ColumnElement[bool]:
    """The condition that a message concerns this scope's homes or the sections it serves."""
    mine = reach(scope)
    places = select(NoticePlace.notice_id).where(
        or_(
            NoticePlace.stairwell_id.in_(mine.stairwells), NoticePlace.section_id.in_(mine.sections)
        )
    )
    return Notice.id.in_(places)


def _lasting(now: datetime) -> ColumnElement[bool]:
    return and_(Notice.over_at.is_(None), or_(Notice.ends_at.is_(None), Notice.ends_at > now))


def for_today(session: Session, scope: Scope, now: datetime) -> Sequence[NoticeView]:
    """What holds, or begins within a day, where somebody lives or serves; urgent ones first.

    What would have, and was called off, comes last: whoever saw it there must see that.
    """
    soon = Notice.starts_at <= now + SHOWN_BEFORE
    shown = or_(_lasting(now), _not_to_be(now))
    query = select(*_COLUMNS).where(_concerning(scope), shown, soon).limit(PAGE)
    off, urgent_first = Notice.over_at.is_not(None), Notice.urgency != Urgency.URGENT
    return _views(session, query.order_by(off, urgent_first, Notice.starts_at, Notice.id))


def _not_to_be(now: datetime) -> ColumnElement[bool]:
    """Called off, and by now it would hold, for a day at most, or is still to come."""
    return and_(
        Notice.over_at <= Notice.starts_at,
        Notice.starts_at > now - SHOWN_BEFORE,
        func.coalesce(Notice.ends_at, Notice.starts_at) > now,
    )


@dataclass(frozen=True, slots=True)
class Listing:
    """Messages by where they stand; `next` is the message after which there are older ones."""

    holding: Sequence[NoticeView]
    coming: Sequence[NoticeView]
    past: Sequence[NoticeView]
    next: int | None = None


def listing(session: Session, scope: Scope, now: datetime) -> Listing:
    """What concerns somebody: what holds, what comes, and what ended in the last 30 days."""
    lately = func.coalesce(Notice.over_at, Notice.ends_at) > now - SHOWN_AFTER
    over = select(*_COLUMNS).where(_concerning(scope), ~_lasting(now), lately)
    past = over.order_by(func.coalesce(Notice.over_at, Notice.ends_at).desc()).limit(PAGE)
    return _sorted(session, _concerning(scope), now, _views(session, past))


def lasting(session: Session, scope: Scope, now: datetime) -> Sequence[NoticeView]:
    """What holds where somebody lives or serves, and what comes."""
    found = _sorted(session, _concerning(scope), now, ())
    return (*found.holding, *found.coming)


def named(notice: NoticeView) -> list[tuple[str, str]]:
    """Its titles and the names of its kind, each with its language.

    Whoever asks for water finds it under whatever title.
    """
    template = templates().get(notice.template)
    titles = [(language, said.title) for language, said in notice.texts.items()]
    return titles + (list(template.names.items()) if template else [])


class Sought(NamedTuple):
    """What somebody looks for among the messages: words, and one of their sections."""

    text: str = ""
    section: int | None = None


EVERYTHING = Sought()


def desk_listing(
    session: Session, scope: Scope, now: datetime, before: int | None, sought: Sought = EVERYTHING
) -> Listing:
    """What was written for these sections; what is over page by page, the last to end first."""
    there = and_(_written_for(scope), *_found_by(sought))
    over = select(*_COLUMNS).where(there, ~_lasting(now))
    ended = func.coalesce(Notice.over_at, Notice.ends_at)
    if before is not None:
        there_ended = select(ended).where(Notice.id == before).scalar_subquery()
        over = over.where(tuple_(ended, Notice.id) < tuple_(there_ended, before))
    newest_first = over.order_by(ended.desc(), Notice.id.desc())
    past = _views(session, newest_first.limit(PAGE + 1))
    onward = past[PAGE - 1].id if len(past) > PAGE else None
    if before is not None:
        return Listing((), (), past[:PAGE], onward)
    found = _sorted(session, there, now, past[:PAGE])
    return Listing(found.holding, found.coming, found.past, onward)


def _found_by(sought: Sought) -> list[ColumnElement[bool]]:
    found = [_has(word) for word in register_words(sought.text)]
    if sought.section is not None:
        mine = NoticePlace.section_id == sought.section
        found.append(Notice.id.in_(select(NoticePlace.notice_id).where(mine)))
    return found


def _has(word: str) -> ColumnElement[bool]:
    """A word is a house number, or part of what a message says in any language, or of a street."""
    cases = letter_cases(word)
    said = (NoticeText.title,) if word[0].isdigit() else (NoticeText.title, NoticeText.text)
    texts = select(NoticeText.notice_id).where(_part_of(said, cases))
    doors = select(NoticePlace.notice_id).join(Stairwell, NoticePlace.stairwell_id == Stairwell.id)
    named = or_(Stairwell.house_number.in_(cases), _part_of((Stairwell.street,), cases))
    return or_(Notice.id.in_(texts), Notice.id.in_(doors.where(named)))


def _part_of(columns: Iterable[Any], cases: Iterable[str]) -> ColumnElement[bool]:
    columns = list(columns)
    parts = [column.icontains(case, autoescape=True) for case in cases for column in columns]
    return or_(*parts)


def _sorted(
    session: Session, there: ColumnElement[bool], now: datetime, past: Sequence[NoticeView]
) -> Listing:
    query = select(*_COLUMNS).where(there, _lasting(now)).order_by(Notice.starts_at, Notice.id)
    lasting = _views(session, query.limit(10 * PAGE))
    holding = [one for one in lasting if one.starts_at <= now]
    holding.sort(key=lambda one: by_urgency(one.urgency, one.starts_at))
    return Listing(holding, [one for one in lasting if one.starts_at > now], past)


def notice(session: Session, scope: Scope, number: int) -> NoticeView:
    """One message for a section this scope reaches. Raises Missing.

    Its poster hangs in the open, so a neighbour from the next stairwell may read it, too.
    """
    found = _views(session, select(*_COLUMNS).where(Notice.id == number, _written_for(scope)))
    if not found:
        raise Missing
    return found[0]


def _written_for(scope: Scope) -> ColumnElement[bool]:
    there = select(NoticePlace.notice_id).where(NoticePlace.section_id.in_(scope.sections))
    return Notice.id.in_(there)


def own_notice(session: Session, scope: Scope, number: int) -> Notice:
    """One message this scope may change: all its places are in the scope's sections, or Missing.

    Held until the commit, so that two who change it come one after the other.
    """
    elsewhere = select(NoticePlace.notice_id).where(NoticePlace.section_id.not_in(scope.sections))
    found = session.scalars(
        select(Notice)
        .where(Notice.id == number, _written_for(scope), Notice.id.not_in(elsewhere))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise Missing
    return found


def changeable(session: Session, scope: Scope, number: int) -> NoticeView:
    """One message all of whose places are in this scope's sections. Raises Missing."""
    found = notice(session, scope, number)
    if not may_change(session, scope, number):
        raise Missing
    return found


def held(session: Session, scope: Scope, number: int) -> NoticeView:
    """The same, nobody else's to change until the commit: as it stands once it is ours."""
    own_notice(session, scope, number)
    return view(session, number)


def may_change(session: Session, scope: Scope, number: int) -> bool:
    """Whether all places of a message are in this scope's sections."""
    sections = session.scalars(
        select(NoticePlace.section_id).distinct().where(NoticePlace.notice_id == number)
    )
    return set(sections) <= scope.sections


class Earlier(NamedTuple):
    """What a message said before a change."""

    version: int
    span: Span
    texts: Texts
    replaced_at: datetime


def earlier(session: Session, number: int) -> Sequence[Earlier]:
    """The earlier wordings of a message, newest first."""
    rows = session.execute(
        select(
            NoticeWording.version,
            NoticeWording.starts_at,
            NoticeWording.ends_at,
            NoticeWording.texts,
            NoticeWording.replaced_at,
        )
        .where(NoticeWording.notice_id == number)
        .order_by(NoticeWording.version.desc())
        .limit(PAGE)
    )
    return [
        Earlier(
            row.version,
            Span(clock.local(row.starts_at), clock.local(row.ends_at) if row.ends_at else None),
            {language: Wording(*said) for language, said in row.texts.items()},
            row.replaced_at,
        )
        for row in rows
    ]


_DOOR = (
    Stairwell.id,
    Stairwell.building_id,
    Building.number,
    Building.section_id,
    Section.name,
    Section.organisation_id,
    Stairwell.street,
    Stairwell.house_number,
)


def doors_in(session: Session, sections: Collection[int]) -> list[Door]:
    """Every stairwell of these sections, by section, building, street and number."""
    rows = session.execute(
        select(*_DOOR)
        .join(Building, Stairwell.building_id == Building.id)
        .join(Section, Building.section_id == Section.id)
        .where(Section.id.in_(sections))
        .order_by(Section.organisation_id, Section.number)
    )
    found = [Door(*row) for row in rows]
    order = list(dict.fromkeys(door.section for door in found))

    def place(door: Door) -> tuple[int, str, str, str]:
        number = natural(door.building_number)
        return order.index(door.section), number, door.street, natural(door.house_number)

    return sorted(found, key=place)


def doors_of(session: Session, number: int) -> list[Door]:
    """The stairwells of a message."""
    sections = select(NoticePlace.section_id).where(NoticePlace.notice_id == number)
    there = set(
        session.scalars(select(NoticePlace.stairwell_id).where(NoticePlace.notice_id == number))
    )
    all_doors = doors_in(session, list(session.scalars(sections.distinct())))
    return [door for door in all_doors if door.stairwell in there]
