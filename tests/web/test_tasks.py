"""A caretaker's tasks through the pages."""

import re
from datetime import timedelta

from sqlalchemy import select

from engagement.tasks.models import Spell, Task, TaskEntry
from engagement.tasks.rules import State
from estate import clock
from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.pictures import picture
from tests.web.test_cases import reported

House = tuple[Database, Estate, Who]
HERE = "/desk/tasks"


def sweep(estate: Estate, **more: str) -> dict[str, str]:
    return {
        "title": "Fej kældergangen",
        "type": "cleaning",
        "place": f"section:{estate.section}",
        "assignee": "me",
        **more,
    }


def opened(browser: Neighbour, estate: Estate, **more: str) -> str:
    """A new task; returns its address."""
    answer = browser.post(f"{HERE}/new", sweep(estate, **more))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def test_a_task_is_written_down_timed_and_done(house: House) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    wrong = caretaker.post(f"{HERE}/new", sweep(estate, title="", estimate="mange"))
    assert wrong.status_code == 422
    assert "Write what is to be done." in wrong.text
    assert "Between 1 minute and 40 hours, please." in wrong.text
    task = opened(caretaker, estate, due=clock.today().isoformat(), estimate="30")
    assert "Fej kældergangen" in caretaker.get(HERE).text
    assert caretaker.post(f"{task}/clock", {"step": "start"}).status_code == 303
    page = caretaker.get(task).text
    assert "The clock runs" in page
    assert "A resident stopped me" in page
    assert "The clock runs since" in caretaker.get(HERE).text
    desk = caretaker.get("/desk").text
    assert "The clock runs since" in desk
    assert "1 wait" in desk
    assert caretaker.post(f"{task}/clock", {"step": "start"}).status_code == 409
    assert caretaker.post(f"{task}/clock", {"step": "pause", "pause": "away"}).status_code == 409
    stopped = caretaker.post(f"{task}/clock", {"step": "pause", "pause": "resident"})
    assert stopped.status_code == 303
    assert "A resident stopped me" in caretaker.get(task).text
    files = [("photos", ("gulv.jpg", picture(), "image/jpeg"))]
    noted = caretaker.post(f"{task}/note", {"note": "Der lå glas."}, files=files)
    assert noted.status_code == 303
    photo = re.findall(rf'src="({task}/lines/\d+/photos/1)', caretaker.get(task).text)[0]
    assert caretaker.get(photo).headers["content-type"] == "image/webp"
    assert browser("amina").get(photo).status_code == 403
    assert caretaker.post(f"{task}/clock", {"step": "finish"}).status_code == 303
    assert "Fej kældergangen" not in caretaker.get(HERE).text
    assert caretaker.post(f"{task}/reopen").status_code == 303
    assert caretaker.post(f"{task}/drop").status_code == 422
    assert caretaker.post(f"{task}/drop", {"why": "Regnen tog det."}).status_code == 303


def test_steps_made_without_network_count_when_they_were_made(house: House) -> None:
    """Twenty minutes ago and ten, on a phone an hour slow: ten minutes' work, each step once."""
    database, estate, browser = house
    caretaker = browser("caretaker")
    task = opened(caretaker, estate)
    now = clock.now()

    def press(step: str, ago: int) -> int:
        made = now - timedelta(hours=1, minutes=ago)
        answer = caretaker.post(
            f"{task}/clock",
            {"step": step},
            **{
                "opgang-submission": f"press-{step}-0001",
                "opgang-made": str(int(made.timestamp() * 1000)),
                "opgang-ahead": "3600000",
            },
        )
        return answer.status_code

    with database.write() as session:
        row = session.scalars(select(Task)).one()
        row.opened_at = row.step_at = now - timedelta(hours=1)
    assert [press("start", 20), press("start", 20), press("finish", 10)] == [201, 201, 201]
    with database.read() as session:
        spell = session.scalars(select(Spell)).one()
        assert spell.ended_at is not None
        assert spell.ended_at - spell.started_at == timedelta(minutes=10)
        assert [one.clamped for one in session.scalars(select(TaskEntry))] == [False, False]


def test_of_a_case_the_clock_starts_by_one_tap_and_its_end_asks_for_the_visits(
    house: House,
) -> None:
    database, estate, browser = house
    caretaker = browser("caretaker")
    case = reported(browser("amina"), estate)
    started = caretaker.post(f"/desk/faults/{case}/task")
    assert started.status_code == 303
    task = str(started.headers["location"]).partition("?")[0]
    assert f"/desk/faults/{case}" in caretaker.get(task).text
    done = caretaker.post(f"{task}/clock", {"step": "finish"})
    assert done.headers["location"].startswith(f"/desk/faults/{case}")
    with database.read() as session:
        assert session.scalars(select(Task.state)).one() is State.DONE


def test_a_place_is_found_by_its_words_and_given_work_is_told(house: House) -> None:
    _, estate, browser = house
    caretaker, office = browser("caretaker"), browser("office")
    found = caretaker.get(f"{HERE}/new?q=Lærkevej 8")
    place = re.findall(r"place=(home:\d+)", found.text)[0]
    task = opened(caretaker, estate, place=place)
    assert "/desk/homes/" in caretaker.get(task).text
    given = caretaker.post(f"{task}/give", {"to": str(estate.people["office"])})
    assert given.status_code == 303
    assert office.post(f"{task}/clock", {"step": "start"}).status_code == 303
    assert caretaker.post(f"{task}/clock", {"step": "finish"}).status_code == 409
    assert caretaker.get(f"{HERE}?whose=all").text.count("Fej kældergangen") >= 1
