"""What people wrote says in which language they wrote it, whoever reads it in another."""

from engagement.board.rules import PostKind
from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Neighbour, Who
from tests.posts import put_up


def speaking(neighbour: Neighbour, language: str) -> Neighbour:
    """The same browser, set to a language in the footer."""
    neighbour.headers["cookie"] += f"; language={language}"
    return neighbour


def said(language: str, words: str) -> str:
    """How a page marks the words."""
    return f'lang="{language}" dir="auto">{words}'


def test_an_answer_a_reason_and_a_place_say_their_language(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        more = {"kind": PostKind.EVENT, "venue": "Playground", "language": "en"}
        number = put_up(session, estate, "amina", "Summer party", **more).id
    amina, chair = speaking(who("amina"), "en"), speaking(who("chair"), "da")
    bent = speaking(who("bent"), "da")
    assert said("en", "Playground") in bent.get(f"/board/{number}").text
    bent.post(f"/board/{number}/report", {"why": "Larm"})
    chair.post("/moderation/1", {"decision": "kept", "reason": "Det er en fest"})
    amina.post(f"/board/{number}/rulings/1", {"text": "Thank you"})
    chair.post("/moderation/1/pause", {"days": "7", "pause_reason": "Hold en uges fri"})
    answered = [f"/board/{number}", f"/board/{number}/rulings/1"]
    assert [said("en", "Thank you") in amina.get(path).text for path in answered] == [True] * 2
    assert said("en", "<p>Thank you") in chair.get("/moderation/1").text
    paused = [(amina, "/board/new"), (chair, "/moderation/pauses")]
    pages = [one.get(path).text for one, path in paused]
    assert [said("da", "Hold en uges fri") in page for page in pages] == [True] * 2


def test_what_is_said_once_says_its_language_where_the_page_has_another(
    house: tuple[Database, Estate, Who],
) -> None:
    database, estate, who = house
    with database.write() as session:
        number = put_up(session, estate, "amina").id
    chair, amina = speaking(who("chair"), "ar"), speaking(who("amina"), "ar")
    for reader, deed, marked in (
        (chair, "pin", ' lang="da" dir="ltr"'),
        (amina, "withdraw", ' dir="rtl"'),
    ):
        flash = reader.post(f"/board/{number}/{deed}").headers["set-cookie"].split(";")[0]
        cookie = f"{reader.headers['cookie']}; {flash}"
        page = reader.get(f"/board/{number}", cookie=cookie).text
        assert '<html lang="ar" dir="rtl">' in page
        assert f'<p class="toast" role="status"{marked}>' in page
