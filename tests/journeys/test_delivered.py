"""A binding letter to 137 households, followed until each of them is proven to have it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
import time_machine
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.deliveries.actions import subscribe
from estate.people.models import Household, Member, Person
from estate.people.rules import LetterChannel
from estate.places.models import Home, Stairwell
from estate.proof.models import LetterCopy
from estate.proof.rules import Manner
from estate.settings import Settings
from tests.builders import LONG_AGO, Estate, add_household, add_person, build_estate
from tests.letterbox import Letterbox, letterbox
from tests.loops import run
from tests.neighbours import Neighbour
from tests.telephones import PushService, push_service
from web.app import create_app
from web.catalogues import speeches
from web.push import Sender
from web.worker import Worker

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLD_CONTRACT = date(2009, 5, 1)
ALIKE = 19
"""Households of each of the seven ways a letter can take; with the builders' four they are 137."""


class Street(NamedTuple):
    """The households beside the builders' four, by what happens with a letter to them."""

    mailed: list[int]
    old_contract: list[int]
    bounced: list[int]
    texted: list[int]
    on_paper: list[int]
    exempt: list[int]


def settle(session: Session, estate: Estate) -> Street:
    """Fourteen new doors of at most ten homes, and one adult in each."""
    street = Street([], [], [], [], [], [])
    ways = [street.mailed, street.mailed, *street[1:]]
    home = 0
    for number in range(7 * ALIKE):
        if number % 10 == 0:
            door = Stairwell(
                building_id=estate.other_building, street="Lærkevej", house_number=str(20 + number)
            )
            session.add(door)
            session.flush()
        home = _home(session, door.id, number)
        way = ways[number % 7]
        old = way is street.old_contract
        email = f"beboer{number}@example.org"
        person = add_person(session, f"beboer{number}", email=email).id
        starts = OLD_CONTRACT if old else LONG_AGO
        way.append(add_household(session, home, person, starts=starts).id)
        if way is street.texted:
            _has_a_phone(session, person, number)
    for households, values in (
        (street.texted, {"channel": LetterChannel.SMS}),
        (street.on_paper, {"channel": LetterChannel.PAPER}),
        (street.exempt, {"exempt": True}),
    ):
        session.execute(update(Household).where(Household.id.in_(households)).values(**values))
    return street


