"""A visit agreed through the pages, without a common language, and as calendars read it."""

import re
from datetime import timedelta

import icalendar
from sqlalchemy import update

from estate import clock
from estate.database import Database
from estate.people.models import Person
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.web.test_cases import reported

House = tuple[Database, Estate, Who]


def times(first: int) -> dict[str, str]:
    """Two times to choose from, some days ahead."""
    today = clock.local(clock.now()).date()
    return {
        name: value
        for n in (1, 2)
        for name, value in (
            (f"day{n}", (today + timedelta(days=first + n)).isoformat()),
            (f"begins{n}", "09:00"),
            (f"ends{n}", "11:00"),
        )
    }


def slots(browser: Neighbour, case: int) -> list[str]:
    """The times one can take by a tap."""
    return re.findall(r'name="slot" value="(\w+)"', browser.get(f"/faults/{case}").text)


def test_a_danish_caretaker_and_an_arabic_reader_agree_a_visit(house: House) -> None:
    database, estate, browser = house
    amina, caretaker = browser("amina"), browser("caretaker")
    with database.write() as session:
        for name, language in (("amina", "ar"), ("caretaker", "da")):
            reads = update(Person).where(Person.id == estate.people[name])
            session.execute(reads.values(language=language))
    case = reported(amina, estate)
    desk = f"/desk/faults/{case}"
    assert caretaker.post(f"{desk}/visit").status_code == 422
    assert caretaker.post(f"{desk}/visit", {**times(1), "begins2": "23:00"}).status_code == 422
    sent = caretaker.post(f"{desk}/visit", {**times(1), "phrase": "access_adult"})
    assert sent.status_code == 303
    page = amina.get(f"/faults/{case}").text
    assert 'dir="rtl"' in page
    assert "يجب أن يكون شخص بالغ في المنزل." in page
    offered = slots(amina, case)
    assert len(offered) == 2
    assert amina.post(f"/faults/{case}/visit").status_code == 422
    wish = {"phrase": "suits_afternoon"}
    assert amina.post(f"/faults/{case}/visit", wish).status_code == 303
    assert "Det passer mig bedst om eftermiddagen." in caretaker.get(desk).text
    assert amina.post(f"/faults/{case}/visit/take", {"slot": offered[0]}).status_code == 409
    assert caretaker.post(f"{desk}/visit", times(3)).status_code == 303
    (_, second) = slots(amina, case)
    assert amina.post(f"/faults/{case}/visit/take", {"slot": second}).status_code == 303
    assert "Jeg er hjemme" in caretaker.get(desk).text
    assert f"{desk}/visit.ics" in caretaker.get(desk).text
    assert f"/faults/{case}/visit.ics" in amina.get(f"/faults/{case}").text
    assert browser("yasmin").get(f"/faults/{case}/visit.ics").status_code in {403, 404}


def event(browser: Neighbour, path: str) -> icalendar.Event:
    """The event as a calendar reads it."""
    answer = browser.get(path)
    assert answer.headers["content-type"].startswith("text/calendar")
    (found,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


def test_a_visit_that_moves_is_the_same_event_and_called_off_it_goes(house: House) -> None:
    _, estate, browser = house
    amina, caretaker = browser("amina"), browser("caretaker")
    case = reported(amina, estate)
    desk, own = f"/desk/faults/{case}", f"/faults/{case}/visit.ics"
    assert amina.get(own).status_code == 404
    caretaker.post(f"{desk}/visit", times(1))
    amina.post(f"/faults/{case}/visit/take", {"slot": slots(amina, case)[0]})
    first = event(amina, own)
    assert (first["STATUS"], first.duration) == ("CONFIRMED", timedelta(hours=2))
    assert event(caretaker, f"{desk}/visit.ics")["UID"] == first["UID"]
    caretaker.post(f"{desk}/visit", times(5))
    amina.post(f"/faults/{case}/visit/take", {"slot": slots(amina, case)[0]})
    moved = event(amina, own)
    assert moved["UID"] == first["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert moved.start - first.start == timedelta(days=4)
    assert moved["DTSTAMP"].dt >= first["DTSTAMP"].dt
    assert caretaker.post(f"{desk}/visit/came", {"how": "came"}).status_code == 409
    assert caretaker.post(f"{desk}/visit/cancel").status_code == 303
    gone = event(amina, own)
    assert (gone["UID"], gone["STATUS"]) == (first["UID"], "CANCELLED")
    assert gone["SEQUENCE"] > moved["SEQUENCE"]
    assert own in amina.get(f"/faults/{case}").text
