"""Reading building projects: which one, in which stage, a home or common part is in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from estate.places.models import Building, Home, Part, Stairwell
from estate.projects.models import Project, ProjectPlace, Setback, Stage
from estate.projects.rules import Cover, SetbackKind, Spot, StageKind, project_of, stage_on


class ProjectLine(NamedTuple):
    """A building project by name."""

    id: int
    name: str
    starts_on: date


class SetbackLine(NamedTuple):
    """A setback of a stage with its reason."""

    kind: SetbackKind
    reason: str
    language: str
    starts_on: date
    ends_on: date | None


class StageLine(NamedTuple):
    """A stage as it came to be, with its setbacks, the first one first."""

    id: int
    kind: StageKind
    name: str
    starts_on: date
    ends_on: date | None
    setbacks: Sequence[SetbackLine] = ()


def spot_of_home(session: Session, home: int) -> Spot | None:
    """Where a home is."""
    row = session.execute(
        select(Building.section_id, Building.id, Stairwell.id)
        .join(Stairwell, Stairwell.building_id == Building.id)
        .join(Home, Home.stairwell_id == Stairwell.id)
        .where(Home.id == home)
    ).one_or_none()
    return Spot(*row) if row else None


def spot_of_part(session: Session, part: int) -> Spot | None:
    """Where a common part is; its stairwell says in which building where the file does not."""
    row = session.execute(
        select(Part.section_id, Part.building_id, Stairwell.building_id, Part.stairwell_id)
        .outerjoin(Stairwell, Part.stairwell_id == Stairwell.id)
        .where(Part.id == part)
    ).one_or_none()
    return Spot(row[0], row[1] or row[2], row[3]) if row else None


def project_at(
    session: Session, spot: Spot, day: date
) -> tuple[ProjectLine, StageLine | None] | None:
    """The project that runs at a spot on a day, and its stage; None where nothing is built.

    The stage is None as long as none has begun.
    """
    found = project_of(_running(session, spot.section, day), spot)
    return (found, stage_on(stages_of(session, found.id), day)) if found else None


def _running(
    session: Session, section: int, day: date
) -> Sequence[tuple[ProjectLine, Sequence[Cover]]]:
    """The projects that run somewhere in a section on a day, each with its places there."""
    rows = session.execute(
        select(
            Project.id,
            Project.name,
            Project.starts_on,
            ProjectPlace.section_id,
            ProjectPlace.building_id,
            ProjectPlace.stairwell_id,
        )
        .join(ProjectPlace, ProjectPlace.project_id == Project.id)
        .where(
            ProjectPlace.section_id == section,
            Project.starts_on <= day,
            or_(Project.ends_on.is_(None), Project.ends_on >= day),
        )
        .order_by(Project.id, ProjectPlace.id)
    )
    covers: dict[ProjectLine, list[Cover]] = defaultdict(list)
    for row in rows:
        covers[ProjectLine(*row[:3])].append(Cover(*row[3:]))
    return list(covers.items())


def running_in(session: Session, section: int, day: date) -> Sequence[ProjectLine]:
    """The projects that run somewhere in a section on a day."""
    return [project for project, _ in _running(session, section, day)]


def stages_of(session: Session, project: int) -> Sequence[StageLine]:
    """The stages of a project as they followed, each with its setbacks."""
    rows = session.execute(
        select(Stage.id, Stage.kind, Stage.name, Stage.starts_on, Stage.ends_on)
        .where(Stage.project_id == project)
        .order_by(Stage.starts_on, Stage.id)
    ).all()
    setbacks = _setbacks(session, [row.id for row in rows])
    return [StageLine(*row, setbacks.get(row.id, ())) for row in rows]


def _setbacks(session: Session, stages: Sequence[int]) -> Mapping[int, Sequence[SetbackLine]]:
    rows = session.execute(
        select(
            Setback.stage_id,
            Setback.kind,
            Setback.reason,
            Setback.language,
            Setback.starts_on,
            Setback.ends_on,
        )
        .where(Setback.stage_id.in_(stages))
        .order_by(Setback.starts_on, Setback.id)
    )
    found: dict[int, list[SetbackLine]] = defaultdict(list)
    for row in rows:
        found[row.stage_id].append(SetbackLine(*row[1:]))
    return found
