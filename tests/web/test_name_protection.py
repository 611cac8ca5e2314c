"""The register protects a name: no neighbour finds it, or the front door, in what was written."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from engagement.board import actions as board
from engagement.board.models import Post
from engagement.board.rules import Audience, Draft, PostKind, destinations
from engagement.comments import actions as comments
from engagement.comments.models import Comment
from engagement.pauses.models import PostingPause
from engagement.threads import actions as threads
from engagement.threads.models import Thread
from estate import clock
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database, Stale
from estate.helping.actions import name_helper
from estate.helping.rules import Naming
from estate.language import Named, say
from estate.mails.actions import claim, note_sent, queue_mail
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.people.models import Person
from estate.permissions import Permission, Role, Scope, ScopeKind, scope
from estate.places.models import Section
from estate.refusals import Missing, Refused
from estate.settings import Settings
from tests.builders import give_role, reader
from tests.estate.files import import_estate, living, write
from tests.posts import tell_neighbours
from web.app import create_app
from web.visits import SESSION_COOKIE

NAME, DOOR = "Rosalinde", "Violvej 77"
NOW = clock.now()


def register(folder: Path, protected: str = "") -> Path:
    """Rosalinde and a neighbour at Violvej 77, Jonas at Lærkevej 8."""
    near = {"street": "Violvej", "house_number": "77"}
    rosa = living("1", "1001", given_name=NAME, protected=protected, **near)
    return write(
        folder,
        [
            rosa,
            living("2", "1002", given_name="Naima", **near),
            living("3", "1003", given_name="Jonas"),
        ],
    )


def number_of(session: Session, name: str) -> int:
    return session.scalars(sa.select(Person.id).where(Person.given_name == name)).one()


def writer(session: Session, name: str) -> Scope:
    return scope(reader(session, number_of(session, name)), Permission.POST_ON_BOARD)


def put_up(session: Session, name: str, audience: Audience, kind: PostKind) -> Post:
    to = next(one for one in destinations(writer(session, name)) if one.audience is audience)
    starts = NOW + timedelta(days=3) if kind is PostKind.EVENT else None
    draft = Draft(kind, "Cykel og kaffe", "Kom ned.", None, starts_at=starts, destination=to)
    return board.put_up(session, writer(session, name), draft, "da", NOW)


@dataclass
class Written:
    """What Rosalinde wrote, and under what."""

    posts: dict[str, int]
    thread: int
    near_thread: int


def write_everything(session: Session) -> Written:
    """A post of each reach, answers, a private answer, a pause, and mails that still wait."""
    rosa, section = writer(session, NAME), session.scalars(sa.select(Section.id)).one()
    posts = {
        "section": put_up(session, NAME, Audience.SECTION, PostKind.EVENT),
        "stairwell": put_up(session, NAME, Audience.STAIRWELL, PostKind.GIVE),
        "building": put_up(session, NAME, Audience.BUILDING, PostKind.GIVE),
        "near": put_up(session, "Naima", Audience.STAIRWELL, PostKind.HELP),
        "far": put_up(session, "Jonas", Audience.SECTION, PostKind.HELP),
    }
    posts["near"].author_place = ""  # Naima's own door is the same, and no secret
    for place in ("near", "far"):
        comments.write(session, rosa, posts[place], "Ja tak.", "da", NOW)
    board.answer_event(session, rosa, posts["section"], coming=True, now=NOW)
    thread = threads.ask(session, rosa, posts["far"], "Må jeg låne den?", "da", NOW)
    near = threads.ask(session, rosa, posts["near"], "Jeg bor lige ovenpå.", "da", NOW)
    session.add(
        PostingPause(
            person_id=rosa.person,
            section_id=section,
            shown_name=NAME,
            reason="Tag en uge.",
            language="da",
            starts_at=NOW - timedelta(days=9),
            ends_at=NOW + timedelta(days=9),
        )
    )
    line = say("{newest}", newest=say("{name} svarede", name=Named(rosa.person, NAME)))
    queue_mail(session, to="x@example.org", language="da", subject=say("Nyt"), lines=(line,))
    naming = Naming("Datter", "datter@example.org", None, None)
    name_helper(session, rosa, naming, "da", "http://localhost:8000/sign-in")
    # One of them is sent by now: its subject stays.
    note_sent(session, claim(session, clock.now(), 9)[-1], clock.now())
    give_role(session, number_of(session, "Naima"), Role.CHAIR, ScopeKind.SECTION, section)
    session.flush()
    return Written({name: post.id for name, post in posts.items()}, thread.id, near.id)


@pytest.fixture
def written(database: Database, tmp_path: Path) -> Written:
    """An imported house in which Rosalinde has written everything that can be written."""
    import_estate(database, register(tmp_path))
    with database.write() as session:
        written = write_everything(session)
        tell_neighbours(session)
        return written


def kept(database: Database, *texts: str) -> dict[str, set[str]]:
    """The tables, that of persons apart, in which one of these texts stands, and the texts."""
    tables = sa.MetaData()
    found: dict[str, set[str]] = {}
    with database.read() as session:
        tables.reflect(session.connection())
        for name, table in tables.tables.items():
            rows = [str(tuple(row)) for row in session.execute(sa.select(table))]
            here = {text for text in texts if any(text in row for row in rows)}
            if here and name != "person":
                found[name] = here
    return found


@pytest.fixture
def protected(
    database: Database, tmp_path: Path, written: Written
) -> tuple[Written, list[tuple[str, str]]]:
    """The same house after the register protected the name, and what went stale by it."""
    heard: list[tuple[str, str]] = []

    def hear(pairs: Stale) -> None:
        heard.extend(pairs)

    database.publish = hear
    import_estate(database, register(tmp_path, "ja"))
    return written, heard


def test_a_name_stands_in_copies_until_the_register_protects_it(
    database: Database, tmp_path: Path, written: Written
) -> None:
    assert written.thread
    before = kept(database, NAME, DOOR)
    assert {"post", "comment", "thread", "posting_pause", "notification", "mail"} <= set(before)
    assert before["post"] == {NAME, DOOR}
    import_estate(database, register(tmp_path, "ja"))
    assert kept(database, NAME, DOOR) == {}
    with database.read() as session:
        assert {*session.scalars(sa.select(Thread.asker_name))} == {"Beboer"}
        names = session.scalars(
            sa.select(Notification.values).where(Notification.named_id.is_not(None))
        ).all()
        assert "Beboer" in {values["name"]["name"] for values in names}
        mails = session.execute(sa.select(Mail.subject, Mail.lines)).all()
        assert ["Beboer" in str(tuple(mail)) for mail in mails] == [True, True]


def test_what_tells_where_a_protected_person_lives_comes_down(
    database: Database, protected: tuple[Written, list[tuple[str, str]]]
) -> None:
    posts = protected[0].posts
    with database.write() as session:
        rosa = writer(session, NAME)
        listed = {*session.scalars(sa.select(Post.id).where(Post.listed))}
        assert [name for name, post in posts.items() if post not in listed] == [
            "stairwell",
            "building",
        ]
        shown = sa.select(Comment.post_id).where(Comment.withdrawn_at.is_(None))
        assert session.scalars(shown).all() == [posts["far"]]
        assert session.get_one(Post, posts["near"]).comment_count == 0
        announced = sa.select(Notification.id).where(
            Notification.merge_key == f"post-{posts['stairwell']}"
        )
        assert session.scalars(announced).all() == []
        with pytest.raises(Refused):
            board.renew(session, session.get_one(Post, posts["stairwell"]), NOW)
        session.execute(sa.delete(PostingPause))
        near = session.get_one(Post, posts["near"])
        with pytest.raises(Refused):
            comments.write(session, rosa, near, "Hej igen.", "da", NOW)
        with pytest.raises(Refused):
            threads.ask(session, rosa, near, "Hej igen.", "da", NOW)
        far = session.get_one(Post, posts["far"])
        again = comments.write(session, rosa, far, "Hej igen.", "da", NOW)
        assert session.get_one(Comment, again).author_name == "Beboer"


def test_open_pages_fetch_anew_what_held_a_name_that_is_protected_now(
    protected: tuple[Written, list[tuple[str, str]]],
) -> None:
    written, heard = protected
    blocks = {block for _, block in heard}
    assert {"board", f"post-{written.posts['far']}", f"thread-{written.thread}"} <= blocks


def test_a_post_begun_before_the_protection_is_signed_as_the_register_says_by_now(
    database: Database, tmp_path: Path, written: Written
) -> None:
    with database.read() as session:
        before = writer(session, NAME)
    near = next(to for to in destinations(before) if to.audience is Audience.STAIRWELL)
    import_estate(database, register(tmp_path, "ja"))
    with database.write() as session:
        session.execute(sa.delete(PostingPause))
        section = next(to for to in destinations(before) if to.audience is Audience.SECTION)
        signed = board.signature(session, before, section.section)
        assert (signed.name, signed.place) == ("Beboer", "")
        draft = Draft(PostKind.GIVE, "Cykel", "", None, destination=near)
        with pytest.raises(Missing):
            board.put_up(session, before, draft, "da", NOW)


def test_a_private_conversation_near_home_closes_for_both_and_says_to_the_other_no_more_than_that(
    database: Database, settings: Settings, tmp_path: Path, written: Written
) -> None:
    with database.write() as session:
        tokens = {
            name: access.begin_session(session, number_of(session, name), Beginning.PASSKEY)
            for name in ("Naima", "Jonas", NAME)
        }
    near = f"/board/{written.posts['near']}/threads/{written.near_thread}"
    far = f"/board/{written.posts['far']}/threads/{written.thread}"
    app = create_app(settings.model_copy(update={"worker": "apart"}), database)
    with TestClient(app, base_url="http://localhost:8000", follow_redirects=False) as client:

        def send(name: str, path: str, words: str = "") -> tuple[int, str]:
            headers = {
                "cookie": f"{SESSION_COOKIE}={tokens[name]}",
                "accept-language": "en",
                "sec-fetch-site": "same-origin",
            }
            if not words:
                answer = client.get(path, headers=headers)
            else:
                answer = client.post(path, data={"text": words}, headers=headers)
            return answer.status_code, answer.text

        assert send("Naima", near, "Hvor hyggeligt")[0] == 303
        import_estate(database, register(tmp_path, "ja"))
        for name in ("Naima", NAME):
            status, page = send(name, near)
            assert status == 200
            assert "Jeg bor lige ovenpå." in page
            assert "<textarea" not in page
            assert send(name, near, "Er du der?")[0] == 409
        told = send("Naima", near)[1]
        assert "This conversation is closed." in told
        assert "protected" not in told
        assert "Your name is protected" in send(NAME, near)[1]
        for name in ("Jonas", NAME):
            assert "<textarea" in send(name, far)[1]
            assert send(name, far, "Ja, kom og hent den")[0] == 303


def test_no_neighbour_finds_a_protected_name_or_its_front_door_on_any_page(
    database: Database,
    settings: Settings,
    protected: tuple[Written, list[tuple[str, str]]],
) -> None:
    posts, thread = protected[0].posts, protected[0].thread
    with database.write() as session:
        tokens = {
            name: access.begin_session(session, number_of(session, name), Beginning.PASSKEY)
            for name in ("Jonas", "Naima", NAME)
        }
    app = create_app(settings.model_copy(update={"worker": "apart"}), database)
    with TestClient(app, base_url="http://localhost:8000") as client:

        def page(name: str, path: str) -> tuple[int, str]:
            cookie = {"cookie": f"{SESSION_COOKIE}={tokens[name]}", "accept-language": "da"}
            answer = client.get(path, headers=cookie)
            return answer.status_code, answer.text

        for path in (
            "/",
            "/board",
            "/board?q=cykel",
            f"/board/{posts['section']}",
            f"/board/{posts['section']}.ics",
            f"/board/{posts['far']}",
            f"/board/{posts['far']}/threads/{thread}",
            "/me",
            "/me/notifications",
        ):
            status, text = page("Jonas", path)
            assert status == 200, path
            assert NAME not in text, path
            assert DOOR not in text, path
        assert not re.search(r"/board/\d", page("Jonas", f"/board?q={NAME}")[1])
        assert "Beboer" in page("Jonas", f"/board/{posts['far']}")[1]
        for path in ("/board", f"/board/{posts['near']}", "/moderation"):
            status, text = page("Naima", path)
            assert (status, NAME in text) == (200, False), path
        assert page("Naima", f"/board/{posts['stairwell']}")[0] == 404
        own = page(NAME, f"/board/{posts['stairwell']}")
        assert own[0] == 200
        assert "renew" not in own[1]
