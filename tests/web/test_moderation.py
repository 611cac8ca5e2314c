"""Reporting, deciding, answering and pausing over HTTP: who reads what, and is told what."""

from datetime import timedelta

from sqlalchemy import select, update

from engagement.moderation.queries import answered_count, hidden_lately
from engagement.moderation.rules import FRESH
from engagement.pauses.models import PostingPause
from estate import clock
from estate.database import Database
from estate.notifications.models import Notification
from tests.builders import Estate
from tests.neighbours import Who, form
from tests.pictures import picture
from tests.posts import moderating, put_up

OWN = {"sec-fetch-site": "same-origin"}
NOW = clock.now()


def test_the_author_of_an_answer_reads_what_was_decided_when_the_post_is_gone(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent, chair = who("amina"), who("bent"), who("chair")
    bent.post(f"/board/{number}/comments", {"text": "Fy"})
    amina.post(f"/board/{number}/report", {"why": "Grimt", "comment": "1"})
    told = {"decision": "hidden", "reason": "Skriv det pænere"}
    assert chair.post("/moderation/1", told).status_code == 303
    amina.post(f"/board/{number}/withdraw")
    assert bent.get(f"/board/{number}").status_code == 404
    with database.read() as session:
        heard = Notification.person_id == estate.people["bent"]
        decided = heard, Notification.kind == "moderation.decided"
        address = session.scalars(select(Notification.address).where(*decided)).one()
    page = bent.get(address)
    assert "Skriv det pænere" in page.text
    assert 'href="/board"' in page.text
    answered = bent.post(address, {"text": "Undskyld"})
    assert (answered.status_code, answered.headers["location"]) == (303, address)
    assert "Undskyld" in bent.get(address).text


def test_the_reason_of_a_decision_stands_on_the_authors_page_and_the_answer_before_the_board(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent, chair = who("amina"), who("bent"), who("chair")
    assert bent.post(f"/board/{number}/report", {"why": ""}).status_code == 422
    assert bent.post(f"/board/{number}/report", {"why": "Et navn"}).status_code == 303
    assert "Et navn" in chair.get("/moderation/1").text
    assert bent.get("/moderation/1").status_code == 403
    unreasoned = chair.post("/moderation/1", {"decision": "hidden"})
    assert unreasoned.status_code == 422
    empty = chair.post("/moderation/1").text
    assert empty.index('href="#f-decision"') < empty.index('href="#f-reason"')
    assert chair.post("/moderation/1", {"decision": "restored", "reason": "x"}).status_code == 422
    assert bent.get(f"/board/{number}").status_code == 200
    told = {"decision": "hidden", "reason": "Tag navnet ud"}
    assert chair.post("/moderation/1", told).status_code == 303
    assert who("jonas").get(f"/board/{number}").status_code == 404
    assert "Tag navnet ud" in amina.get(f"/board/{number}/rulings/1").text
    late = chair.post(
        "/moderation/1", {"decision": "restored", "reason": "Intet galt", "seen": "0"}
    )
    assert late.status_code == 422
    assert "has just decided" in late.text
    assert "Intet galt" in late.text
    page = amina.get(f"/board/{number}").text
    assert "Tag navnet ud" in page
    assert f"/board/{number}/rulings/1" in page
    answered = amina.post(f"/board/{number}/rulings/1", {"text": "Nu er det ude"})
    assert (answered.status_code, answered.headers["location"]) == (303, f"/board/{number}")
    assert "Nu er det ude" in amina.get(f"/board/{number}").text
    assert amina.post(f"/board/{number}/rulings/1", {"text": "Hallo?"}).status_code == 409
    assert "Nu er det ude" in chair.get("/moderation/1").text
    assert bent.get(f"/board/{number}/rulings/1").status_code == 404


def test_who_reported_a_post_is_told_what_came_of_it_also_when_it_is_gone(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    bent, chair, jonas = who("bent"), who("chair"), who("jonas")
    assert "/board/reports" not in bent.get("/me").text
    assert bent.post(f"/board/{number}/report", {"why": "Et navn"}).headers["location"] == (
        "/board/reports"
    )
    post = bent.get(f"/board/{number}").text
    assert "You have reported this post" in post
    assert "has not decided yet" in post
    assert f'href="/board/{number}/report"' not in post
    told = {"decision": "hidden", "reason": "Tag navnet ud"}
    assert chair.post("/moderation/1", told).status_code == 303
    gone = bent.get(f"/board/{number}")
    assert (gone.status_code, gone.headers["location"]) == (303, "/board/reports")
    assert "/board/reports" in bent.get(f"/board/{number}", **{"hx-request-type": "partial"}).text
    with database.read() as session:
        heard = Notification.person_id == estate.people["bent"]
        note = session.execute(select(Notification.kind, Notification.address).where(heard)).one()
    assert tuple(note) == ("moderation.decided", "/board/reports")
    page = bent.get(note.address).text
    assert "The board has hidden the post." in page
    assert "Et navn" in page
    assert "Tag navnet ud" not in page
    assert f'href="/board/{number}"' not in page
    assert "/board/reports" in bent.get("/me").text
    for somebody in (jonas, who("yasmin")):
        assert somebody.get(f"/board/{number}").status_code == 404
        assert "has hidden" not in somebody.get("/board/reports").text
    again = {"decision": "restored", "reason": "Navnet er ude", "seen": "1"}
    assert chair.post("/moderation/1", again).status_code == 303
    assert "The board shows the post again." in bent.get(f"/board/{number}").text
    assert f'href="/board/{number}/report"' in bent.get(f"/board/{number}").text


def test_a_paused_person_reads_why_on_the_form_and_keeps_all_else(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent, chair, yasmin = who("amina"), who("bent"), who("chair"), who("yasmin")
    bent.post(f"/board/{number}/report", {"why": "Igen"})
    assert chair.post("/moderation/1/pause", {"days": "7"}).status_code == 422
    assert chair.post("/moderation/1/pause", {"days": "8", "pause_reason": "x"}).status_code == 422
    pause = {"days": "7", "pause_reason": "Hold en uges fri"}
    begun = chair.post("/moderation/1/pause", pause)
    assert begun.status_code == 303
    assert "The posting of Amina is paused until" in begun.headers["set-cookie"]
    page = amina.get("/board/new").text
    assert "Hold en uges fri" in page
    assert "Chair" in page, "whom to ask"
    assert 'name="title"' not in page
    assert "/moderation/pauses" in chair.get("/moderation").text
    listed = chair.get("/moderation/pauses").text
    assert "Amina" in listed
    assert "Paused by Chair" in listed
    assert "Hold en uges fri" in listed
    assert "/moderation/pauses/1/lift" in listed
    refused = amina.post("/board/new", form(estate))
    assert refused.status_code == 409
    assert "Hold en uges fri" in refused.text
    assert amina.post(f"/board/{number}/comments", {"text": "Hej"}).status_code == 409
    assert amina.get("/board").status_code == 200
    assert yasmin.post("/board/new", form(estate)).status_code == 303
    assert amina.post("/board/2/threads", {"text": "Må jeg?"}).status_code == 303
    assert chair.post("/moderation/pauses/1/lift").status_code == 303
    assert "/lift" not in chair.get("/moderation/pauses").text
    assert amina.post("/board/new", form(estate)).status_code == 303


def test_whoever_decides_about_a_post_sees_its_photos_and_its_place_hidden_or_not(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina, yasmin, chair = who("amina"), who("yasmin"), who("chair")
    photo = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    begins = (NOW + timedelta(days=3)).strftime("%Y-%m-%d")
    fest = {"kind": "event", "starts_day": begins, "starts_at": "14:00", "venue": "Gården"}
    assert amina.post("/board/new", form(estate, **fest), photo).status_code == 303
    assert chair.get("/board/1/photos/1").status_code == 404
    yasmin.post("/board/1/report", {"why": "Mit barn er på billedet"})
    page = chair.get("/moderation/1").text
    assert "/moderation/1/photos/1?w=480" in page
    assert "Gården" in page
    shown = chair.get("/moderation/1/photos/1")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["cache-control"] == "private, no-cache"
    chair.post("/moderation/1", {"decision": "hidden", "reason": "Et barn", "seen": "0"})
    assert chair.get("/moderation/1/photos/1").status_code == 200
    assert chair.get("/moderation/1/photos/2").status_code == 404
    assert chair.get("/moderation/9/photos/1").status_code == 404
    assert yasmin.get("/moderation/1/photos/1").status_code == 403


def test_who_wrote_privately_about_a_post_its_author_took_down_is_led_to_the_conversation(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent = who("amina"), who("bent")
    thread = bent.post(f"/board/{number}/threads", {"text": "Er den her endnu?"})
    amina.post(f"/board/{number}/withdraw")
    gone = bent.get(f"/board/{number}")
    assert (gone.status_code, gone.headers["location"]) == (303, thread.headers["location"])
    assert "Taken down by whoever wrote it." in gone.headers["set-cookie"]
    assert who("jonas").get(f"/board/{number}").status_code == 404


def test_today_tells_an_author_what_was_hidden_until_they_answer_and_the_board_that_they_did(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina", "Stige udlånes").id
    amina, bent, chair = who("amina"), who("bent"), who("chair")
    bent.post(f"/board/{number}/report", {"why": "Et navn"})
    chair.post("/moderation/1", {"decision": "hidden", "reason": "Tag navnet ud"})
    page = amina.get("/").text
    assert "The board has hidden your post" in page
    assert "Tag navnet ud" in page
    assert f'href="/board/{number}/rulings/1"' in page
    assert "Tag navnet ud" not in bent.get("/").text
    assert "answer from an author" not in chair.get("/").text
    amina.post(f"/board/{number}/rulings/1", {"text": "Nu er det ude"})
    assert "The board has hidden your post" not in amina.get("/").text
    assert "1 answer from an author" in chair.get("/").text
    again = {"decision": "restored", "reason": "Navnet er ude", "seen": "1"}
    chair.post("/moderation/1", again)
    assert "answer from an author" not in chair.get("/").text


def test_what_was_decided_leaves_today_when_it_is_two_weeks_old(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        for name in ("amina", "amina"):
            put_up(session, estate, name)
    amina, bent, chair = who("amina"), who("bent"), who("chair")
    for number in (1, 2):
        bent.post(f"/board/{number}/report", {"why": "Et navn"})
        told = {"decision": "hidden", "reason": "Tag navnet ud"}
        chair.post(f"/moderation/{number}", told)
    amina.post("/board/1/rulings/1", {"text": "Nu er det ude"})
    with database.read() as session:
        later = clock.now() + FRESH
        scope = moderating(session, estate, "chair")
        assert hidden_lately(session, estate.people["amina"], clock.now())
        assert hidden_lately(session, estate.people["amina"], later) == []
        assert answered_count(session, scope, clock.now()) == 1
        assert answered_count(session, scope, later) == 0


def test_today_says_until_when_ones_posting_is_paused_and_why(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent, chair = who("amina"), who("bent"), who("chair")
    bent.post(f"/board/{number}/report", {"why": "Igen"})
    chair.post("/moderation/1/pause", {"days": "30", "pause_reason": "Hold fri"})
    page = amina.get("/").text
    assert "The board has paused your posting until" in page
    assert "Hold fri" in page
    assert "paused your posting" not in bent.get("/").text
    with database.write() as session:
        session.execute(update(PostingPause).values(starts_at=clock.now() - FRESH))
    assert "paused your posting" not in amina.get("/").text
