"""Two who keep the papers at the same moment, on PostgreSQL, where both are let in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from estate import clock
from estate.database import Database
from estate.files.store import PdfStore
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from tests.papers import publish, publishing
from tests.rivals import meet
from voting.papers import actions
from voting.papers.models import Paper, PaperVersion


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    data = Database(postgres_url, origin="test")
    yield data
    data.close()


@pytest.mark.parametrize("published_first", [True, False])
def test_a_paper_whose_wrong_version_is_taken_back_while_the_right_one_comes_is_listed(
    database: Database, tmp_path: Path, erasures: ErasureLog, *, published_first: bool
) -> None:
    store, today = PdfStore(tmp_path / "files"), clock.today()
    with database.write() as session:
        estate = build_estate(session)
        wrong = publish(session, estate, store, "minutes_board", day=today, text="Forkert.")

    def correct(session: Session) -> None:
        publish(session, estate, store, "minutes_board", day=today, text="Rettet.")

    def take_back(session: Session) -> None:
        office = publishing(session, estate)
        actions.withdraw(session, office, wrong.paper, 1, "Fejl.", clock.now(), erasures)

    deeds = (correct, take_back) if published_first else (take_back, correct)
    assert meet(database, *deeds) is None
    with database.read() as session:
        left = select(PaperVersion.n).where(PaperVersion.withdrawn_at.is_(None))
        assert session.scalars(left).all() == [2]
        assert session.scalars(select(Paper.listed)).one()
