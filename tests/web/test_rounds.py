"""The caretaker's round over HTTP: what a phone sends of it later."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from estate import clock
from estate.database import Database
from estate.proof.models import DoorVisit, LetterCopy
from tests.builders import Estate
from tests.house import letter_things
from tests.neighbours import Who

House = tuple[Database, Estate, Who]


@pytest.mark.parametrize(("age", "seconds"), [("7200", 7200), ("", 0), ("-5", 0), ("soon", 0)])
def test_a_tick_that_waited_on_the_phone_counts_from_when_it_was_made(
    house: House, tmp_path: Path, age: str, seconds: int
) -> None:
    database, estate, browser = house
    yesterday = clock.now() - timedelta(days=1)
    with database.write() as session:
        copy = letter_things.write(session, estate, tmp_path)["copy"]
        session.execute(update(LetterCopy).values(printed_at=yesterday))
    phone = {"opgang-submission": "tick-late-0001", "opgang-age": age}
    sent = {"outcome": "letterbox"}
    late = browser("caretaker").post(f"/desk/letters/round/{copy}", sent, **phone)
    assert late.status_code == 201
    with database.read() as session:
        (visit,) = session.scalars(select(DoorVisit)).all()
    assert visit.noted_at - visit.at == timedelta(seconds=seconds)
    assert visit.noted_at <= clock.now()
