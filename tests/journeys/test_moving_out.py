"""Amina moves out: what she, her neighbours, her helper, the staff and the next tenant then see."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from engagement.board.models import Post
from engagement.comments import actions as comments
from engagement.threads import actions as threads
from engagement.threads.models import Thread
from estate import clock
from estate.access import actions as access
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.database import Database
from estate.leaving.rules import PERSONS, TENANCIES
from estate.people.models import Helper, Household, Person
from estate.permissions import Role
from estate.retention.queries import days_kept
from estate.settings import Settings
from tests.builders import add_household, add_person, build_estate, reader
from tests.house.letter_things import write
from tests.neighbours import Neighbour
from tests.nights import live_on, pass_a_night
from tests.posts import put_up, writing
from web.app import create_app

MOMENTS = (0, 1, 59, 60, 61)
"""Days after the last day of the tenancy."""

WORDS = "Stigen står i kælderen."


class Street:
    """The estate with amina's post, an answer, a private conversation and a letter; time passes."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.last = clock.today()
        with database.write() as session:
            self.estate = build_estate(session)
            self.people = self.estate.people
            self.post = self._hang(session)
            self.letter = write(session, self.estate, settings.data)["letter"]
            self._others(session)
            ending = update(Household).where(Household.id == self.home)
            session.execute(ending.values(ends_on=self.last))

    @property
    def home(self) -> int:
        """Amina's household."""
        return self.estate.households["amina"]

    def _hang(self, session: Session) -> int:
        post = put_up(session, self.estate, "amina", "Stige til låns", text=WORDS)
        yasmin = writing(session, self.estate, "yasmin")
        comments.write(session, yasmin, post, "Tak, jeg henter den.", "da", clock.now())
        mine = put_up(session, self.estate, "jonas", "Hvem har en symaskine?")
        amina = writing(session, self.estate, "amina")
        comments.write(session, amina, mine, "Det har jeg.", "da", clock.now())
        threads.ask(session, yasmin, post, "Hvornår?", "da", clock.now())
        session.flush()
        session.execute(update(Post).values(expires_at=clock.now() + timedelta(days=200)))
        self.thread = session.scalars(select(Thread.id)).one()
        self.answered = mine.id
        return post.id

    def _others(self, session: Session) -> None:
        """A helper of amina's, and who moves in the day after."""
        for name in ("helper", "nadia"):
            self.people[name] = add_person(session, name).id
        session.add(
            Helper(
                resident_id=self.people["amina"],
                helper_id=self.people["helper"],
                starts_on=self.last,
            )
        )
        home = self.estate.homes["amina"]
        nadia = self.people["nadia"]
        add_household(session, home, nadia, starts=self.last + timedelta(days=1))
        session.execute(update(Person).values(language="en"))

    def sign_in(self, name: str) -> str:
        """A fresh session's cookie."""
        with self.database.write() as session:
            return access.begin_session(session, self.people[name], Beginning.PASSKEY, "Test")

    def day(self, days: int) -> datetime:
        """Noon so many days after the last day."""
        noon = datetime.combine(self.last + timedelta(days=days), time(12), clock.LOCAL)
        return noon.astimezone(clock.now().tzinfo)


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Iterator[tuple[Street, TestClient]]:
    settings = Settings(
        data=tmp_path / "var", database_url=database.url, secret="moving", worker="apart"
    )
    settings.make_folder()
    app = create_app(settings, database)
    with TestClient(app, base_url=settings.base_url) as client:
        yield Street(database, settings), client


Answers = tuple[int, ...]

SECTION_ONLY: Answers = (200, 403, 403, 403, 403)
UNTIL_60: Answers = (200, 200, 200, 200, 403)
ALWAYS: Answers = (200, 200, 200, 200, 200)
COMES: Answers = (403, 200, 200, 200, 200)

SEEN: Mapping[str, Mapping[str, Answers]] = {
    "amina": {
        "/": ALWAYS,
        "/board": SECTION_ONLY,
        "/board/{post}": SECTION_ONLY,
        "/board/{post}/threads/{thread}": SECTION_ONLY,
        "/notices": SECTION_ONLY,
        "/papers": SECTION_ONLY,
        "/me/household": SECTION_ONLY,
        "/me/history": UNTIL_60,
        "/letters": UNTIL_60,
        "/letters/{letter}": UNTIL_60,
        "/me/data": ALWAYS,
        "/me/data/file": ALWAYS,
    },
    "helper": {"/board": SECTION_ONLY, "/board/{post}": SECTION_ONLY, "/papers": SECTION_ONLY},
    "yasmin": {"/board": ALWAYS, "/board/{post}": ALWAYS, "/board/{post}/threads/{thread}": ALWAYS},
    "chair": {"/board/{post}": ALWAYS},
    "office": {
        "/board/{post}": ALWAYS,
        "/desk/people/{home}": (200, 404, 404, 404, 404),
    },
    "nadia": {
        "/board/{post}": COMES,
        "/board/{post}/threads/{thread}": (403, 404, 404, 404, 404),
        "/me/household": COMES,
        "/letters": COMES,
        "/letters/{letter}": (403, 404, 404, 404, 404),
    },
}
"""Who gets what at each of the moments."""


