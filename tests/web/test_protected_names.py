"""Where the office reads an alias, it is told that a name is protected."""

import pytest

from estate.database import Database
from estate.people.models import Person
from tests.builders import Estate
from tests.letters import announce, give
from tests.neighbours import Who

ALIAS = "Havefrøen"


@pytest.fixture(params=[False, True])
def protected(request: pytest.FixtureRequest, house: tuple[Database, Estate, Who]) -> bool:
    """Amina has an alias; whether her name is protected, too, so that the office reads it."""
    database, estate, _ = house
    with database.write() as session:
        amina = session.get_one(Person, estate.people["amina"])
        amina.alias, amina.protected = ALIAS, request.param
    return bool(request.param)


def test_the_desk_says_where_a_name_is_protected(
    house: tuple[Database, Estate, Who], protected: bool
) -> None:
    _, estate, who = house
    page = who("office").get(f"/desk/people/{estate.households['amina']}").text
    assert [ALIAS in page, "The name is protected" in page] == [protected] * 2


def test_the_office_is_told_where_a_letter_goes_to_a_protected_name(
    house: tuple[Database, Estate, Who], protected: bool
) -> None:
    database, estate, who = house
    with database.write() as session:
        announce(session, estate)
        letter = give(session, estate)
    office = who("office")
    for page in (f"/desk/letters/{letter}", f"/desk/letters/{letter}/proof"):
        rows = [row for row in office.get(page).text.split("<tr") if ALIAS in row]
        assert len(rows) == protected
        assert all("A name is protected: the alias stands here." in row for row in rows)
        assert office.get(page).text.count("A name is protected") == protected


def test_the_office_is_told_before_printing_which_letters_have_an_alias(
    house: tuple[Database, Estate, Who], protected: bool
) -> None:
    _, estate, who = house
    section = {"section": str(estate.section), "confirmed": "yes"}
    page = who("office").post("/desk/people/letters", section).text
    tools = page[: page.index('class="sheet"')]
    assert ["A name is protected" in tools, "Lærkevej 8, 2. tv." in tools] == [protected] * 2
