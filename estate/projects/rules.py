"""Which project and which of its stages hold at a place on a day."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeVar


class StageKind(StrEnum):
    """The agreements a building project goes through, in the order it usually takes them."""

    IDEA = "idea"
    FIRST_STUDY = "first_study"
    APPLICATION = "application"
    PROGRAMME = "programme"
    PROPOSAL = "proposal"
    FUNDING = "funding"
    DECISION = "decision"
    DESIGN = "design"
    WORKS = "works"
    HANDOVER = "handover"
    ONE_YEAR_CHECK = "one_year_check"


class SetbackKind(StrEnum):
    """How a stage did not go on as agreed."""

    STANDSTILL = "standstill"
    STEP_BACK = "step_back"
    STOPPED = "stopped"


class Spot(NamedTuple):
    """Where a home or a common part is; a part of a whole section lies in no building."""

    section: int
    building: int | None = None
    stairwell: int | None = None


class Cover(NamedTuple):
    """A place of a project: a whole section, unless it is narrowed to a building or stairwell."""

    section: int
    building: int | None = None
    stairwell: int | None = None

    def holds(self, spot: Spot) -> bool:
        """Whether a spot lies in it."""
        if self.stairwell is not None:
            return spot.stairwell == self.stairwell
        if self.building is not None:
            return spot.building == self.building
        return spot.section == self.section

    @property
    def narrowness(self) -> int:
        """The more, the nearer to a home: 0 is a whole section."""
        return 2 if self.stairwell is not None else 1 if self.building is not None else 0


class Dated(Protocol):
    """Something with a number that began on a day."""

    @property
    def id(self) -> int: ...
    @property
    def starts_on(self) -> date: ...


Project = TypeVar("Project", bound=Dated)
Stage = TypeVar("Stage", bound=Dated)


def project_of(running: Iterable[tuple[Project, Iterable[Cover]]], spot: Spot) -> Project | None:
    """The project that a spot is in: whose place is the nearest, of these the one begun last."""
    fitting = [
        (cover.narrowness, project.starts_on, project.id, project)
        for project, covers in running
        for cover in covers
        if cover.holds(spot)
    ]
    return max(fitting, key=lambda one: one[:3])[3] if fitting else None


def stage_on(stages: Iterable[Stage], day: date) -> Stage | None:
    """The stage of a day: the one begun last, also between its end and the next one's beginning."""
    begun = [stage for stage in stages if stage.starts_on <= day]
    return max(begun, key=lambda stage: (stage.starts_on, stage.id), default=None)
