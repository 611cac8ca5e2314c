"""Reading whose posting is paused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.orm import Session

from engagement.pauses.models import PostingPause
from estate import clock
from estate.people.models import Person
from estate.people.rules import name_in_role
from estate.permissions import Scope
from estate.places.models import Section
from estate.reach.queries import moderated


class PauseLine(NamedTuple):
    """A pause of somebody's posting in one section.

    `paused_by` is who decided it, by the name neighbours know; empty once nobody knows any more.
    """

    id: int
    person_id: int
    shown_name: str
    section_id: int
    section_name: str
    reason: str
    language: str
    starts_at: datetime
    ends_at: datetime
    paused_by: str


def _pauses(now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PostingPause.id,
            PostingPause.person_id,
            PostingPause.shown_name,
            Section.id,
            Section.name,
            PostingPause.reason,
            PostingPause.language,
            PostingPause.starts_at,
            PostingPause.ends_at,
            Person.given_name,
            Person.alias,
            Person.protected,
        )
        .join(Section, PostingPause.section_id == Section.id)
        .outerjoin(Person, PostingPause.paused_by_id == Person.id)
        .where(PostingPause.lifted_at.is_(None), PostingPause.ends_at > now)
        .order_by(PostingPause.ends_at)
    )


def _pause(row: Row[*tuple[Any, ...]]) -> PauseLine:
    *pause, given_name, alias, protected = row
    by = name_in_role(given_name, alias, protected=protected) if given_name is not None else ""
    return PauseLine._make((*pause, by))


def own_pauses(session: Session, person: int, now: datetime) -> Sequence[PauseLine]:
    """Where this person may not post at present, why and until when."""
    rows = session.execute(_pauses(now).where(PostingPause.person_id == person))
    return [_pause(row) for row in rows]


def pauses(session: Session, scope: Scope, now: datetime) -> Sequence[PauseLine]:
    """Whose posting is paused at present where this scope decides about it."""
    rows = session.execute(_pauses(now).where(decides(scope, now)).limit(100))
    return [_pause(row) for row in rows]


def decides(scope: Scope, now: datetime) -> ColumnElement[bool]:
    """The condition that a scope moderates whose posting is paused: nobody ends their own."""
    day = clock.local(now).date()
    return moderated(scope, PostingPause.section_id, (PostingPause.person_id,), day)


def is_paused(session: Session, person: int, section: int, now: datetime) -> bool:
    """Whether this person may not post in this section at present."""
    return any(pause.section_id == section for pause in own_pauses(session, person, now))
