"""The ledger of consents: a yes holds from when it was given until it ends or is taken back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from estate.audit.models import Deed
from estate.consents.actions import end, give, publish_text, withdraw, withdraw_again
from estate.consents.models import Consent, ConsentText
from estate.consents.queries import current_text, holds
from estate.consents.rules import Given, Reference, any_stands, stands
from estate.database import Database
from estate.refusals import Refused
from estate.retention.log import ErasureLog
from tests.builders import build_estate
from tests.watch import Watch, held

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAULT = Reference("fault", 12)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return held(monkeypatch, NOON)


@pytest.fixture
def amina(database: Database) -> int:
    """Somebody who is asked, and what she is asked."""
    with database.write() as session:
        publish_text(session, "readings", 1, "da", "Må vi se dine målinger?", date(2026, 1, 1))
        return build_estate(session).people["amina"]


@pytest.mark.parametrize(
    ("given", "now", "holding"),
    [
        (Given(NOON, None, None), NOON - HOUR, False),
        (Given(NOON, None, None), NOON, True),
        (Given(NOON, NOON + HOUR, None), NOON + HOUR - timedelta(seconds=1), True),
        (Given(NOON, NOON + HOUR, None), NOON + HOUR, False),
        (Given(NOON, None, NOON + HOUR), NOON + HOUR, False),
        (Given(NOON, NOON + 2 * HOUR, NOON + HOUR), NOON + HOUR, False),
        (Given(NOON, NOON + HOUR, NOON + 2 * HOUR), NOON + HOUR, False),
    ],
)
def test_when_a_yes_holds(given: Given, now: datetime, holding: bool) -> None:
    assert stands(given, now) is holding
    assert any_stands([given, Given(NOON + 9 * HOUR, None, None)], now) is holding


def test_a_yes_is_for_one_purpose_and_one_thing(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        give(session, amina, "readings", reference=FAULT)
    with database.read() as session:
        assert holds(session, amina, "readings", FAULT, NOON)
        assert not holds(session, amina, "readings", Reference("fault", 13), NOON)
        assert not holds(session, amina, "readings", None, NOON)
        assert not holds(session, amina, "pictures", FAULT, NOON)
        assert not holds(session, amina + 1, "readings", FAULT, NOON)


def test_the_end_of_the_thing_ends_everybodys_yes_to_it(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        give(session, amina, "readings", reference=FAULT)
        give(session, amina, "readings")
    watch.pass_by(HOUR)
    with database.write() as session:
        end(session, "readings", FAULT)
    with database.read() as session:
        assert not holds(session, amina, "readings", FAULT, watch())
        assert holds(session, amina, "readings", None, watch())


def test_nobody_agrees_to_words_that_are_not_there(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session, pytest.raises(Refused):
        give(session, amina, "pictures")


def test_the_words_agreed_to_are_the_newest_then_in_force(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        publish_text(session, "readings", 2, "da", "Ny tekst", date(2026, 11, 1))
        publish_text(session, "readings", 2, "en", "New text", date(2026, 11, 1))
        publish_text(session, "readings", 3, "da", "Kommende", date(2027, 1, 1))
        assert current_text(session, "readings", "en", date(2026, 10, 1)).language == "da"  # type: ignore[union-attr]
        assert current_text(session, "nothing", "en", date(2026, 10, 1)) is None
        give(session, amina, "readings", language="en")
    with database.read() as session:
        words = select(ConsentText.text, ConsentText.version, ConsentText.language)
        agreed = words.join(Consent, Consent.text_id == ConsentText.id)
        assert session.execute(agreed).one() == ("New text", 2, "en")


def test_a_yes_taken_back_stays_so_after_a_restore(
    database: Database, amina: int, watch: Watch, erasures: ErasureLog
) -> None:
    with database.write() as session:
        give(session, amina, "readings", reference=FAULT)
        give(session, amina, "readings")
    watch.pass_by(HOUR)
    with database.write() as session:
        withdraw(session, amina, "readings", erasures, FAULT)
        withdraw(session, amina, "readings", erasures, FAULT)
    (erasure,) = erasures.read()
    with database.write() as session:
        session.execute(update(Consent).values(withdrawn_at=None))
        withdraw_again(session, erasure.ids)
        assert not holds(session, amina, "readings", FAULT, watch())
        assert holds(session, amina, "readings", None, watch())


def test_a_restore_takes_back_no_yes_that_was_given_later_under_the_same_number(
    database: Database, amina: int, watch: Watch
) -> None:
    with database.write() as session:
        give(session, amina, "readings")
        number = session.scalars(select(Consent.id)).one()
        withdraw_again(session, [[number, (NOON - HOUR).isoformat()]])
        assert holds(session, amina, "readings", None, NOON)


STEPS = st.lists(st.sampled_from(["give", "dated", "withdraw", "end", "hour"]), max_size=20)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_was_said_the_ledger_answers_as_somebody_who_listened(
    sqlite_database: Database, watch: Watch, erasures: ErasureLog, steps: list[str]
) -> None:
    watch.moment = NOON
    with sqlite_database.write() as session:
        if session.scalar(select(func.count()).select_from(ConsentText)) == 0:
            publish_text(session, "readings", 1, "da", "Tekst", date(2026, 1, 1))
            build_estate(session)
        session.execute(delete(Consent))
        session.execute(delete(Deed))
    person, until = 1, None
    for step in steps:
        holding = until is not None and watch() < until
        with sqlite_database.write() as session:
            match step:
                case "give":
                    give(session, person, "readings", reference=FAULT)
                    until = until if holding else datetime.max.replace(tzinfo=UTC)
                case "dated":
                    ends = watch() + 2 * HOUR
                    give(session, person, "readings", reference=FAULT, ends_at=ends)
                    until = until if holding else ends
                case "withdraw":
                    withdraw(session, person, "readings", erasures, FAULT)
                    until = None
                case "end":
                    end(session, "readings", FAULT)
                    until = None
                case _:
                    watch.pass_by(HOUR)
        with sqlite_database.read() as session:
            expected = until is not None and watch() < until
            assert holds(session, person, "readings", FAULT, watch()) is expected
    with sqlite_database.read() as session:
        given = session.scalars(select(Consent.given_at).where(Consent.person_id == person))
        assert all(moment <= watch() for moment in given), "nothing is changed back"
