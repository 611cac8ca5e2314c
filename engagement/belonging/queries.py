"""Reading which building project a case belongs to, and which it could."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from engagement.cases.models import Case
from engagement.cases.queries import Desk, to_handle
from estate import clock
from estate.projects.models import Project, Stage
from estate.projects.queries import running_in, stages_of
from estate.projects.rules import StageKind


class Work(NamedTuple):
    """A building project, maybe in one of its stages; no project at all has no number.

    `stage_name` is what a stage is called there, where it has a name of its own.
    """

    project: int | None = None
    stage: int | None = None
    name: str = ""
    kind: StageKind | None = None
    stage_name: str = ""

    @property
    def key(self) -> str:
        """As forms name it: `3`, `3-12`, or nothing."""
        return "-".join(str(one) for one in (self.project, self.stage) if one is not None)


NOWHERE = Work()


def work_of(session: Session, desk: Desk, number: int) -> Work:
    """What a case the staff handle belongs to. Raises Missing."""
    to_handle(session, desk, number)
    return kept(session, session.get_one(Case, number))


def kept(session: Session, case: Case) -> Work:
    """The same of a case already in hand."""
    if case.project_id is None:
        return NOWHERE
    project = session.get_one(Project, case.project_id)
    if case.stage_id is None:
        return Work(project.id, None, project.name)
    stage = session.get_one(Stage, case.stage_id)
    return Work(project.id, stage.id, project.name, stage.kind, stage.name)


def works_for(session: Session, desk: Desk, number: int, today: date) -> Sequence[Work]:
    """What it could belong to: each project that ran there when it came or runs now, by stages.

    Without a choice where nothing is built.
    """
    line = to_handle(session, desk, number).line
    days = (clock.local(line.received_at).date(), today)
    found = {one.id: one for day in days for one in running_in(session, line.section, day)}
    works: list[Work] = []
    for project in found.values():
        works.append(Work(project.id, None, project.name))
        works += [
            Work(project.id, stage.id, project.name, stage.kind, stage.name)
            for stage in stages_of(session, project.id)
            if stage.starts_on <= today
        ]
    return works
