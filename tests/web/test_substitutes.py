"""The pages of substitutes and local notes."""

import re

from estate import clock
from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who

House = tuple[Database, Estate, Who]


def typed(estate: Estate, **more: object) -> dict[str, object]:
    day = clock.today().isoformat()
    return {
        "name": "Jonas",
        "email": "jonas@example.org",
        "sections": [str(estate.section)],
        "starts_on": day,
        "ends_on": day,
        **more,
    }


def test_the_office_lets_somebody_stand_in_who_finds_the_desk_and_its_notes(house: House) -> None:
    _, estate, browser = house
    office, jonas = browser("office"), browser("jonas")
    assert jonas.get("/desk").status_code == 403
    address = f"/desk/local-notes/door-{estate.stairwell}"
    sent = {"text": "Nøglen <i>hænger</i> bag døren.", "was": ""}
    assert office.post(address, sent).status_code == 303
    assert office.post("/desk/substitutes/new", typed(estate)).status_code == 303
    assert "Jonas" in office.get("/desk/substitutes").text
    desk = jonas.get("/desk")
    assert desk.status_code == 200
    assert "Nøglen &lt;i&gt;hænger&lt;/i&gt; bag døren." in desk.text
    assert jonas.get("/desk/substitutes").status_code == 403
    end = re.search(r'action="(/desk/substitutes/\d+/end)"', office.get("/desk/substitutes").text)
    assert end
    assert browser("caretaker").post(end[1]).status_code == 403
    assert office.post(end[1]).status_code == 303
    assert jonas.get("/desk").status_code == 403
    assert office.post(end[1]).status_code == 404


def test_hostile_values_are_asked_again(house: House) -> None:
    _, estate, browser = house
    office = browser("office")
    for wrong in (
        {"name": ""},
        {"email": "nobody"},
        {"email": "office@example.org"},
        {"sections": []},
        {"sections": ["999999", "x", "-1", "99999999999999999999"]},
        {"starts_on": "2020-01-01"},
        {"ends_on": "9999-12-31"},
        {"ends_on": "tomorrow"},
    ):
        answer = office.post("/desk/substitutes/new", typed(estate, **wrong))
        assert answer.status_code == 422, wrong
    assert "Nobody stands in at present" in office.get("/desk/substitutes").text
    for place in ("door-999999", "section-0", "x", "door-", "%00"):
        assert office.get(f"/desk/local-notes/{place}").status_code == 404


def test_a_note_that_somebody_changed_meanwhile_is_shown_first(house: House) -> None:
    _, estate, browser = house
    address = f"/desk/local-notes/section-{estate.section}"
    caretaker, office = browser("caretaker"), browser("office")
    assert caretaker.post(address, {"text": "Koden\r\nskiftes", "was": ""}).status_code == 303
    late = office.post(address, {"text": "Andet", "was": ""})
    assert late.status_code == 422
    assert "Somebody changed it meanwhile" in late.text
    assert office.post(address, {"text": "Andet", "was": "Koden\r\nskiftes"}).status_code == 303
    assert office.post(address, {"text": "x" * 601, "was": "Andet"}).status_code == 422
    assert office.post(address, {"text": "", "was": "Andet"}).status_code == 303
    assert "What to know where" not in office.get("/desk").text
