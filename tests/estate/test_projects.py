"""Which building project, in which stage, a home or a common part is in on a day."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from estate.database import Database
from estate.places.models import Part
from estate.projects.models import Project, ProjectPlace, Setback, Stage
from estate.projects.queries import project_at, spot_of_home, spot_of_part, stages_of
from estate.projects.rules import Cover, SetbackKind, Spot, StageKind, project_of, stage_on
from tests.builders import Estate, build_estate

SPRING = date(2026, 3, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Dated:
    id: int
    starts_on: date


def build(
    session: Session, estate: Estate, name: str, starts: date = SPRING, ends: date | None = None
) -> int:
    project = Project(organisation_id=estate.north, name=name, starts_on=starts, ends_on=ends)
    session.add(project)
    session.flush()
    return project.id


def cover(session: Session, estate: Estate, project: int, **where: int) -> None:
    session.add(ProjectPlace(project_id=project, section_id=estate.section, **where))
    session.flush()


def stage(session: Session, project: int, kind: StageKind, starts: date) -> int:
    row = Stage(project_id=project, kind=kind, starts_on=starts)
    session.add(row)
    session.flush()
    return row.id


def name_at(session: Session, spot: Spot | None, day: date) -> str | None:
    assert spot is not None
    found = project_at(session, spot, day)
    return found[0].name if found else None


def test_the_nearest_project_that_runs_is_the_homes(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for name, where in (
            ("Hele afdelingen", {}),
            ("Bygning A", {"building_id": estate.building}),
            ("Opgang 8", {"stairwell_id": estate.stairwell}),
        ):
            cover(session, estate, build(session, estate, name), **where)
        gone = build(session, estate, "Forbi", ends=SPRING + DAY)
        cover(session, estate, gone, stairwell_id=estate.next_stairwell)
    with database.read() as session:
        homes = {name: spot_of_home(session, home) for name, home in estate.homes.items()}
        assert name_at(session, homes["amina"], SPRING) == "Opgang 8"
        assert name_at(session, homes["jonas"], SPRING + DAY) == "Forbi"
        assert name_at(session, homes["jonas"], SPRING + 2 * DAY) == "Bygning A"
        assert name_at(session, homes["bent"], SPRING) == "Hele afdelingen"
        assert name_at(session, homes["sofie"], SPRING) is None
        assert name_at(session, homes["amina"], SPRING - DAY) is None
        assert spot_of_home(session, 999_999) is None


def test_a_common_part_is_in_the_project_of_its_place(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        cover(session, estate, build(session, estate, "A"), building_id=estate.building)
        places = ({}, {"building_id": estate.building}, {"stairwell_id": estate.stairwell})
        parts = []
        for number, where in enumerate(places):
            part = Part(
                section_id=estate.section,
                number=str(number),
                code=f"label-{number}",
                name="Lampe",
                system="lamp",
                **where,
            )
            session.add(part)
            session.flush()
            parts.append(part.id)
    with database.read() as session:
        names = [name_at(session, spot_of_part(session, part), SPRING) for part in parts]
        assert names == [None, "A", "A"]
        assert spot_of_part(session, 999_999) is None


def test_a_stage_holds_until_the_next_one_begins_and_keeps_its_setbacks(
    database: Database,
) -> None:
    with database.write() as session:
        estate = build_estate(session)
        project = build(session, estate, "Tag")
        cover(session, estate, project)
        idea = stage(session, project, StageKind.IDEA, SPRING + DAY)
        stage(session, project, StageKind.WORKS, SPRING + 10 * DAY)
        session.get_one(Stage, idea).ends_on = SPRING + 3 * DAY
        for kind, day in ((SetbackKind.STOPPED, 3), (SetbackKind.STANDSTILL, 2)):
            held = Setback(
                stage_id=idea, kind=kind, reason="Ingen penge", starts_on=SPRING + day * DAY
            )
            session.add(held)
    with database.read() as session:
        spot = spot_of_home(session, estate.homes["amina"])
        assert spot is not None

        def kind_on(days: int) -> StageKind | None:
            found = project_at(session, spot, SPRING + days * DAY)
            assert found is not None
            return found[1].kind if found[1] else None

        assert [kind_on(days) for days in (0, 1, 5, 9, 10, 99)] == [
            None,
            *[StageKind.IDEA] * 3,
            *[StageKind.WORKS] * 2,
        ]
        first, last = stages_of(session, project)
        assert [one.kind for one in first.setbacks] == [SetbackKind.STANDSTILL, SetbackKind.STOPPED]
        assert last.setbacks == ()


SPOTS = st.builds(
    lambda stairwell: Spot(stairwell // 4, stairwell // 2, stairwell), st.integers(0, 11)
)
COVERS = st.one_of(
    st.builds(lambda spot: Cover(spot.section), SPOTS),
    st.builds(lambda spot: Cover(spot.section, spot.building), SPOTS),
    st.builds(lambda spot: Cover(*spot), SPOTS),
)


@given(st.lists(st.tuples(st.integers(0, 9), st.lists(COVERS, max_size=4)), max_size=6), SPOTS)
def test_no_project_stands_nearer_than_the_one_that_is_found(
    drawn: list[tuple[int, list[Cover]]], spot: Spot
) -> None:
    running = [
        (Dated(number, SPRING + days * DAY), covers) for number, (days, covers) in enumerate(drawn)
    ]
    near = {
        project.id: max((one.narrowness for one in covers if one.holds(spot)), default=-1)
        for project, covers in running
    }
    found = project_of(running, spot)
    best = max(near.values(), default=-1)
    if best < 0:
        assert found is None
        return
    assert found is not None
    assert near[found.id] == best
    rivals = [project for project, _ in running if near[project.id] == best]
    assert found.starts_on == max(one.starts_on for one in rivals)


@given(st.lists(st.integers(-20, 20), max_size=6))
def test_the_stage_of_a_day_is_the_one_begun_last_in_whatever_order(days: list[int]) -> None:
    stages = [Dated(number, SPRING + day * DAY) for number, day in enumerate(days)]
    found, backwards = stage_on(stages, SPRING), stage_on(stages[::-1], SPRING)
    assert found == backwards
    begun = [day for day in days if day <= 0]
    assert (found.starts_on if found else None) == (SPRING + max(begun) * DAY if begun else None)


def test_a_project_that_goes_takes_its_places_stages_and_setbacks(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        project = build(session, estate, "Tag")
        cover(session, estate, project)
        works = stage(session, project, StageKind.WORKS, SPRING)
        session.add(
            Setback(stage_id=works, kind=SetbackKind.STEP_BACK, reason="Fugt", starts_on=SPRING)
        )
        session.flush()
        session.delete(session.get_one(Project, project))
        session.flush()
        for table in (ProjectPlace, Stage, Setback):
            assert session.query(table).count() == 0


@pytest.mark.parametrize("kind", [*StageKind, *SetbackKind])
def test_a_kind_is_kept_by_a_word_of_its_own(kind: StageKind | SetbackKind) -> None:
    assert kind.value.isascii()
    assert len(kind.value) <= 40
