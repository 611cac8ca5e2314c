"""What a section agreed is written down by the office, and said to residents before they write."""

from estate import clock
from tests.engagement.test_service import open_all_week
from tests.web.test_cases import House, reported


def test_what_was_agreed_is_said_before_a_fault_is_sent_and_after(house: House) -> None:
    database, estate, browser = house
    with database.write() as session:
        open_all_week(session, estate)
    amina, office = browser("amina"), browser("office")
    assert "Nothing is promised yet" in amina.get("/faults/new").text
    before = reported(amina, estate)
    today = clock.today().isoformat()
    agreed = {
        "section": str(estate.section),
        "urgency": "p3",
        "first_answer_hours": "5",
        "fixed_hours": "21",
        "decision": "Afdelingsmøde, punkt 7",
        "agreed_on": today,
        "valid_from": today,
    }
    refused = office.post("/desk/promises", {**agreed, "fixed_hours": "3"})
    assert refused.status_code == 422
    assert "Afdelingsmøde, punkt 7" in refused.text
    assert office.post("/desk/promises", agreed).status_code == 303
    assert "Afdelingsmøde, punkt 7" in office.get("/desk/promises").text
    form = amina.get("/faults/new").text
    assert "an answer within 5 hours, and fixed within 21 hours" in form
    case = reported(amina, estate)
    for page in (amina.get(f"/faults/{case}"), office.get(f"/desk/faults/{case}")):
        assert "Promised: an answer by" in page.text
    assert "Promised:" not in amina.get(f"/faults/{before}").text


def test_neither_residents_nor_the_caretaker_write_promises_down(house: House) -> None:
    _, _, browser = house
    for name in ("amina", "chair", "caretaker"):
        assert browser(name).get("/desk/promises").status_code in {403, 404}
