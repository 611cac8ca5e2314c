"""How long 400 letters take from the office's tap: given to the households, and laid out as PDF."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from estate import clock, schema
from estate.database import Database
from estate.giving import actions as giving
from estate.letters.rules import Draft, PlaceKind
from estate.people.models import Household
from estate.people.rules import LetterChannel
from estate.permissions import Permission, scope
from estate.places.models import Home, Stairwell
from estate.proof.models import LetterCopy
from estate.rounds import actions as rounds
from estate.settings import Settings
from tests.bench.rows import Row
from tests.builders import Estate, add_household, add_person, build_estate, reader
from web.app import create_app
from web.pressing import PRESS, PROCESSES
from web.worker import Worker

HOUSEHOLDS = 400
A_DOOR = 10
LIMIT = 60.0
BODY = "\n\n".join(
    [
        "Kære beboer.",
        "Vi skifter alle vinduer i afdelingen. Arbejdet begynder ved nr. 8 og varer to dage i hver"
        " bolig. Håndværkerne skal kunne komme til alle vinduer, så flyt gardiner, planter og"
        " møbler en meter ind i rummet.",
        "Du får en sms dagen før, de kommer til dig. Er du ikke hjemme, så aflever en nøgle på"
        " kontoret. Der bliver dækket af og gjort rent efter arbejdet hver dag.",
        "Huslejen ændrer sig ikke på grund af arbejdet. Har du spørgsmål, så ring til kontoret.",
    ]
)
ENGLISH = "Dear resident.\n\nWe are replacing all windows. The work takes two days in each home."


def measure() -> list[Row]:
    """Seconds from giving until every household has its copy, and from printing to the files."""
    with tempfile.TemporaryDirectory(prefix="opgang-bench-") as name:
        settings = Settings(data=Path(name), worker="apart")
        schema.upgrade(settings.database_url)
        database = Database(settings.database_url)
        worker = _worker(settings, database)
        with database.write() as session:
            estate = build_estate(session)
            move_in(session, estate)
        given = seconds(worker, lambda session: _give(session, estate, settings))
        printed = seconds(worker, lambda session: _print(session, estate, settings))
        _check(database)
        PRESS.close()
        database.close()
    note = f"{HOUSEHOLDS} households, {A_DOOR} a stairwell; the goal is in seconds"
    on = f"{note}; WeasyPrint on {PROCESSES} processes, PDF/UA"
    return [
        Row("letters given", "s", given, None, LIMIT, at_most=True, note=note),
        Row("letters printed", "s", printed, None, LIMIT, at_most=True, note=on),
    ]


def _worker(settings: Settings, database: Database) -> Worker:
    state = create_app(settings, database).state
    return Worker(state.house, state.hub)


def move_in(session: Session, estate: Estate) -> None:
    """Households until there are so many in the section, all of whom wish to have paper."""
    builders_four = 4
    for number in range(HOUSEHOLDS - builders_four):
        if number % A_DOOR == 0:
            address = {"street": "Lærkevej", "house_number": str(20 + number // A_DOOR)}
            place = {"postcode": "4999", "city": "Lindeby"}
            door = Stairwell(building_id=estate.other_building, **address, **place)
            session.add(door)
            session.flush()
        floor, side = str(number % A_DOOR // 2), ("tv", "th")[number % 2]
        home = Home(stairwell_id=door.id, number=f"h{number}", floor=floor, side=side)
        home.area_m2, home.rooms = 70, 3
        session.add(home)
        session.flush()
        add_household(session, home.id, add_person(session, f"beboer{number}").id)
    session.execute(update(Household).values(channel=LetterChannel.PAPER))


def seconds(worker: Worker, ask: Callable[[Session], int]) -> float:
    """How long it takes to ask for a job and to do all its steps."""
    begun = time.perf_counter()
    with worker.database.write() as session:
        ask(session)
    while (task := worker._take("bench")) is not None:
        following = worker.do_step(task)
        while following is not None:
            following = worker.do_step(following)
    return time.perf_counter() - begun


def _give(session: Session, estate: Estate, settings: Settings) -> int:
    draft = Draft(
        section=estate.section,
        kind="works",
        texts={"da": ("Varsling om nye vinduer", BODY), "en": ("Notice of new windows", ENGLISH)},
        places=[(PlaceKind.SECTION, estate.section)],
        effective_on=clock.today(),
    )
    return giving.give_notice(session, draft, estate.people["office"], settings.base_url)


def _print(session: Session, estate: Estate, settings: Settings) -> int:
    letter = session.scalars(select(LetterCopy.letter_id).distinct()).one()
    office = scope(reader(session, estate.people["office"]), Permission.SEND_LETTERS)
    return rounds.ask_to_print(session, office, letter, settings.base_url, again=False)


def _check(database: Database) -> None:
    with database.read() as session:
        printed = select(func.count()).where(LetterCopy.printed_at.is_not(None))
        if session.scalar(printed) != HOUSEHOLDS:
            raise RuntimeError("Some letters were not printed.")
