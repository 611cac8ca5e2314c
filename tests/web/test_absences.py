"""The page of who is away."""

from estate import clock
from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who

House = tuple[Database, Estate, Who]


def test_a_caretaker_says_that_they_are_away_and_the_office_that_they_are_back(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker, office, day = browser("caretaker"), browser("office"), clock.today().isoformat()
    sent = {
        "person": str(estate.people["caretaker"]),
        "starts_on": day,
        "ends_on": day,
    }
    for wrong in (
        {"person": str(estate.people["amina"])},
        {"person": "x"},
        {"starts_on": "1999-01-01"},
        {"ends_on": "2020-01-01"},
        {"ends_on": "9999-12-31"},
    ):
        assert caretaker.post("/desk/absences/new", {**sent, **wrong}).status_code == 422, wrong
    assert caretaker.post("/desk/absences/new", {}).status_code == 422
    assert caretaker.post("/desk/absences/new", sent).status_code == 303
    assert "/desk/absences/1/end" in office.get("/desk/absences").text
    assert browser("amina").get("/desk/absences").status_code == 403
    assert browser("chair").post("/desk/absences/1/end").status_code == 403
    assert office.post("/desk/absences/1/end").status_code == 303
    assert "/end" not in office.get("/desk/absences").text
    assert office.post("/desk/absences/1/end").status_code == 404
