"""Letters as somebody sees them who lives in two homes: each once, with both addresses."""

from estate import clock
from estate.database import Database
from estate.people.models import Member
from tests.builders import LONG_AGO, Estate
from tests.letters import announce, give
from tests.neighbours import Who

House = tuple[Database, Estate, Who]
HOMES = "<bdi>Lærkevej 8, 2. tv. · Lærkevej 12, 1. tv.</bdi>"


def test_a_letter_to_two_of_my_homes_stands_once_in_my_list_and_on_today(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        announce(session, estate)
        session.add(
            Member(
                household_id=estate.households["bent"],
                person_id=estate.people["amina"],
                starts_on=LONG_AGO,
                confirmed_at=clock.now(),
            )
        )
        session.flush()
        letter = give(session, estate)
    amina, jonas = browser("amina"), browser("jonas")
    for path in ("/letters", "/"):
        shown = amina.get(path).text
        assert shown.count(f'href="/letters/{letter}"') == 1
        assert shown.count(HOMES) == 1
        assert "Lærkevej 8" not in jonas.get(path).text
    assert HOMES in amina.get(f"/letters/{letter}").text
    assert "Not read" not in amina.get("/letters").text