def asked(street: Street, client: TestClient, who: str) -> dict[str, int]:
    """What somebody who signs in now gets at each address."""
    browser = Neighbour(client, street.sign_in(who))
    names = {
        "post": street.post,
        "thread": street.thread,
        "letter": street.letter,
        "home": street.home,
    }
    return {path: browser.get(path.format(**names)).status_code for path in SEEN[who]}


def test_who_sees_what_from_the_last_day_on(
    street: tuple[Street, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = street
    found: dict[str, dict[str, list[int]]] = {who: {} for who in SEEN}
    for days in MOMENTS:
        live_on(monkeypatch, place.day(days))
        pass_a_night(place.settings, place.database)
        for who in SEEN:
            for path, status in asked(place, client, who).items():
                found[who].setdefault(path, []).append(status)
    assert found == {
        who: {path: list(answers) for path, answers in paths.items()} for who, paths in SEEN.items()
    }


def test_a_name_stands_under_what_was_written_until_its_writer_is_a_former_resident(
    street: tuple[Street, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = street
    yasmin = place.sign_in("yasmin")
    pages = (f"/board/{place.post}", f"/board/{place.answered}", "/board")
    private = f"{pages[0]}/threads/{place.thread}"
    for days, signed in ((1, True), (60, True), (61, False)):
        live_on(monkeypatch, place.day(days))
        pass_a_night(place.settings, place.database)
        yasmin = place.sign_in("yasmin")
        for path in (*pages, private):
            text = Neighbour(client, yasmin).get(path).text
            assert ("Amina" in text) is signed, (days, path)
            assert ("A former resident" in text) is not signed, (days, path)
    assert WORDS in Neighbour(client, yasmin).get(pages[0]).text


def test_what_is_ones_own_can_be_read_and_nothing_else_of_the_section(
    street: tuple[Street, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = street
    live_on(monkeypatch, place.day(10))
    amina = Neighbour(client, place.sign_in("amina"))
    mine = amina.get("/me/history").text
    for word in (WORDS, "Det har jeg.", "Hvornår?", "Yasmin"):
        assert word in mine
    for word in ("Hvem har en symaskine?", "Tak, jeg henter den."):
        assert word not in mine
    with place.database.read() as session:
        one = reader(session, place.people["amina"])
    assert one.roles() == {Role.FORMER}
    assert one.topics() == {f"person:{one.id}", f"household:{place.home}"}


def test_sign_ins_end_when_one_no_longer_reaches_ones_own(
    street: tuple[Street, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, client = street
    tokens = {name: place.sign_in(name) for name in ("amina", "yasmin", "nadia", "office")}
    for days, status in ((60, 200), (61, 401)):
        live_on(monkeypatch, place.day(days))
        pass_a_night(place.settings, place.database)
        found = {
            name: Neighbour(client, token).get("/me").status_code for name, token in tokens.items()
        }
        assert found == {**dict.fromkeys(tokens, 200), "amina": status}


def test_at_the_end_nobody_is_left_and_the_next_tenant_stays(
    street: tuple[Street, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = street
    over = days_kept(TENANCIES, date(2026, 11, 23)), days_kept(PERSONS, date(2026, 11, 23))
    live_on(monkeypatch, place.day(over[0]))
    pass_a_night(place.settings, place.database)
    with place.database.read() as session:
        assert session.get(Person, place.people["amina"]) is not None
        assert session.get(Household, place.home) is not None
    live_on(monkeypatch, place.day(sum(over) + 2))
    pass_a_night(place.settings, place.database)
    with place.database.read() as session:
        assert session.get(Person, place.people["amina"]) is None
        assert session.get(Household, place.home) is None
        assert session.get(Person, place.people["nadia"]) is not None
        theirs = SignInSession.person_id == place.people["amina"]
        assert session.scalars(select(SignInSession.id).where(theirs)).all() == []
