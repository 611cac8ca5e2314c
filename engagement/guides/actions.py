"""Writing guides down, changing them with what they said before kept, and taking them away."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engagement.guides import queries, rules
from engagement.guides.models import Guide, GuideWording
from engagement.guides.rules import Draft
from estate.audit.actions import record
from estate.language import N_
from estate.permissions import Scope
from estate.photos import actions as photos
from estate.photos.store import Picture, Store
from estate.refusals import Missing, Refused


def write(
    session: Session,
    scope: Scope,
    draft: Draft,
    language: str,
    pictures: Sequence[Picture],
    store: Store,
    now: datetime,
) -> int:
    """Write a guide down; it has no problems. Returns its id; raises Missing outside the scope."""
    if draft.organisation not in dict(queries.organisations(session, scope)):
        raise Missing
    row = Guide(
        organisation_id=draft.organisation,
        type=draft.type,
        title=draft.title,
        steps=draft.steps,
        language=language,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    for picture in pictures:
        photos.add(session, store, rules.OWNER, row.id, picture)
    record(session, "wrote", (rules.OWNER, row.id), actor=scope.person)
    return row.id


def change(
    session: Session,
    scope: Scope,
    number: int,
    draft: Draft,
    version: int,
    pictures: Sequence[Picture] | None,
    store: Store,
    now: datetime,
) -> None:
    """Change a guide; what it said stays to be read. `pictures` None leaves those it has.

    Raises Refused where somebody changed it meanwhile, Missing outside the scope.
    """
    row = _held(session, scope, number)
    if row.version != version:
        raise Refused(N_("Somebody changed this guide meanwhile. Look at it again first."))
    session.add(
        GuideWording(
            guide_id=number, version=row.version, title=row.title, steps=row.steps, until=now
        )
    )
    row.type, row.title, row.steps = draft.type, draft.title, draft.steps
    row.version, row.changed_at = row.version + 1, now
    if pictures is not None:
        photos.remove_all(session, rules.OWNER, [number])
        for picture in pictures:
            photos.add(session, store, rules.OWNER, number, picture)
    record(session, "changed", (rules.OWNER, number), actor=scope.person)


def take_away(session: Session, scope: Scope, number: int) -> None:
    """Take a guide away, with what it said before and its pictures."""
    row = _held(session, scope, number)
    photos.remove_all(session, rules.OWNER, [number])
    record(session, "removed", (rules.OWNER, number), actor=scope.person)
    session.execute(delete(Guide).where(Guide.id == row.id))


def _held(session: Session, scope: Scope, number: int) -> Guide:
    row = session.scalars(
        select(Guide)
        .where(Guide.id == number, queries.within(scope))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise Missing
    return row
