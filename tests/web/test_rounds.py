"""The caretaker's round over HTTP: what a phone sends of it later."""

import csv
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from estate import clock
from estate.database import Database
from estate.jobs.models import Job
from estate.proof.models import DoorVisit, LetterCopy
from tests.builders import Estate
from tests.house import letter_things
from tests.neighbours import Who

HERE = "/desk/letters"
House = tuple[Database, Estate, Who]


@pytest.mark.parametrize(
    ("ago", "ahead", "seconds"),
    [(7200, 0, 7200), (10800, 3600, 7200), (0, -7200, 7200), (-60, 0, 0), (None, 0, 0)],
)
def test_a_tick_that_waited_on_the_phone_counts_from_when_it_was_made(
    house: House, tmp_path: Path, ago: int | None, ahead: int, seconds: int
) -> None:
    database, estate, browser = house
    yesterday = clock.now() - timedelta(days=1)
    with database.write() as session:
        copy = letter_things.write(session, estate, tmp_path)["copy"]
        session.execute(update(LetterCopy).values(printed_at=yesterday))
    said = "" if ago is None else str(int(clock.now().timestamp() - ago) * 1000)
    phone = {
        "opgang-submission": "tick-late-0001",
        "opgang-made": said,
        "opgang-ahead": str(ahead * 1000),
    }
    sent = {"outcome": "letterbox"}
    late = browser("caretaker").post(f"/desk/letters/round/{copy}", sent, **phone)
    assert late.status_code == 201
    with database.read() as session:
        (visit,) = session.scalars(select(DoorVisit)).all()
    waited = visit.noted_at - visit.at
    assert timedelta(seconds=seconds) <= waited < timedelta(seconds=seconds + 30)
    assert visit.noted_at <= clock.now()


def test_the_round_tells_tried_doors_and_folds_finished_stairwells(
    house: House, tmp_path: Path
) -> None:
    database, estate, browser = house
    with database.write() as session:
        letter_things.write(session, estate, tmp_path)
    caretaker = browser("caretaker")
    here = f"{HERE}/round"
    page = caretaker.get(here).text
    ticks = list(dict.fromkeys(re.findall(rf'action="({here}/\d+)"', page)))
    assert "tried in vain" not in page
    open_before = len(re.findall(r'id="stairwell-\d+" open', page))
    refused = {"outcome": "not_possible", "reason": "refused"}
    assert caretaker.post(ticks[0], refused).status_code == 303
    page = caretaker.get(here).text
    assert "1 tried in vain" in page
    assert len(re.findall(r'id="stairwell-\d+" open', page)) == open_before
    for tick in ticks:
        caretaker.post(tick, {"outcome": "letterbox"})
    page = caretaker.get(here).text
    assert "tried in vain" not in page
    assert page.count("All handed over") >= open_before
    assert not re.findall(r'id="stairwell-\d+" open', page)


def test_the_office_takes_back_what_was_noted_long_ago_and_says_why(
    house: House, tmp_path: Path
) -> None:
    database, estate, browser = house
    with database.write() as session:
        things = letter_things.write(session, estate, tmp_path)
    letter, copy = things["letter"], things["copy"]
    caretaker, office = browser("caretaker"), browser("office")
    assert "Take it back" not in office.get(f"{HERE}/{letter}").text
    assert caretaker.post(f"{HERE}/round/{copy}", {"outcome": "letterbox"}).status_code == 303
    with database.write() as session:
        session.execute(update(DoorVisit).values(noted_at=clock.now() - timedelta(days=2)))
    assert caretaker.post(f"{HERE}/round/{copy}/undo").status_code == 409
    assert "Take it back" in office.get(f"{HERE}/{letter}").text
    address = f"{HERE}/{letter}/copies/{copy}/take-back"
    assert caretaker.post(address, {"reason": "came_back"}).status_code == 403
    assert office.post(address, {"reason": "because"}).status_code == 422
    assert office.post(address, {"reason": "came_back"}).status_code == 303
    assert "Take it back" not in office.get(f"{HERE}/{letter}").text
    with database.read() as session:
        assert session.get_one(LetterCopy, copy).delivered_at is None


def test_all_that_is_to_be_printed_stands_on_one_page_by_stairwell(
    house: House, tmp_path: Path
) -> None:
    database, estate, browser = house
    with database.write() as session:
        letter = letter_things.write(session, estate, tmp_path)["letter"]
    office = browser("office")
    page = office.get(f"{HERE}/print").text
    assert "Make the print files" not in page
    assert f'href="{HERE}/{letter}/print/' in page, "its file is there"
    assert office.post(f"{HERE}/print").status_code == 409
    with database.write() as session:
        session.execute(update(LetterCopy).values(printed_at=None))
    page = office.get(f"{HERE}/print").text
    assert page.index("Lærkevej 8<") < page.index("Lærkevej 10<") < page.index("Lærkevej 12<")
    assert page.count(f'href="{HERE}/{letter}/print"') == 3
    assert "4 letters to print" in page
    assert office.post(f"{HERE}/print").status_code == 303
    with database.read() as session:
        assert session.scalars(select(Job.kind).order_by(Job.id)).all()[-1] == "print_letters"


def test_of_a_letter_handed_over_everybody_reads_into_whose_hands(
    house: House, tmp_path: Path
) -> None:
    database, estate, browser = house
    with database.write() as session:
        things = letter_things.write(session, estate, tmp_path)
    letter, tick = things["letter"], f"{HERE}/round/{things['copy']}"
    caretaker, office, amina = browser("caretaker"), browser("office"), browser("amina")
    neighbour = {"outcome": "handed", "handed_to": "neighbour"}
    assert caretaker.post(tick, neighbour).status_code == 422
    household = {"outcome": "handed", "handed_to": "household"}
    assert caretaker.post(tick, household).status_code == 303
    assert "Handed to another adult who lives there</span>" in caretaker.get(f"{HERE}/round").text
    words = "to another adult of the household"
    for page in (f"{HERE}/{letter}", f"{HERE}/{letter}/proof"):
        assert f"Handed over at the door {words}" in office.get(page).text
    lines = office.get(f"{HERE}/{letter}/proof.csv").content.decode("utf-8-sig").splitlines()
    heads, *rows = list(csv.reader(lines, delimiter=";"))
    assert sorted(row[heads.index("To whom")] for row in rows) == ["", "", "", words]
    assert f"Handed over at the door {words}" in amina.get(f"/letters/{letter}").text
    (told,) = amina.get("/me/data/file").json()["letters"]
    assert told["delivered_to"] == "household"
    assert [visit["handed_to"] for visit in told["visits"]] == ["household"]
    assert words in amina.get("/me/data/readable", **{"accept-encoding": "identity"}).text


def test_hands_nobody_named_are_left_unsaid(house: House, tmp_path: Path) -> None:
    database, estate, browser = house
    with database.write() as session:
        copy = letter_things.write(session, estate, tmp_path)["copy"]
    tick, caretaker = f"{HERE}/round/{copy}", browser("caretaker")
    assert caretaker.post(tick, {"outcome": "handed"}).status_code == 303
    assert caretaker.post(f"{tick}/undo").status_code == 303
    box = {"outcome": "letterbox", "handed_to": "tenant"}
    assert caretaker.post(tick, box).status_code == 303
    with database.read() as session:
        assert session.scalars(select(DoorVisit.handed_to)).all() == [None, None]
        assert session.get_one(LetterCopy, copy).delivered_to is None
