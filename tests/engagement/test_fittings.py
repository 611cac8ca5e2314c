"""The cards of homes and common parts: who keeps them, what they said before, when they go."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from engagement.fittings import actions, queries
from engagement.fittings.models import CardChange, Fitting, ShutOff
from engagement.fittings.queries import Place
from engagement.fittings.rules import (
    FITTING,
    FITTINGS,
    PHOTO,
    Doing,
    Shutting,
    Writing,
    earlier,
    fitting_problems,
    shutting_problems,
)
from estate import clock
from estate.database import Database
from estate.permissions import Permission, Scope, scope
from estate.photos.models import Photo
from estate.photos.queries import photos_of
from estate.photos.store import Store, prepare
from estate.places.models import Home, Part
from estate.refusals import Missing, Problems
from estate.retention.actions import replay
from estate.retention.log import ErasureLog
from estate.retention.queries import days_kept
from tests.builders import Estate, build_estate, reader
from tests.pictures import picture
from web.kinds import REPLAYED

TAP = Writing("tap", "Grohe", "Eurosmart", 2019, "Køkken", "Pakningen er ny.")


def keeper(session: Session, estate: Estate, name: str = "caretaker") -> Scope:
    return scope(reader(session, estate.people[name]), Permission.KEEP_FITTINGS)


def household(session: Session, estate: Estate, name: str) -> Scope:
    return scope(reader(session, estate.people[name]), Permission.MANAGE_HOUSEHOLD)


def home(session: Session, estate: Estate, name: str = "amina") -> Place:
    found = queries.home_place(session, keeper(session, estate), estate.homes[name])
    assert found is not None
    return found


def lift(session: Session, estate: Estate) -> Place:
    session.add(
        Part(section_id=estate.section, number="E-1", code="label", name="Lift B", system="lift")
    )
    session.flush()
    found = queries.part_place(session, keeper(session, estate), "label")
    assert found is not None
    return found


def test_every_kind_is_named_in_each_language() -> None:
    for code, kind in queries.kinds().items():
        assert set(kind.names) == {"da", "en", "ar"}, code
        assert all(kind.names.values()), code
    assert {"tap", "thermostat", "lock", "cooker", "fridge", "intercom"} <= set(queries.kinds())
    assert queries.kind_name("gone from the list", "da") == "gone from the list"


def test_what_is_written_down_is_of_a_known_kind_short_and_of_a_year_that_was() -> None:
    kinds = queries.kinds()
    assert fitting_problems(TAP, kinds, "2019", 2026) == {}
    assert set(fitting_problems(TAP._replace(kind="spaceship"), kinds, "", 2026)) == {"kind"}
    for year, typed in ((None, "sidste år"), (1, "1"), (2027, "2027"), (None, "٢٠١٩")):
        wrong = fitting_problems(TAP._replace(year=year), kinds, typed, 2026)
        assert set(wrong) == {"year"}, typed
    long = TAP._replace(make="x" * 81, model="x" * 81, room="x" * 81, note="x" * 401)
    assert set(fitting_problems(long, kinds, "", 2026)) == {"make", "model", "room", "note"}
    assert set(shutting_problems(Shutting("x" * 201, "x" * 200))) == {"stopcock"}


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), min_size=3))
def test_the_history_keeps_just_what_became_otherwise(before: dict[str, int]) -> None:
    after = {"a": 0, "b": 1, "c": 2}
    assert {**after, **earlier(before, after)} == before


def test_a_change_keeps_what_the_card_said_and_who_changed_it(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        place, scope_ = home(session, estate), keeper(session, estate)
        number = actions.add(session, scope_, place, TAP, "da")
        actions.change(session, scope_, number, TAP._replace(make="Oras"), 1, "da")
        actions.change(session, scope_, number, TAP._replace(make="Oras"), 2, "da")  # as it was
        actions.keep_shutting(session, scope_, place, Shutting("Under vasken", ""), "da")
        actions.keep_shutting(session, scope_, place, Shutting("I skabet", "I entréen"), "da")
    with database.read() as session:
        (line,) = queries.fittings_at(session, home(session, estate))
        assert (line.make, line.called, line.version) == ("Oras", "Oras Eurosmart", 2)
        told = queries.changes_at(session, home(session, estate))
        assert [(one.doing, one.before) for one in told] == [
            (Doing.SHUTTING, {"stopcock": "Under vasken", "fuse": ""}),
            (Doing.SHUTTING, {"stopcock": ""}),
            (Doing.CHANGED, {"make": "Grohe"}),
            (Doing.ADDED, {}),
        ]
        assert {one.by for one in told} == {"Caretaker"}
        assert queries.shutting_at(session, home(session, estate)).said == ("I skabet", "I entréen")
        assert session.scalar(select(func.count()).select_from(ShutOff)) == 1


def test_two_who_change_one_thing_at_once_do_not_undo_each_other(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = actions.add(session, keeper(session, estate), home(session, estate), TAP, "da")
        actions.change(session, keeper(session, estate), number, TAP._replace(make="Oras"), 1, "da")
    with database.write() as session:
        office = keeper(session, estate, "office")
        with pytest.raises(Problems) as found:
            actions.change(session, office, number, TAP._replace(make="Mora"), 1, "da")
    assert "Oras" in str(found.value.problems["make"].values)
    with database.read() as session:
        assert session.get_one(Fitting, number).make == "Oras"


def test_the_household_reads_its_own_homes_card_and_nobody_elses(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        number = actions.add(session, keeper(session, estate), home(session, estate), TAP, "da")
    with database.read() as session:
        (own,) = queries.own_places(session, household(session, estate, "amina"))
        assert own.home == estate.homes["amina"]
        assert queries.fitting(session, household(session, estate, "amina"), number) is not None
        for other in ("yasmin", "jonas", "sofie", "caretaker", "chair"):
            assert queries.fitting(session, household(session, estate, other), number) is None
        own_only = household(session, estate, "amina")
        assert queries.home_place(session, own_only, estate.homes["yasmin"]) is None
        assert queries.found(session, own_only, "Grohe") == []
        assert queries.own_places(session, keeper(session, estate)) == ()


def test_who_serves_another_section_finds_and_changes_nothing_here(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        place = home(session, estate)
        number = actions.add(session, keeper(session, estate), place, TAP, "da")
        board = scope(reader(session, estate.people["chair"]), Permission.KEEP_FITTINGS)
        assert queries.found(session, board, "") == []
        with pytest.raises(Missing):
            actions.add(session, board, place, TAP, "da")
        with pytest.raises(Missing):
            actions.change(session, board, number, TAP._replace(make="x"), 1, "da")
        with pytest.raises(Missing):
            actions.keep_shutting(session, board, place, Shutting("x", "x"), "da")
        with pytest.raises(Missing):
            actions.keep_shutting(
                session, keeper(session, estate), place._replace(section=999), Shutting(), "da"
            )


def test_things_are_found_by_make_model_kind_and_place(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        scope_, part = keeper(session, estate), lift(session, estate)
        actions.add(session, scope_, home(session, estate), TAP, "da")
        actions.add(session, scope_, home(session, estate, "sofie"), Writing("lock", "Ruko"), "da")
        actions.add(session, scope_, part, Writing("motor", "Løfteværk", "L-12"), "da")

        def makes(text: str) -> list[str]:
            return [one.make for one in queries.found(session, scope_, text)]

        assert makes("") == ["Løfteværk", "Ruko", "Grohe"]
        assert makes("grohe") == makes("vandhane") == makes("Lærkevej 8") == ["Grohe"]
        assert makes("lås søvej") == ["Ruko"]
        assert makes("løfteværk l-12") == makes("lift") == ["Løfteværk"]
        assert makes("grohe ruko") == makes("%") == makes("_") == []
        first = queries.found(session, scope_, "", most=1)[0]
        assert [one.make for one in queries.found(session, scope_, "", first.id)] == [
            "Ruko",
            "Grohe",
        ]
        homes = queries.homes_found(session, scope_, "Lærkevej 8")
        assert {one.home for one in homes} == {estate.homes["amina"], estate.homes["yasmin"]}
        assert queries.homes_found(session, scope_, "lærkevej 8, 2. tv.")[0].name.endswith("2. tv.")
        assert queries.homes_found(session, scope_, "") == ()


def test_what_is_removed_leaves_the_card_and_its_photos_stay_gone_after_a_restore(
    database: Database, tmp_path: Path
) -> None:
    store, log = Store(tmp_path / "photos"), ErasureLog(tmp_path / "erasures.log")
    with database.write() as session:
        estate = build_estate(session)
        scope_, place = keeper(session, estate), home(session, estate)
        number = actions.add(session, scope_, place, TAP, "da")
        two = [prepare(picture()), prepare(picture("PNG"))]
        actions.change_photos(session, scope_, store, number, (), two, log)
        with pytest.raises(Problems):
            actions.change_photos(session, scope_, store, number, (), two, log)
        actions.change_photos(session, scope_, store, number, [1], (), log)
        actions.remove(session, scope_, number, log)
        assert photos_of(session, FITTING, number) == []
        assert queries.fittings_at(session, place) == []
        assert queries.changes_at(session, place)[0].before["make"] == "Grohe"
        with pytest.raises(Missing):
            actions.change(session, scope_, number, TAP, 1, "da")
    lines = log.read()
    assert [line.kind for line in lines] == [PHOTO, PHOTO]
    with database.write() as session:
        for line in lines:
            session.add(
                Photo(
                    id=line.ids[0],
                    owner_kind=FITTING,
                    owner_id=number,
                    n=line.ids[0],
                    digest="ab" * 32,
                    width=1,
                    height=1,
                    size=1,
                    added_at=clock.now(),
                )
            )
        session.flush()
        assert replay(session, REPLAYED, lines) == 2
        assert photos_of(session, FITTING, number) == []


def test_a_card_goes_a_month_after_its_home_or_part_was_closed(
    database: Database, tmp_path: Path
) -> None:
    store, log = Store(tmp_path / "photos"), ErasureLog(tmp_path / "erasures.log")
    kept = days_kept(FITTINGS, clock.today())
    with database.write() as session:
        estate = build_estate(session)
        scope_, part = keeper(session, estate), lift(session, estate)
        for place in (home(session, estate), home(session, estate, "bent"), part):
            number = actions.add(session, scope_, place, TAP, "da")
            actions.keep_shutting(session, scope_, place, Shutting("Her", "Der"), "da")
            actions.change_photos(session, scope_, store, number, (), [prepare(picture())], log)
        closed = clock.today() - timedelta(days=kept + 1)
        session.execute(
            update(Home).where(Home.id == estate.homes["amina"]).values(closed_on=closed)
        )
        session.execute(update(Part).values(closed_on=closed))
        day = clock.today() - timedelta(days=kept - 1)
        session.execute(update(Home).where(Home.id == estate.homes["bent"]).values(closed_on=day))
        assert queries.home_place(session, scope_, estate.homes["amina"]) is None
        assert queries.found(session, scope_, "") == []
    with database.write() as session:
        before = clock.now() - timedelta(days=kept)
        while actions.forget(session, before):
            pass
        for table in (Fitting, ShutOff):
            assert list(session.scalars(select(table.home_id))) == [estate.homes["bent"]]
        assert set(session.scalars(select(CardChange.home_id))) == {estate.homes["bent"]}
        assert session.scalar(select(func.count()).select_from(Photo)) == 1
