"""The maintenance plan through the app: planned, done too late, next due, documented."""

from datetime import timedelta

from estate import clock
from tests.web.test_cases import House


def test_after_a_late_finish_the_plan_shows_the_next_date_and_the_file_who_did_it(
    house: House,
) -> None:
    _, estate, browser = house
    caretaker = browser("caretaker")
    today = clock.today()
    due = today - timedelta(days=40)
    form = {
        "title": "Skift filtre",
        "type": "service",
        "rule": "FREQ=WEEKLY;INTERVAL=2",
        "starts_on": due.isoformat(),
        "spare": "3",
        "follows": "finish",
    }
    new = f"/desk/plan/sections/{estate.section}/new"
    assert caretaker.post(new, {**form, "rule": "", "own_rule": "FREQ=HOURLY"}).status_code == 422
    made = caretaker.post(new, form)
    assert made.status_code == 303, made.text
    item = made.headers["location"]
    assert "Overdue" in caretaker.get("/desk/plan").text
    finish = {"due": due.isoformat(), "done_on": today.isoformat(), "minutes": "35"}
    assert caretaker.post(f"{item}/done", finish).status_code == 303
    assert caretaker.post(f"{item}/done", finish).status_code == 422
    shown = caretaker.get(item).text
    assert "35 minutes" in shown
    assert f'value="{today + timedelta(days=14)}"' in shown
    assert "Overdue" not in caretaker.get("/desk/plan").text
    file = caretaker.get("/desk/plan/done.csv").text
    assert f"Skift filtre;;{due};{today};Caretaker;35" in file
    changed = {**form, "title": "Skift begge filtre", "part": ""}
    assert caretaker.post(f"{item}/edit", changed).status_code == 303
    assert "Skift begge filtre" in caretaker.get("/desk/plan").text
    assert caretaker.post(f"{item}/end").status_code == 303
    assert "Skift begge filtre" not in caretaker.get("/desk/plan").text
    assert "Skift begge filtre" in caretaker.get("/desk/plan/done").text
    assert browser("amina").get(item).status_code in {403, 404}
