"""Reading guides: those of the organisations whose sections one works in."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engagement.guides.models import Guide, GuideWording
from estate.permissions import Scope
from estate.places.models import Organisation, Section
from estate.refusals import Missing


class GuideLine(NamedTuple):
    """A guide as its page shows it."""

    id: int
    organisation: int
    type: str
    title: str
    steps: str
    language: str
    version: int
    changed_at: datetime


_COLUMNS = (
    Guide.id,
    Guide.organisation_id,
    Guide.type,
    Guide.title,
    Guide.steps,
    Guide.language,
    Guide.version,
    Guide.changed_at,
)


def within(scope: Scope) -> ColumnElement[bool]:
    """The guides of the organisations whose sections are in a scope."""
    there = select(Section.organisation_id).where(Section.id.in_(scope.sections))
    return Guide.organisation_id.in_(there)


def organisations(session: Session, scope: Scope) -> Sequence[tuple[int, str]]:
    """Where one can write guides, by name."""
    rows = session.execute(
        select(Organisation.id, Organisation.name)
        .join(Section, Section.organisation_id == Organisation.id)
        .where(Section.id.in_(scope.sections))
        .distinct()
        .order_by(Organisation.name)
    )
    return [(number, name) for number, name in rows]


def guides(session: Session, scope: Scope, sort: str = "") -> Sequence[GuideLine]:
    """The guides of a scope, by name; of one sort of work, if it is asked for."""
    wanted = [within(scope), *([Guide.type == sort] if sort else [])]
    rows = session.execute(select(*_COLUMNS).where(*wanted).order_by(Guide.title, Guide.id))
    return [GuideLine(*row) for row in rows]


def guide(session: Session, scope: Scope, number: int) -> GuideLine:
    """One guide of a scope. Raises Missing."""
    row = session.execute(select(*_COLUMNS).where(Guide.id == number, within(scope))).one_or_none()
    if row is None:
        raise Missing
    return GuideLine(*row)


class Earlier(NamedTuple):
    """How a guide read until a moment."""

    title: str
    steps: str
    until: datetime


def earlier(session: Session, scope: Scope, number: int) -> Sequence[Earlier]:
    """How a guide read before, the latest first. Raises Missing."""
    guide(session, scope, number)
    rows = session.execute(
        select(GuideWording.title, GuideWording.steps, GuideWording.until)
        .where(GuideWording.guide_id == number)
        .order_by(GuideWording.id.desc())
    )
    return [Earlier(*row) for row in rows]