def _home(session: Session, door: int, number: int) -> int:
    home = Home(
        stairwell_id=door,
        number=f"new-{number}",
        floor=str(number % 10 // 2),
        side=("tv", "th")[number % 2],
        area_m2=70,
        rooms=3,
    )
    session.add(home)
    session.flush()
    return home.id


def _has_a_phone(session: Session, person: int, number: int) -> None:
    phone = {"phone": f"+4520{number:06}", "phone_confirmed_at": MONDAY, "email": None}
    session.execute(update(Person).where(Person.id == person).values(**phone))


class Letters:
    """The house with its street, its worker, its office and its caretaker."""

    def __init__(
        self, database: Database, settings: Settings, client: TestClient, estate: Estate
    ) -> None:
        self.database, self.settings, self.client, self.estate = database, settings, client, estate
        app = client.app
        self.worker = Worker(app.state.house, app.state.hub)  # type: ignore[attr-defined]
        self.office = self.at_the_browser(estate.people["office"])
        self.caretaker = self.at_the_browser(estate.people["caretaker"])

    def at_the_browser(self, person: int) -> Neighbour:
        with self.database.write() as session:
            token = access.begin_session(session, person, Beginning.PASSKEY, "Test")
        return Neighbour(self.client, token)

    def work(self) -> None:
        """All that the worker does when it is called, and what comes round."""
        while (task := self.worker._take("test")) is not None:
            following = self.worker.do_step(task)
            while following is not None:
                following = self.worker.do_step(following)
        run(self._send())
        self.worker.follow_letters()

    async def _send(self) -> None:
        async with Sender(self.database, self.settings, speeches()) as sender:
            await sender.deliver_due()
        await self.worker._postman.send_due()

    def give(self) -> str:
        """The office writes a letter to the section and gives it; returns its address."""
        form = {
            "section": str(self.estate.section),
            "kind": "works",
            "places": f"section:{self.estate.section}",
            "title_da": "Varsling om nye vinduer",
            "body_da": "Kære beboer.\n\nVi skifter vinduer i uge 9–11.",
            "effective_on": "2027-03-01",
        }
        address = self.office.post("/desk/letters/new", form).headers["location"]
        assert self.office.post(f"{address}/give", {"version": "1"}).status_code == 303
        self.work()
        return str(address)

    def print(self, address: str) -> int:
        """Have all letters laid out that wait for paper; returns how many stairwells have some."""
        assert self.office.post(f"{address}/print").status_code == 303
        self.work()
        page = self.office.get(f"{address}/print").text
        return len(re.findall(rf'href="{address}/print/\d+"', page))

    def go_round(self, outcome: dict[str, str]) -> int:
        """The caretaker ticks off every door that waits; returns how many there were."""
        ticked: set[str] = set()
        while doors := set(self._doors()) - ticked:
            for door in doors:
                assert self.caretaker.post(door, outcome).status_code == 303
            ticked |= doors
        return len(ticked)

    def _doors(self) -> list[str]:
        page = self.caretaker.get("/desk/letters/round").text
        return re.findall(r'action="(/desk/letters/round/\d+)" data-outbox', page)

    def proven(self, address: str) -> str:
        """What the office reads of how far it is."""
        page = self.office.get(address).text
        found = re.search(r"Proven delivered to \d+ of \d+ households", page)
        assert found is not None
        return found[0]

    def manners(self) -> Counter[Manner | None]:
        """How many copies were delivered how."""
        with self.database.read() as session:
            return Counter(session.scalars(select(LetterCopy.delivered_how)))


@pytest.fixture
def push() -> Iterator[PushService]:
    """A push service."""
    with push_service() as running:
        yield running


@pytest.fixture
def box() -> Iterator[Letterbox]:
    """A mail server."""
    with letterbox() as running:
        yield running


def test_a_letter_is_proven_delivered_to_each_of_137_households(
    sqlite_database: Database, settings: Settings, push: PushService, box: Letterbox
) -> None:
    with sqlite_database.write() as session:
        estate = build_estate(session)
        street = settle(session, estate)
        # Amina has no mail, but a phone that shows pushes: it tells her, and proves nothing.
        telephone = push.telephone("amina")
        keys = telephone.subscription()["keys"]
        amina = estate.people["amina"]
        session.execute(update(Person).where(Person.id == amina).values(email=None))
        subscribe(session, person=amina, sign_in=None, endpoint=telephone.endpoint, **keys)
        # Everybody has shown that they read their own address.
        session.execute(update(Person).values(language="en", email_confirmed_at=MONDAY))
        readers = _readers(session, street.texted[1::2])
        box.unknown |= _addresses(session, street.bounced)
    own = settings.model_copy(update={"worker": "apart", "smtp_url": box.url})
    app = create_app(own, sqlite_database)
    with (
        time_machine.travel(MONDAY, tick=False) as moment,
        TestClient(app, base_url="http://localhost:8000") as client,
    ):
        house = Letters(sqlite_database, own, client, estate)
        letter = house.give()
        mailed = len(street.mailed) + 3
        assert house.proven(letter) == f"Proven delivered to {mailed} of 137 households"
        assert len(push.telephones["/amina"].heard) == 1
        for reader in readers:
            assert house.at_the_browser(reader).get(letter.removeprefix("/desk")).status_code == 200
        assert house.manners()[Manner.OPENED] == len(readers) == 9

        # Printed at once, a file for each door: what no law or wish lets be digital, and what a
        # mail server would not take.
        on_paper = street.old_contract + street.on_paper + street.exempt + street.bounced
        at_once = len(on_paper) + 1
        assert house.print(letter) == 15
        assert house.go_round({"outcome": "letterbox"}) == at_once
        assert (
            house.proven(letter) == f"Proven delivered to {mailed + 9 + at_once} of 137 households"
        )

        # Whom an SMS told and who has not opened it is left, and gets paper after some days.
        moment.move_to(MONDAY + timedelta(days=6))
        house.work()
        left = len(street.texted) - len(readers)
        assert house.print(letter) == 15 + 10
        assert house.go_round({"outcome": "not_possible", "reason": "no_access"}) == left
        assert f"{left} could not be handed over" in house.office.get(letter).text
        moment.move_to(MONDAY + timedelta(days=7))
        assert house.go_round({"outcome": "handed"}) == left
        assert house.proven(letter) == "Proven delivered to 137 of 137 households"
        assert house.manners() == {
            Manner.MAIL: mailed,
            Manner.OPENED: len(readers),
            Manner.LETTERBOX: at_once,
            Manner.HANDED: left,
        }
        file = house.office.get(f"{letter}/proof.csv").content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(file), delimiter=";"))
        assert len(rows) == 138
        assert len({row[0] for row in rows[1:]}) == 137
        assert {row[-1] for row in rows[1:]} == {"Delivered"}


def _readers(session: Session, households: list[int]) -> list[int]:
    found = select(Member.person_id).where(Member.household_id.in_(households))
    return list(session.scalars(found))


def _addresses(session: Session, households: list[int]) -> set[str]:
    persons = session.scalars(
        select(Person.email).where(Person.id.in_(_readers(session, households)))
    )
    return {email for email in persons if email}
