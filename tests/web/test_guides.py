"""Guides: written by the office, read by whoever does the work, with what they said before."""

import re

from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who
from tests.pictures import picture

House = tuple[Database, Estate, Who]
HERE = "/desk/guides"
AIR = {"title": "Luft radiatorer ud", "type": "heating", "steps": "Sluk pumpen.\n\nÅbn skruen."}


def test_a_guide_is_written_changed_and_read_where_its_work_is_done(house: House) -> None:
    _, estate, browser = house
    office, caretaker = browser("office"), browser("caretaker")
    wrong = office.post(f"{HERE}/new", {**AIR, "steps": " "})
    assert wrong.status_code == 422
    assert "Write at least one step." in wrong.text
    files = [("photos", ("skrue.jpg", picture(), "image/jpeg"))]
    written = office.post(f"{HERE}/new", AIR, files=files)
    assert written.status_code == 303
    guide = str(written.headers["location"]).partition("?")[0]
    page = caretaker.get(guide).text
    assert page.count("<li>") >= 2
    assert "Åbn skruen." in page
    assert caretaker.get(f"{guide}/photos/1").headers["content-type"] == "image/webp"
    work = {"title": "Kold radiator", "type": "heating", "place": f"section:{estate.section}"}
    task = str(caretaker.post("/desk/tasks/new", work).headers["location"]).partition("?")[0]
    assert guide in caretaker.get(task).text
    changed = {**AIR, "steps": "Åbn skruen en halv omgang.", "seen": "1"}
    assert office.post(f"{guide}/edit", changed).status_code == 303
    assert office.post(f"{guide}/edit", changed).status_code == 409
    page = caretaker.get(guide).text
    assert "en halv omgang" in page
    assert "Sluk pumpen." in page[page.index("How it read before") :]
    assert len(re.findall(r"photos/1\?w=", page)) == 1
    assert office.post(f"{guide}/edit", {**changed, "seen": "2", "no_photos": "yes"}).status_code
    assert "photos/1" not in caretaker.get(guide).text


def test_others_neither_write_nor_read_a_guide_and_it_can_be_taken_away(house: House) -> None:
    _, _, browser = house
    office = browser("office")
    guide = str(office.post(f"{HERE}/new", AIR).headers["location"]).partition("?")[0]
    for name in ("amina", "chair"):
        assert browser(name).get(guide).status_code == 403
        assert browser(name).post(f"{guide}/remove").status_code == 403
    assert office.post(f"{guide}/remove").status_code == 303
    assert office.get(guide).status_code == 404
