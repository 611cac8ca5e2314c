"""May we come in, when, pets, phone: on no disk once the case is over, and there until then."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engagement.cases import actions
from engagement.cases.actions import NOTHING, Author, Words
from engagement.cases.models import CasePrivate
from engagement.cases.rules import Draft, Kind, Origin, Private, Visits
from engagement.handling import actions as handling
from estate import clock
from estate.database import Database
from estate.retention.log import ErasureLog
from estate.settings import Settings
from tests.builders import build_estate
from tests.engagement.test_cases import at_home, desk, resident
from tests.nights import live_on, pass_a_night
from tests.remains import new_word, remains_in

DAY = timedelta(days=1)


def told(session: Session) -> int:
    """How many cases have something that only the staff were told."""
    return session.scalar(select(func.count()).select_from(CasePrivate)) or 0


@pytest.mark.parametrize("fixed", [True, False], ids=["said to be fixed", "nobody objected"])
def test_what_only_the_staff_were_told_is_on_no_disk_once_the_case_is_over(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fixed: bool
) -> None:
    folder = tmp_path / "var"
    folder.mkdir()
    settings = Settings(data=folder, database_url=database.url, secret="private")
    word, now, log = new_word(), clock.now(), ErasureLog(folder / "erasures.log")
    with database.write() as session:
        estate = build_estate(session)
        own, staff = resident(session, estate, "amina"), desk(session, estate)
        private = Private(True, f"{word} formiddag", f"{word} en kat", f"{word} 20304050")
        draft = Draft(Kind.FAULT, "Den drypper.", category="tap_drip", private=private)
        place = at_home(session, estate)
        author = Author(Origin.APP, reporter=own.person)
        case = actions.open_case(session, author, draft, place, now, now).id
        handling.finish(session, staff, case, Visits.FIRST, "", NOTHING, now)
    assert remains_in(database, word)
    # On the thirteenth day it is not fixed, and whoever comes again knows when and whom to call.
    live_on(monkeypatch, now + 13 * DAY)
    pass_a_night(settings, database)
    with database.write() as session:
        assert actions.lapse(session, now + 13 * DAY, log) == 0
        assert told(session) == 1
        again = Words("Den drypper igen.")
        actions.say_not_fixed(session, own, case, again, now + 13 * DAY)
        assert told(session) == 1
        handling.finish(session, staff, case, Visits.SECOND, "part", NOTHING, now + 14 * DAY)
    assert remains_in(database, word)
    with database.write() as session:
        if fixed:
            actions.say_fixed(session, own, case, now + 15 * DAY, log)
        else:
            assert actions.lapse(session, now + 27 * DAY, log) == 0
            assert actions.lapse(session, now + 29 * DAY, log) == 1
        assert told(session) == 0
    live_on(monkeypatch, now + 29 * DAY)
    pass_a_night(settings, database)
    assert remains_in(database, word, tmp_path) == []
