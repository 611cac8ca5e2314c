"""The noticeboard over HTTP: forms that lose nothing, addresses that tell nothing, one effect."""

import re
from datetime import timedelta
from typing import Any

import icalendar
import pytest
import vobject
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from engagement.board import actions
from engagement.board.models import Post
from engagement.board.rules import PostKind
from estate import clock
from estate.database import Database
from estate.people.models import Helper
from estate.retention.log import ErasureLog
from tests.builders import Estate
from tests.neighbours import Who, form
from tests.pictures import picture
from tests.posts import put_up

OWN = {"sec-fetch-site": "same-origin"}
NOW = clock.now()


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Post)) or 0


def test_a_double_tap_is_one_post_and_the_outbox_hears_where_it_hangs(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    amina = who("amina")
    sent = form(estate, submission="abcdefgh12")
    first, second = amina.post("/board/new", sent), amina.post("/board/new", sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"] == "/board/1"
    queued = amina.post("/board/new", form(estate), **{"opgang-submission": "queued-0001"})
    assert queued.status_code == 201
    assert queued.json() == {"submission": "queued-0001", "address": "/board/2"}
    other = amina.post(
        "/board/new", form(estate, title="Noget andet"), **{"opgang-submission": "queued-0001"}
    )
    assert other.status_code == 409
    assert count(database) == 2


BAD = [
    ({"kind": ""}, "kind"),
    ({"kind": "weapon"}, "kind"),
    ({"title": ""}, "title"),
    ({"title": "x" * 121}, "title"),
    ({"text": "å" * 4001}, "text"),
    ({"to": ""}, "to"),
    ({"to": "section:999"}, "to"),
    ({"until": "in a while"}, "until"),
    ({"until": "0001-01-01"}, "until"),
    ({"until": "9999-12-31"}, "until"),
    ({"kind": "event"}, "starts_day"),
    ({"kind": "event", "starts_day": "0001-01-01", "starts_at": "00:00"}, "starts_day"),
    ({"kind": "event", "starts_day": "9999-12-31", "starts_at": "23:59"}, "starts_day"),
]


@pytest.mark.parametrize(("change", "field"), BAD)
def test_a_bad_form_comes_back_with_everything_typed(
    house: tuple[Database, Estate, Who], change: dict[str, str], field: str
) -> None:
    database, estate, who = house
    amina = who("amina")
    typed = form(estate, venue="Gården", **change)
    answer = amina.post("/board/new", typed)
    assert answer.status_code == 422
    assert f'id="f-{field}-problem"' in answer.text
    for name in ("title", "text", "venue"):
        assert typed[name] in answer.text
    assert count(database) == 0
    queued = amina.post("/board/new", typed, **{"opgang-submission": "queued-0002"})
    assert (queued.status_code, set(queued.json()["problems"])) == (422, {field})
    assert (
        amina.post("/board/new", form(estate), **{"opgang-submission": "queued-0002"}).status_code
        == 201
    )


def test_lengths_are_said_in_letters(house: tuple[Database, Estate, Who]) -> None:
    _, estate, who = house
    answer = who("amina").post("/board/new", form(estate, title="x" * 130))
    assert "130" in answer.text
    assert "120" in answer.text


def test_the_preview_shows_the_card_and_puts_nothing_up(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    amina = who("amina")
    sent = form(estate, preview="yes", submission="preview-01")
    whole = amina.post("/board/new", sent)
    piece = amina.post("/board/new", sent, **{"hx-request-type": "partial"})
    for answer in (whole, piece):
        assert answer.status_code == 200
        assert "To børnecykler" in answer.text
        assert "Amina" in answer.text
    assert piece.text.lstrip().startswith('<div id="preview"')
    assert count(database) == 0
    assert amina.post("/board/new", form(estate, submission="preview-01")).status_code == 303


def test_photos_chosen_before_a_form_comes_back_are_not_chosen_again(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina, yasmin = who("amina"), who("yasmin")
    shots = [("photos", ("a.jpg", picture(), "image/jpeg"))]
    again = amina.post("/board/new", form(estate, title=""), shots)
    assert again.status_code == 422
    kept = re.findall(r'name="kept" value="([^"]+)"', again.text)
    assert len(kept) == 1
    stolen = yasmin.post("/board/new", form(estate, kept=kept))
    forged = amina.post("/board/new", form(estate, kept=[kept[0][:-1] + "0", "x", "a.b.c.d", ""]))
    mine = amina.post("/board/new", form(estate, kept=kept), shots)
    for answer, photos in ((stolen, 0), (forged, 0), (mine, 2)):
        assert answer.status_code == 303
        page = amina.get(answer.headers["location"]).text
        assert page.count("?w=480") == photos


def test_a_file_that_is_no_picture_is_named_and_the_good_ones_are_kept(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    amina = who("amina")
    shots = [
        ("photos", ("good.jpg", picture(), "image/jpeg")),
        ("photos", ("beach.jpg", b"Dear diary", "image/jpeg")),
        ("photos", ("empty.jpg", b"", "image/jpeg")),
    ]
    page = amina.post("/board/new", form(estate), shots)
    phone = amina.post("/board/new", form(estate), shots, **{"opgang-submission": "phone-001"})
    for answer in (page, phone):
        assert answer.status_code == 422
        assert "beach.jpg" in answer.text
    assert phone.json()["problems"].keys() == {"photos"}
    assert len(re.findall(r'name="kept" value="([^"]+)"', page.text)) == 1
    assert count(database) == 0


def test_at_most_three_photos_hang_and_are_seen_while_their_post_is(
    house: tuple[Database, Estate, Who], erasures: ErasureLog
) -> None:
    database, estate, who = house
    amina, yasmin, bent = who("amina"), who("yasmin"), who("bent")
    three = [("photos", ("a.jpg", picture(size=(20 + n, 20)), "image/jpeg")) for n in range(3)]
    amina.post("/board/new", form(estate), three)
    fourth = [("photos", ("a.jpg", picture(size=(30, 20)), "image/jpeg"))]
    assert amina.post("/board/1/edit", {"title": "To børnecykler"}, fourth).status_code == 422
    assert amina.post("/board/1/photos", {}, fourth).status_code in {404, 405}
    shown = yasmin.get("/board/1/photos/1")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["cache-control"] == "private, no-cache"
    small = yasmin.get("/board/1/photos/1?w=480")
    assert small.headers["etag"] != shown.headers["etag"]
    same = yasmin.get("/board/1/photos/1", **{"if-none-match": shown.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert bent.get("/board/1/photos/1").status_code == 404
    assert yasmin.get("/board/1/photos/9").status_code == 404
    assert yasmin.get(f"/board/1/photos/{10**30}").status_code == 404
    with database.write() as session:
        actions.withdraw(session, session.get_one(Post, 1), NOW, erasures)
    assert yasmin.get("/board/1/photos/1").status_code == 404
    assert amina.get("/board/1/photos/1").status_code == 200


def test_a_page_that_answers_a_form_says_where_it_is_asked_for_instead(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    assert "data-answered" not in amina.post("/board/new", form(estate)).text, "that went on"
    for path, instead in (("/board/1/comments", "/board/1"), ("/board/new", "/board/new")):
        answer = amina.post(path, {"text": ""})
        assert answer.status_code == 422
        assert f' data-answered="{instead}">' in answer.text
        assert amina.get(instead).status_code == 200
    assert ' data-answered="/board/7">' in amina.post("/board/7/withdraw", {}).text


def test_what_is_not_there_is_not_there(house: tuple[Database, Estate, Who]) -> None:
    database, estate, who = house
    with database.write() as session:
        foreign = put_up(session, estate, "sofie").id
        over = put_up(session, estate, "bent", at=NOW - timedelta(days=31)).id
    amina, bent = who("amina"), who("bent")
    for number in (foreign, over, 999, 2**31, 2**63, 10**40):
        assert amina.get(f"/board/{number}").status_code == 404
        assert amina.get(f"/board/{number}.ics").status_code == 404
        assert amina.post(f"/board/{number}/comments", {"text": "Hej"}).status_code == 404
        assert amina.post(f"/board/{number}/withdraw").status_code == 404
    assert "come down" in bent.get(f"/board/{over}").text
    partial = amina.get(f"/board/{foreign}", **{"hx-request-type": "partial"})
    assert partial.text == amina.get("/board/999", **{"hx-request-type": "partial"}).text


def test_a_helper_reads_and_writes_nothing(house: tuple[Database, Estate, Who]) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "yasmin", to="stairwell", kind=PostKind.EVENT).id
    helper = who("helper")
    page = helper.get(f"/board/{number}")
    assert page.status_code == 200
    assert "<textarea" not in page.text
    assert "I am coming" not in page.text
    for path in ("comments", "threads", "answer", "report", "withdraw"):
        assert helper.post(f"/board/{number}/{path}", {"text": "x"}).status_code == 403
    assert helper.get("/board/new").status_code == 403


def test_a_helper_who_lives_elsewhere_in_the_section_is_offered_nothing_that_is_refused(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "yasmin", to="stairwell", kind=PostKind.EVENT).id
        session.add(
            Helper(
                resident_id=estate.people["amina"],
                helper_id=estate.people["bent"],
                starts_on=clock.today(),
            )
        )
    page = who("bent").get(f"/board/{number}")
    assert page.status_code == 200
    for form_of in ("comments", "threads/new", "answer", "report"):
        assert f"/board/{number}/{form_of}" not in page.text


def test_an_earlier_wording_is_shown_and_an_edit_from_an_old_page_is_not_lost(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina, yasmin = who("amina"), who("yasmin")
    amina.post("/board/new", form(estate))
    first = amina.post("/board/1/edit", {"title": "Tre børnecykler", "version": "1"})
    assert first.status_code == 303
    page = yasmin.get("/board/1").text
    assert "Tre børnecykler" in page
    assert "To børnecykler" in page
    assert "earlier wording" in page
    late = amina.post("/board/1/edit", {"title": "Fire", "text": "Skrevet længe", "version": "1"})
    assert late.status_code == 422
    assert "Skrevet længe" in late.text
    assert yasmin.post("/board/1/edit", {"title": "Mine"}).status_code == 404


def test_an_events_file_says_what_the_page_says(house: tuple[Database, Estate, Who]) -> None:
    _, estate, who = house
    amina, yasmin = who("amina"), who("yasmin")
    title = "Fest; med, komma \\ og\tlinje " + "æ" * 60
    amina.post(
        "/board/new",
        form(
            estate,
            kind="event",
            title=title,
            starts_day="2026-12-31",
            starts_at="22:00",
            ends_at="02:00",
            venue="Fælleshuset",
        ),
    )
    answer = yasmin.get("/board/1.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    (found,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert found["SUMMARY"] == " ".join(title.split())
    assert found["LOCATION"] == "Fælleshuset"
    starts, ends = found["DTSTART"].dt, found["DTEND"].dt
    assert clock.local(starts).isoformat() == "2026-12-31T22:00:00+01:00"
    assert ends - starts == timedelta(hours=4)
    assert found["UID"] == "post-1@localhost"
    other = vobject.readOne(answer.text).vevent  # a reader that did not write it
    assert (other.summary.value, other.dtstart.value) == (found["SUMMARY"], starts)
    again = icalendar.Calendar.from_ical(yasmin.get("/board/1.ics").content)
    assert again.walk("VEVENT")[0]["DTSTAMP"].dt == found["DTSTAMP"].dt
    amina.post(
        "/board/1/edit",
        {"title": title, "starts_day": "2026-12-31", "starts_at": "21:00", "version": "1"},
    )
    moved = icalendar.Calendar.from_ical(yasmin.get("/board/1.ics").content).walk("VEVENT")[0]
    assert (moved["UID"], moved["SEQUENCE"]) == ("post-1@localhost", 1)
    assert yasmin.post("/board/1/answer", {"coming": "yes"}).status_code == 303
    assert "1 is coming" in yasmin.get("/board/1").text


def test_reading_the_list_writes_nothing_and_the_mark_is_a_post_of_its_own(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    bent = who("bent")
    assert bent.post("/board/read", {"until": "1"}).status_code == 303
    with database.write() as session:
        put_up(session, estate, "amina")
    written: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
            written.append(statement)

    sql_event.listen(database.engine, "before_cursor_execute", note)
    page = bent.get("/board").text
    sql_event.remove(database.engine, "before_cursor_execute", note)
    assert written == []
    assert 'class="unread"' in page
    until = re.search(r'name="until" value="(\d+)"', page)
    assert until is not None
    quiet = bent.post("/board/read", {"until": until[1]}, **{"hx-request": "true"})
    assert quiet.status_code == 204
    assert 'class="unread"' not in bent.get("/board").text
    for odd in ("", "-1", "x", "9" * 40, "²"):
        assert bent.post("/board/read", {"until": odd, "opened": odd}).status_code == 303


@pytest.mark.parametrize(
    "query",
    ["", "?kind=event", "?kind=x", "?unread=yes", "?mine=yes", "?q=cykel", "?q=%22%27)(*&q=2",
     "?before=1-1", "?before=x", "?before=99999999999999999-1", "?q=cykel&before=1-1",
     "?q=" + "x" * 3000, "?mine=yes&before=1795000000000000-5"],
)  # fmt: skip
def test_any_question_to_the_list_is_answered(
    house: tuple[Database, Estate, Who], query: str
) -> None:
    _, estate, who = house
    amina = who("amina")
    amina.post("/board/new", form(estate))
    assert amina.get(f"/board{query}").status_code == 200


def test_what_people_write_is_text_and_never_markup(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    nasty = "<script>alert(1)</script> {{ 7*7 }} \"' &amp; %(name)s {name}"
    amina.post("/board/new", form(estate, title=nasty, text=nasty))
    amina.post("/board/1/comments", {"text": nasty})
    for path in ("/board", "/board/1", "/", "/board?q=alert", "/board/1/edit"):
        page = amina.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "{{ 7*7 }}" in page


def test_opening_a_private_conversation_reads_it(house: tuple[Database, Estate, Who]) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    amina, bent = who("amina"), who("bent")
    thread = bent.post(f"/board/{number}/threads", {"text": "Må jeg?"}).headers["location"]
    assert thread in amina.get("/").text
    assert who("jonas").get(thread).status_code == 404
    assert thread in amina.get("/").text
    assert amina.get(thread).status_code == 200
    assert thread not in amina.get("/").text
    bent.post(thread, {"text": "Er du der?"})
    assert thread in amina.get("/").text
    assert "Er du der?" in amina.get(thread, **{"hx-request-type": "partial"}).text
    assert thread not in amina.get("/").text
    assert thread not in bent.get("/").text


def test_private_words_reach_one_page_only(house: tuple[Database, Estate, Who]) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    names = ("amina", "bent", "jonas", "chair", "office")
    everybody = {name: who(name) for name in names}
    assert everybody["bent"].post(f"/board/{number}/threads", {"text": ""}).status_code == 422
    begun = everybody["bent"].post(f"/board/{number}/threads", {"text": "Kode 4711"})
    address = begun.headers["location"]
    for name, neighbour in everybody.items():
        allowed = name in {"amina", "bent"}
        assert neighbour.get(address).status_code == (200 if allowed else 404)
        assert neighbour.post(address, {"text": "Hej"}).status_code == (303 if allowed else 404)
        for path in ("/", "/board", f"/board/{number}", "/board?q=kode"):
            assert "4711" not in neighbour.get(path).text
    assert "1 private answer" in everybody["amina"].get("/").text.lower() or (
        "private answer for you" in everybody["amina"].get("/").text
    )


def test_today_shows_what_needs_me_and_a_hint_is_waved_away_for_good(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina", "Stige lånes").id
        put_up(
            session, estate, "bent", "Grillaften", kind=PostKind.EVENT,
            starts_at=NOW + timedelta(hours=2),
        )  # fmt: skip
    bent, chair, sofie, office = who("bent"), who("chair"), who("sofie"), who("office")
    bent.post(f"/board/{number}/report", {"why": "Hm"})
    bent.post("/board/2/answer", {"coming": "yes"})
    assert "1 thing to decide" in chair.get("/").text
    page = bent.get("/").text
    assert "You said that you are coming" in page
    assert "Stige lånes" in page
    assert "No posts yet" in sofie.get("/").text
    assert office.get("/").status_code == 200
    shown = []
    while found := re.search(r"/today/(\w+)/dismiss", bent.get("/").text):
        shown.append(found[1])
        waved = bent.post(found[0])
        bent.headers["cookie"] += "; " + waved.headers["set-cookie"].split(";")[0]
    assert sorted(shown) == ["install", "passkey", "push"]
    assert bent.post("/today/nothing/dismiss").status_code == 404


def test_the_list_asks_the_database_as_often_for_many_posts_as_for_one(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    bent = who("bent")
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: object) -> None:
        asked.append(statement)

    counts = []
    bent.get("/board")
    for many in (1, 60):
        with database.write() as session:  # what was remembered is over with this commit
            for _ in range(many):
                put_up(session, estate, "amina")
        asked.clear()
        sql_event.listen(database.engine, "before_cursor_execute", note)
        bent.get("/board")
        sql_event.remove(database.engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8
