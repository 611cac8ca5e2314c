"""The plug pulled at any moment: nothing acknowledged is lost, nothing is there twice."""

import os
import random
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagement.board.models import Post
from estate.access import actions as access
from estate.access.rules import Beginning
from estate.database import Database
from estate.people.models import Household, Member, Person
from estate.photos.models import Photo
from estate.photos.store import Store
from estate.places.models import Home
from estate.submissions.models import Submission
from tests.builders import build_estate
from tests.counts import LONG
from tests.estate.files import import_estate
from tests.journeys.phones import Phone
from tests.journeys.processes import House, command
from web.visits import SESSION_COOKIE

KILLS = 50 if LONG else 3


@pytest.fixture
def dice() -> random.Random:
    """Dice whose seed is printed when a test fails; OPGANG_TEST_SEED throws them again."""
    seed = int(os.environ.get("OPGANG_TEST_SEED") or secrets.randbits(32))
    print(f"OPGANG_TEST_SEED={seed}")  # noqa: T201 - pytest shows it with a failure
    return random.Random(seed)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url, origin="test")
    yield database
    database.close()


def phones_of(database: Database, url: str, dice: random.Random) -> list[Phone]:
    """Two neighbours with a phone each."""
    with database.write() as session:
        estate = build_estate(session)
        return [
            Phone(
                url,
                f"{SESSION_COOKIE}="
                + access.begin_session(session, estate.people[name], Beginning.PASSKEY, "Phone"),
                f"stairwell:{estate.stairwell}",
                dice.getrandbits(32),
            )
            for name in ("amina", "yasmin")
        ]


def post_until_killed(house: House, phones: list[Phone], dice: random.Random) -> None:
    """Both phones send; after a few answers, at any point of what follows, the plug is pulled."""
    heard = threading.Event()
    wanted = sum(phone.sent for phone in phones) + dice.randrange(1, 12)
    with ThreadPoolExecutor(len(phones)) as pool:
        working = [pool.submit(phone.work, heard) for phone in phones]
        while sum(phone.sent for phone in phones) < wanted:
            heard.wait(10)
            heard.clear()
            assert not any(one.done() for one in working), house.said()
        threading.Event().wait(dice.random() * 0.05)  # not a pause but the throw of the dice
        house.kill()
        for one in working:
            one.result()


def check_posts(database: Database, phones: list[Phone], photos: Store) -> None:
    items = [item for phone in phones for item in phone.items]
    posts = {item.address: item.fields["title"] for item in items}
    with database.read() as session:
        hanging = session.execute(sa.select(Post.id, Post.title, Post.photo_count)).all()
        kept = session.execute(sa.select(Photo.owner_id, Photo.digest)).all()
        receipts = session.scalars(sa.select(Submission.address)).all()
    assert {f"/board/{post.id}": post.title for post in hanging} == posts
    assert len(hanging) == len(posts)
    sent = sorted(item.address for item in items if item.photo is not None)
    assert sorted(f"/board/{photo.owner_id}" for photo in kept) == sent
    assert {post.id: post.photo_count for post in hanging if post.photo_count} == dict.fromkeys(
        (photo.owner_id for photo in kept), 1
    )
    for photo in kept:
        assert photos.path(photo.digest).stat().st_size > 0
    assert len(receipts) == len(items)
    assert "" not in receipts


def test_what_a_killed_server_acknowledged_is_there_once(
    database_url: str, tmp_path: Path, dice: random.Random
) -> None:
    house = House(tmp_path, database_url)
    with opened(database_url) as database:
        phones = phones_of(database, house.url, dice)
        for _ in range(KILLS):
            with house:
                post_until_killed(house, phones, dice)
        with house:
            for phone in phones:
                phone.finish()
                phone.close()
        check_posts(database, phones, Store(tmp_path / "photos"))


HEADING = (
    "organisationsnummer;afdelingsnummer;vejnavn;husnummer;etage;side;lejemålsnummer;"
    "lejekontrakt;fra;beboernummer;fornavn;efternavn;lejer"
)
HOMES = 3000


def register(file: Path, version: int) -> Path:
    """A file of 3,000 homes; in each version every tenth household is another one."""
    lines = [HEADING]
    for number in range(HOMES):
        changed = version if number % 10 == version % 10 else 0
        tenancy, person = f"{number}-{changed}", f"{number}x{changed}"
        home = f"10;1;Lærkevej;{number // 10};{number % 10};tv;{number}"
        lines.append(f"{home};{tenancy};01-05-2019;{person};Åse;Sørensen {person};ja")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def rows(database: Database) -> dict[str, list[str]]:
    """What an import writes, by the administration's own numbers, in order."""
    with database.read() as session:
        homes = session.execute(sa.select(Home.number, Home.closed_on)).all()
        tenancies = session.execute(sa.select(Household.number, Household.ends_on)).all()
        members = session.execute(
            sa.select(Household.number, Person.family_name, Member.ends_on)
            .join(Member, Member.household_id == Household.id)
            .join(Person, Person.id == Member.person_id)
        ).all()
        persons = session.scalars(sa.select(Person.family_name)).all()
    return {
        "homes": sorted(map(str, homes)),
        "tenancies": sorted(map(str, tenancies)),
        "members": sorted(map(str, members)),
        "persons": sorted(map(str, persons)),
    }


def import_until_killed(folder: Path, url: str, file: Path, dice: random.Random) -> None:
    """Start an import and pull the plug: before, while or after it writes."""
    with command(folder, url, "import-estate", str(file), "--yes") as importer:
        mark = folder / "command.log"
        before = mark.stat().st_size
        while importer.poll() is None and mark.stat().st_size == before:
            threading.Event().wait(0.005)  # until it says that it began
        threading.Event().wait(dice.random() * 1.5)


def test_a_killed_import_repeated_makes_what_an_unhurt_one_makes(
    database_url: str, sqlite_url: str, tmp_path: Path, dice: random.Random
) -> None:
    files = [register(tmp_path / f"register-{version}.csv", version) for version in range(2)]
    unhurt = f"{sqlite_url}.unhurt"
    Path(unhurt.removeprefix("sqlite:///")).write_bytes(
        Path(sqlite_url.removeprefix("sqlite:///")).read_bytes()
    )
    for turn in range(KILLS):
        file = files[turn % 2]
        import_until_killed(tmp_path, database_url, file, dice)
        with opened(database_url) as database, opened(unhurt) as whole:
            for house in (database, whole):
                import_estate(house, file, yes=True)
            assert rows(database) == rows(whole)
