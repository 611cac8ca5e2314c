"""The pages of a confidential complaint: for its household and for those who handle complaints."""

import re

import pytest
from sqlalchemy import func, select

from engagement.cases.actions import erase
from engagement.complaints.models import Complaint, ComplaintDate, ComplaintStep
from engagement.complaints.queries import follows, steps, tried_before
from engagement.complaints.rules import Line, line_problems
from estate import clock
from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Neighbour, Who

House = tuple[Database, Estate, Who]
TODAY = clock.local(clock.now()).date()
OTHERS = ("yasmin", "jonas", "chair", "caretaker", "bent", "sofie")


def complained(browser: Neighbour, estate: Estate) -> int:
    told = {
        "category": "noise_neighbour",
        "place": f"home:{estate.homes['amina']}",
        "text": "Musik om natten.",
    }
    answer = browser.post("/faults/new", told)
    found = re.fullmatch(r".*/faults/(\d+)", answer.headers["location"])
    assert found
    return int(found[1])


def test_a_household_keeps_a_log_and_the_office_alone_reads_it(house: House) -> None:
    _, estate, browser = house
    amina, office = browser("amina"), browser("office")
    case = complained(amina, estate)
    log = f"/faults/{case}/log"
    assert amina.post(log, {}).status_code == 422
    assert amina.post(log, {"day-1": "2999-01-01", "text-1": "Trommer"}).status_code == 422
    two = {
        "day-1": TODAY.isoformat(),
        "begun-1": "23.30",
        "lasted-1": "to timer",
        "text-1": "Trommer",
        "day-3": TODAY.isoformat(),
        "text-3": "Boremaskine",
    }
    assert amina.post(log, two).status_code == 303
    said = {"tried": ["talked", "nothing"], "may_tell": "nameless"}
    assert amina.post(f"/faults/{case}/complaint", {"may_tell": "all"}).status_code == 422
    assert amina.post(f"/faults/{case}/complaint", said).status_code == 303
    steps_at = f"/desk/faults/{case}/steps"
    for page in (amina.get(f"/faults/{case}").text, office.get(steps_at).text):
        for told in ("Trommer", "Boremaskine", "to timer", "Talked to them", "without saying who"):
            assert told in page
    for name in OTHERS:
        for path in (f"/faults/{case}", log, f"/faults/{case}/complaint", steps_at):
            assert browser(name).get(path).status_code in {403, 404}, (name, path)
        assert browser(name).post(log, two).status_code in {403, 404}


def test_the_office_takes_its_steps_and_the_household_never_reads_its_notes(house: House) -> None:
    _, estate, browser = house
    amina, office = browser("amina"), browser("office")
    case = complained(amina, estate)
    steps_at = f"/desk/faults/{case}/steps"
    assert "Next, usually: Acknowledge the complaint" in office.get(steps_at).text
    assert office.post(steps_at, {}).status_code == 422
    taken = {"step": "acknowledge", "day": TODAY.isoformat(), "note": "Ringede til hende."}
    assert office.post(steps_at, taken).status_code == 303
    page = office.get(steps_at).text
    assert "Ringede til hende." in page
    assert "Next, usually: Hear the other side" in page
    assert "Ringede til hende." not in amina.get(f"/faults/{case}").text
    assert amina.get(steps_at).status_code == 403
    assert steps_at in office.get(f"/desk/faults/{case}").text


def test_all_of_a_complaint_goes_with_its_case(house: House) -> None:
    database, estate, browser = house
    amina, office = browser("amina"), browser("office")
    case = complained(amina, estate)
    amina.post(f"/faults/{case}/log", {"day-1": TODAY.isoformat(), "text-1": "Trommer"})
    amina.post(f"/faults/{case}/complaint", {"may_tell": "nobody"})
    told = {"step": "hear", "day": TODAY.isoformat()}
    office.post(f"/desk/faults/{case}/steps", told)
    tables = (Complaint, ComplaintDate, ComplaintStep)
    with database.write() as session:
        counts = [session.scalar(select(func.count()).select_from(one)) for one in tables]
        assert counts == [1, 1, 1]
        erase(session, [case])
        session.flush()
        counts = [session.scalar(select(func.count()).select_from(one)) for one in tables]
        assert counts == [0, 0, 0]


def test_a_fault_has_no_log(house: House) -> None:
    _, estate, browser = house
    told = {
        "category": "tap_drip",
        "place": f"home:{estate.homes['amina']}",
        "q-tap_drip-which": "kitchen",
    }
    amina = browser("amina")
    case = amina.post("/faults/new", told).headers["location"]
    assert amina.get(f"{case}/log").status_code == 409
    assert "Your complaint" not in amina.get(case).text


def test_steps_and_what_was_tried_have_words_in_each_language_of_their_readers() -> None:
    for one in tried_before(TODAY).values():
        assert set(one.names) == {"da", "en", "ar"}
    for step in steps(TODAY).values():
        assert set(step.names) == set(step.words) == {"da", "en"}
        assert step.source
    first = follows((), TODAY)
    assert first is not None
    assert first[0].code == "acknowledge"


@pytest.mark.parametrize(
    ("line", "field"),
    [(Line(None, text="Trommer"), "day-1"), (Line(TODAY), "text-1"), (Line(None), "day-1")],
)
def test_a_line_of_the_log_has_a_day_and_words(line: Line, field: str) -> None:
    assert field in line_problems([line], TODAY)
