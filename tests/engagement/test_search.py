"""Searching the board: one table of questions and hits, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from engagement.board import actions, queries
from engagement.board.rules import found_from
from engagement.threads import actions as threads
from estate import clock
from estate.database import Database
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from tests.posts import put_up, reading, writing

POSTS = {
    "maskine": ("Vaskemaskinen i kælderen larmer", "Nr. 2 fra venstre", "da"),
    "cykel": ("To børnecykler foræres", "Står i cykelkælderen", "da"),
    "bor": ("Må jeg låne en boremaskine?", "Skal hænge hylder op i weekenden", "da"),
    "nøgle": ("Nøgler fundet ved skraldesuget", "", "da"),
    "fest": ("Sommerfest i gården", "Vi griller, tag selv øl med", "da"),
    "keys": ("Lost my keys", "Somewhere between the laundry and the bikes", "en"),
    "trappe": ("En trappestige står i vejen", "", "da"),
    "bundt": ("Nøglebundtet fra i går er fundet", "", "da"),
    "arabic": ("أحتاج إلى مساعدة", "نقل أريكة", "ar"),
}

HITS = [
    ("maskine", {"maskine", "bor"}),
    ("maskiner", {"maskine", "bor"}),
    ("vaskemaskine", {"maskine"}),
    ("vaskem", {"maskine"}),
    ("cykel", {"cykel"}),
    ("cykler", {"cykel"}),
    ("cykelkælder", {"cykel"}),
    ("kælder", {"maskine", "cykel"}),
    ("kaelder", {"maskine", "cykel"}),
    ("KÆLDEREN", {"maskine", "cykel"}),
    ("stige", {"trappe"}),
    ("stiger", {"trappe"}),
    ("nøgle", {"nøgle", "bundt"}),
    ("noegler", {"nøgle", "bundt"}),
    ("nøglerne fundet", {"nøgle", "bundt"}),
    ("nøglebundter", {"bundt"}),
    ("gå", {"fest", "bundt"}),
    ("fest", {"fest"}),
    ("gaard", {"fest"}),
    ("øl", {"fest"}),
    ("key", {"keys"}),
    ("bike", {"keys"}),
    ("مساعدة", {"arabic"}),
    ("maskine kælder", {"maskine"}),
    ("låne hylde", {"bor"}),
    ("elefant", set()),
    ("", set()),
    ('" OR * NEAR( )', set()),
    ("') | ('x' & !", set()),
    ("post_fts", set()),
]


def test_a_question_finds_what_a_neighbour_would_find(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        made = {
            put_up(session, estate, "bent", title, text=body, language=language).id: name
            for name, (title, body, language) in POSTS.items()
        }
        scope = reading(session, estate, "amina")
    with database.read() as session:
        for question, wanted in HITS:
            found = queries.found_posts(session, scope, clock.now(), question)
            assert {made[line.id] for line in found.lines} == wanted, question


def test_nothing_withdrawn_hidden_over_or_for_others_is_found(
    database: Database, erasures: ErasureLog
) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        actions.withdraw(session, put_up(session, estate, "bent", "Stige"), now, erasures)
        actions.hide(session, put_up(session, estate, "bent", "Stige"), now, now)
        put_up(session, estate, "bent", "Stige", at=now - timedelta(days=31))
        put_up(session, estate, "bent", "Stige", to="stairwell")
        put_up(session, estate, "sofie", "Stige")
        scope = reading(session, estate, "amina")
    with database.read() as session:
        assert queries.found_posts(session, scope, now, "stige").lines == []


def test_an_edited_post_is_found_by_its_new_words_only(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "bent", "Stige")
        draft = actions.Draft(post.kind, "Trillebør", "", None)
        actions.rewrite(session, post, draft, now)
        scope = reading(session, estate, "amina")
    with database.read() as session:
        assert queries.found_posts(session, scope, now, "stige").lines == []
        assert len(queries.found_posts(session, scope, now, "trillebør").lines) == 1


def test_private_words_are_never_indexed(database: Database) -> None:
    now = clock.now()
    with database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "bent", "Stige")
        threads.ask(session, writing(session, estate, "amina"), post, "hemmelighed", "da", now)
        scope = reading(session, estate, "bent")
    with database.read() as session:
        assert queries.found_posts(session, scope, now, "hemmelighed").lines == []


def test_pages_of_hits_follow_each_other(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        for _ in range(queries.PAGE + 5):
            put_up(session, estate, "bent", "Stige")
        scope = reading(session, estate, "amina")
    with database.read() as session:
        first = queries.found_posts(session, scope, clock.now(), "stige")
        last = first.lines[-1].id
        after = found_from(first.next)
        second = queries.found_posts(session, scope, clock.now(), "stige", after)
    assert len(first.lines) == queries.PAGE
    assert first.next
    assert [line.id for line in second.lines] == sorted(
        (line.id for line in second.lines), reverse=True
    )
    assert len(second.lines) == 5
    assert max(line.id for line in second.lines) < last


def test_the_very_word_comes_before_compounds_page_by_page(database: Database) -> None:
    with database.write() as session:
        estate = build_estate(session)
        words = ("Stige", "Trappestige", "Cykel") * queries.PAGE
        made = [(put_up(session, estate, "bent", word).id, word) for word in words]
        scope = reading(session, estate, "amina")
    newest = sorted(made, reverse=True)
    wanted = [post for word in ("Stige", "Trappestige") for post, title in newest if title == word]
    found, after, pages = [], None, 0
    with database.read() as session:
        while pages == 0 or after is not None:
            page = queries.found_posts(session, scope, clock.now(), "stiger", after)
            found += [line.id for line in page.lines]
            after, pages = found_from(page.next), pages + 1
    assert found == wanted
    assert pages == 2


@pytest.mark.parametrize("text", ["", "word", "word-", "part-x", "other-3", "word-9999999999"])
def test_an_address_that_turns_no_page_begins_at_the_first(text: str) -> None:
    assert found_from(text) is None


@pytest.mark.parametrize("word", ["hemmeligtord"])
def test_an_erased_post_leaves_no_word_in_the_index(sqlite_database: Database, word: str) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        post = put_up(session, estate, "bent", word)
        for number in range(30):
            put_up(session, estate, "bent", f"Andet {number}")
        erased = post.id
    with sqlite_database.write() as session:
        actions.erase(session, [erased])
    with sqlite_database.read() as session:
        blocks = session.scalars(text("SELECT block FROM post_fts_data")).all()
    assert not any(word[:8].encode() in bytes(block) for block in blocks)
