"""Changing a post over HTTP: words and photos in one submission, and nothing lost."""

import re
from datetime import timedelta

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from engagement.board import actions as board
from engagement.board import rules
from engagement.board.models import Post
from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.settings import Settings
from tests.builders import Estate, build_estate
from tests.neighbours import Neighbour, Who, form
from tests.pictures import picture
from tests.posts import put_up
from tests.rivals import meet
from web.app import create_app


def shot(size: int, name: str = "a.jpg") -> tuple[str, tuple[str, bytes, str]]:
    """A photo of a form, each size another picture."""
    return ("photos", (name, picture(size=(size, 20)), "image/jpeg"))


def ticks(page: Response) -> list[str]:
    """What the form's ticks would take off the post."""
    return re.findall(r'name="remove" value="([^"]+)"', page.text)


def test_words_and_photos_of_a_post_change_in_one_submission(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina, yasmin = who("amina"), who("yasmin")
    amina.post("/board/new", form(estate), [shot(21), shot(22), shot(23)])
    first, second, third = ticks(amina.get("/board/1/edit"))
    changed = {"title": "Tre børnecykler", "version": "1", "remove": [first, third]}
    phone = {"opgang-submission": "edit-0001"}
    for _ in range(2):
        assert amina.post("/board/1/edit", changed, [shot(24)], **phone).status_code == 201
    page = yasmin.get("/board/1").text
    assert page.count("?w=480") == 2
    assert "To børnecykler" in page, "the earlier wording"
    left = ticks(amina.get("/board/1/edit"))
    assert second in left
    assert first not in left
    late = {**changed, "version": "2", "remove": [first]}
    assert amina.post("/board/1/edit", late).status_code == 303
    assert ticks(amina.get("/board/1/edit")) == left, "its number is another photo's by now"


def test_an_edit_that_is_refused_changes_neither_words_nor_photos_and_loses_nothing(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    amina.post("/board/new", form(estate), [shot(21), shot(22)])
    up = ticks(amina.get("/board/1/edit"))
    changed = {"title": "Ny", "text": "Ny", "version": "1"}
    full = amina.post("/board/1/edit", changed, [shot(23), shot(24)])
    assert full.status_code == 422
    assert "At most 3 photos" in full.text
    kept = re.findall(r'name="kept" value="([^"]+)"', full.text)
    assert len(kept) == 2
    broken = {**changed, "remove": [up[0]]}
    page = amina.post("/board/1/edit", broken, [("photos", ("x.jpg", b"no", "image/jpeg"))])
    assert page.status_code == 422
    assert re.search(rf'value="{up[0]}" checked', page.text)
    assert "To børnecykler" in amina.get("/board/1").text
    assert ticks(amina.get("/board/1/edit")) == up
    assert amina.post("/board/1/edit", {**broken, "kept": kept}).status_code == 303
    assert len(ticks(amina.get("/board/1/edit"))) == 3


def test_a_phone_whose_edit_came_late_hears_what_to_say_next(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    amina.post("/board/new", form(estate))
    amina.post("/board/1/edit", {"title": "Tre børnecykler", "version": "1"})
    sent = {"title": "Fire", "version": "1"}
    late = amina.post("/board/1/edit", sent, **{"opgang-submission": "edit-0001"})
    assert (late.status_code, late.json()["version"]) == (422, "2")
    again = {**sent, "version": late.json()["version"]}
    assert amina.post("/board/1/edit", again, **{"opgang-submission": "edit-0002"}).is_success


def typed(page: Response) -> dict[str, str]:
    """What a form would send as it stands, without its choices and photos."""
    fields = re.findall(r"<input[^>]*>", page.text)
    wanted = {"title", "until", "version", "starts_day", "starts_at"}
    found = {}
    for one in fields:
        name, value = re.search(r' name="(\w+)"', one), re.search(r' value="([^"]*)"', one)
        if name and name[1] in wanted:
            found[name[1]] = value[1] if value else ""
    return found


def test_an_event_far_ahead_is_saved_untouched_and_hangs_until_it_is_over(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    amina, far = who("amina"), clock.today() + timedelta(days=600)
    event = {"kind": "event", "starts_day": far.isoformat(), "starts_at": "18:00"}
    assert amina.post("/board/new", form(estate, **event)).status_code == 303
    untouched = typed(amina.get("/board/1/edit"))
    assert untouched["until"] == ""
    assert amina.post("/board/1/edit", untouched).status_code == 303
    again = typed(amina.get("/board/1/edit"))
    later = (far + timedelta(days=20)).isoformat()
    assert amina.post("/board/1/edit", {**again, "starts_day": later}).status_code == 303
    with database.read() as session:
        post = session.get_one(Post, 1)
        assert post.expires_at == post.starts_at
    soon = (clock.today() + timedelta(days=2)).isoformat()
    again = typed(amina.get("/board/1/edit"))
    assert amina.post("/board/1/edit", {**again, "starts_day": soon}).status_code == 303
    with database.read() as session:
        post = session.get_one(Post, 1)
        assert post.expires_at == post.bumped_at + rules.HANGS


def test_only_a_day_that_was_chosen_stands_in_the_form(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina, day = who("amina"), (clock.today() + timedelta(days=9)).isoformat()
    amina.post("/board/new", form(estate))
    amina.post("/board/new", form(estate, until=day))
    assert [typed(amina.get(f"/board/{n}/edit"))["until"] for n in (1, 2)] == ["", day]


def test_an_edit_from_an_old_page_waits_for_the_one_before_it_and_is_asked_about(
    postgres_url: str, settings: Settings
) -> None:
    database = Database(postgres_url, origin="test")
    with database.write() as session:
        estate = build_estate(session)
        put_up(session, estate, "amina")
        token = access.begin_session(session, estate.people["amina"], Beginning.PASSKEY)
    answers: list[Response] = []

    def rewrite(session: Session) -> None:
        post = session.get_one(Post, 1)
        draft = rules.Draft(kind=post.kind, title="Stige søges", text="", until=None)
        board.rewrite(session, post, draft, clock.now())

    with TestClient(
        create_app(settings.model_copy(update={"worker": "apart"}), database),
        base_url="http://localhost:8000",
    ) as client:
        amina = Neighbour(client, token)

        def edit(_: Session) -> None:
            answers.append(amina.post("/board/1/edit", {"title": "Boremaskine", "version": "1"}))

        assert meet(database, rewrite, edit) is None
    assert [answer.status_code for answer in answers] == [422]
    with database.read() as session:
        assert session.get_one(Post, 1).title == "Stige søges"
    database.close()


def test_photos_without_room_are_named_and_the_others_come_along(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    shots = [shot(20 + n, f"{n}.jpg") for n in range(1, 8)]
    full = amina.post("/board/new", form(estate, preview="yes"), shots)
    assert full.status_code == 422
    assert "At most 3 photos. Left out: 4.jpg, 5.jpg, 6.jpg, 7.jpg" in full.text
    kept = re.findall(r'name="kept" value="([^"]+)" checked', full.text)
    assert len(kept) == 3
    assert full.text.count('src="data:image/webp;base64,') == 6, "beside its tick and hanging"
    assert amina.post("/board/new", form(estate, kept=kept[:2])).status_code == 303
    assert amina.get("/board/1").text.count("?w=480") == 2


def test_the_house_tells_whether_ones_own_form_came(house: tuple[Database, Estate, Who]) -> None:
    _, estate, who = house
    amina = who("amina")
    amina.post("/board/new", form(estate, submission="answer-lost"))
    for name, number, address in (
        ("amina", "answer-lost", "/board/1"),
        ("amina", "never-sent", None),
        ("yasmin", "answer-lost", None),
    ):
        assert who(name).get(f"/submissions?id={number}").json() == {"address": address}


def test_an_event_past_midnight_says_on_which_day_it_ends(
    house: tuple[Database, Estate, Who],
) -> None:
    _, estate, who = house
    amina = who("amina")
    day = clock.today() + timedelta(days=3)
    hours = {"starts_day": day.isoformat(), "starts_at": "18:00"}
    early = amina.post("/board/new", form(estate, kind="event", **hours, ends_at="17:00"))
    assert early.status_code == 422
    assert 'href="#f-ends_at"' in early.text
    assert amina.post(
        "/board/new", form(estate, kind="event", **hours, ends_at="02:00")
    ).is_redirect
    shown = re.findall(r"<time [^>]+>([^<]+)</time>", amina.get("/board/1").text)
    next_day = day + timedelta(days=1)
    assert any(time.endswith(f"{next_day.day} {next_day:%B}, 02:00") for time in shown), shown
