"""Changing a post over HTTP: words and photos in one submission, and nothing lost."""

import re

from httpx2 import Response

from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who, form
from tests.pictures import picture


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
