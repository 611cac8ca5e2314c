"""How people are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from estate.database import Database
from estate.people.actions import choose_alias, show_no_longer
from estate.people.models import Person
from estate.people.rules import (
    ALIAS_LENGTH,
    ANYBODY,
    OFFICIAL,
    SHOWN_AS,
    alias_problem,
    folded,
    initials,
)
from estate.permissions import Permission, scope
from estate.retention.log import ErasureLog
from tests.builders import add_person, reader

TAKEN = {folded(name) for name in ("Yasmin", "Lise Lotte", "Søren Bech")}


@pytest.mark.parametrize(
    "alias",
    ["Havefrøen", "Mor til tre", "Morfar på 1. sal", "Nat-vagten", "J.P. og K. S.", "مريم", "Морж"],
)
def test_an_alias_may_be_any_name_of_ones_own(alias: str) -> None:
    assert alias_problem(alias, TAKEN) is None


@pytest.mark.parametrize(
    "alias",
    [
        "",
        "x",
        "a" * (ALIAS_LENGTH + 1),
        "3 sal",
        "😀 sol",
        "<b>sol</b>",
        "yasmin",
        "Lise-Lotte",
        "Soeren Bech",
        "Bestyrelsen",
        "B e s t y r e l s e n",
        "Ejendomskontoret",
        "Formand Bent",
        "Viceværten",
        "Опgang",
        "Bент",
        "gevinst.dk",
        "Se gevinst.dk nu",
    ],
)
def test_an_alias_is_nobody_elses_and_no_office(alias: str) -> None:
    assert alias_problem(alias, TAKEN) is not None


@given(st.sampled_from(OFFICIAL), st.text("bc ", max_size=5), st.text("bc ", max_size=5))
def test_no_alias_holds_a_task_of_the_estate(word: str, before: str, after: str) -> None:
    assert alias_problem(before + word.upper() + after, frozenset()) is not None


@given(st.text(max_size=40))
def test_any_alias_is_answered(alias: str) -> None:
    problem = alias_problem(alias, TAKEN)
    assert problem is None or problem.text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Amina", "A"), ("Fru Blomst", "FB"), ("Åse Ø. Bo", "ÅØ"), ("Ida & Bo", "IB"), ("", "")],
)
def test_initials_are_those_of_the_shown_name(name: str, shown: str) -> None:
    assert initials(name) == shown


def test_beside_an_alias_stand_no_initials_of_the_register(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        amina = add_person(session, "amina")
        assert reader(session, amina.id).initials == "A"
        amina.alias = "Trold"
        session.flush()
        assert reader(session, amina.id).initials == "T"
        amina.alias, amina.protected = None, True
        session.flush()
        assert reader(session, amina.id).initials == "B"


@pytest.mark.parametrize(
    ("before", "chosen", "after"),
    [
        (None, "Havefrøen", ANYBODY),
        ("Havefrøen", "Nattevagten", ANYBODY),
        ("Havefrøen", "", None),
        ("Havefrøen", "Havefrøen", "Havefrøen"),
    ],
)
def test_a_restore_shows_nobody_by_a_name_they_gave_up_since(
    database: Database, erasures: ErasureLog, before: str | None, chosen: str, after: str | None
) -> None:
    with database.write() as session:
        amina = add_person(session, "amina")
        amina.alias = before
        session.flush()
        choose_alias(
            session, scope(reader(session, amina.id), Permission.OWN_PAGES), chosen, erasures
        )
        session.execute(update(Person).values(alias=before))
        for erasure in erasures.read():
            assert erasure.kind == SHOWN_AS
            show_no_longer(session, erasure.ids)
        assert session.scalar(select(Person.alias)) == after
    if erasures.path.exists():
        assert "Nattevagten" not in erasures.path.read_text()
