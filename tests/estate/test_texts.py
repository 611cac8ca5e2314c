"""SMS: numbers as networks know them, how much room a text takes, and the outbox."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.language import Named, say
from estate.outbox.rules import ATTEMPTS, LEASE, OutboxState, back_off
from estate.texts import actions as texts
from estate.texts.models import TextMessage
from estate.texts.rules import (
    MOST_SEGMENTS,
    Room,
    e164,
    fitted,
    phone_problem,
    room,
    shown_number,
    simple,
    without_links,
)
from tests.watch import Watch

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
AMINA = "+4520304050"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("20304050", AMINA),
        ("20 30 40 50", AMINA),
        ("2030-4050", AMINA),
        ("+45 20 30 40 50", AMINA),
        ("+4520304050", AMINA),
        ("0045 20304050", AMINA),
        ("4520304050", AMINA),
        ("(+45) 20.30.40.50", AMINA),
        (" 20304050\u202c", AMINA),
        ("٢٠٣٠٤٠٥٠", AMINA),
        ("+46 70 123 45 67", "+46701234567"),
        ("0046701234567", "+46701234567"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("+299 12 34 56", "+299123456"),
        ("", None),
        ("112", None),
        ("1234", None),
        ("10304050", None),  # no Danish number begins with 0 or 1
        ("00304050", None),
        ("203040501", None),
        ("2030405", None),
        ("+45 2030405", None),
        ("+0 20304050", None),
        ("+46", None),
        ("+1234567890123456", None),
        ("call me", None),
        ("20304050;ext=1", None),
        ("+45²0304050", None),
    ],
)
def test_a_number_is_the_same_however_it_is_written(typed: str, number: str | None) -> None:
    assert e164(typed) == number
    assert (phone_problem(typed) is None) is (number is not None)


@given(st.text(max_size=30))
def test_no_text_at_all_makes_a_number_that_is_none(text: str) -> None:
    number = e164(text)
    assert number is None or (number.isascii() and number[1:].isdigit() and len(number) <= 16)
    assert number is None or e164(number) == number == e164(shown_number(number))


def test_a_number_is_shown_as_it_is_read_aloud() -> None:
    assert shown_number(AMINA) == "+45 20 30 40 50"
    assert shown_number("+46701234567") == "+46 701 234 567"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", Room(gsm=True, segments=1)),
        ("a" * 160, Room(gsm=True, segments=1)),
        ("a" * 161, Room(gsm=True, segments=2)),
        ("a" * 306, Room(gsm=True, segments=2)),
        ("a" * 307, Room(gsm=True, segments=3)),
        ("a" * 459, Room(gsm=True, segments=3)),
        ("a" * 460, Room(gsm=True, segments=4)),
        ("Åse får rødgrød. Æblegrød!", Room(gsm=True, segments=1)),
        ("é à ü ß ñ Σ @ £ ¥", Room(gsm=True, segments=1)),
        ("ç", Room(gsm=False, segments=1)),
        ("`", Room(gsm=False, segments=1)),
        ("€" * 80, Room(gsm=True, segments=1)),  # two places each
        ("€" * 81, Room(gsm=True, segments=2)),
        ("€" * 152, Room(gsm=True, segments=2)),  # 76 of them fit 153, none is parted
        ("€" * 153, Room(gsm=True, segments=3)),
        ("م" * 70, Room(gsm=False, segments=1)),
        ("م" * 71, Room(gsm=False, segments=2)),
        ("م" * 134, Room(gsm=False, segments=2)),
        ("م" * 135, Room(gsm=False, segments=3)),
        ("م" * 201, Room(gsm=False, segments=3)),
        ("م" * 202, Room(gsm=False, segments=4)),
        ("💧" * 35, Room(gsm=False, segments=1)),
        ("💧" * 36, Room(gsm=False, segments=2)),
        ("💧" * 66, Room(gsm=False, segments=2)),  # 33 of them fit 67, none is parted
        ("💧" * 67, Room(gsm=False, segments=3)),
    ],
)
def test_a_text_takes_the_segments_the_standard_says(text: str, taken: Room) -> None:
    assert room(text) == taken


def test_typewriter_marks_spare_the_large_alphabet_and_arabic_stays() -> None:
    assert simple("“Vand” – lukket…\u00a0kl.\u2068 7\u2069") == '"Vand" - lukket... kl. 7'
    assert simple("المياه “مغلقة”") == "المياه “مغلقة”"


@given(
    st.text(st.sampled_from("abc æøå.€“م💧 "), max_size=700),
    st.sampled_from(["", "https://opgang.example/notices/12", "@opgang.example #123456"]),
)
def test_a_text_is_cut_to_three_segments_and_what_stands_last_never_is(
    text: str, ending: str
) -> None:
    said = fitted(text, ending)
    assert room(said).segments <= MOST_SEGMENTS
    assert said.endswith(ending)
    if ending and text:
        assert said.splitlines()[-1] == ending
    if room(simple(f"{text}\n{ending}")).segments <= MOST_SEGMENTS and text and ending:
        assert said == simple(f"{text}\n{ending}")


def test_a_long_text_ends_at_a_word() -> None:
    said = fitted("Vandet er lukket i morgen. " * 40, "https://opgang.example/n/1")
    assert said.endswith("...\nhttps://opgang.example/n/1")
    assert said.partition("...")[0].split(" ")[-1] in {"Vandet", "er", "lukket", "i", "morgen."}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Se https://evil.example/x nu", "Se nu"),
        ("Se www.evil.example", "Se"),
        ("Tryk evil.example/pay her", "Tryk her"),
        ("javascript://x", ""),
        ("Vandet er lukket kl. 7.30-9.30, Lærkevej 8, 2. tv.", None),
        ("Skriv til kontor@nord.example", None),
    ],
)
def test_an_sms_links_nowhere_else(text: str, left: str | None) -> None:
    assert without_links(text).split() == (text if left is None else left).split()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The house's clock, in the test's hand."""
    own = Watch(NOON)
    monkeypatch.setattr(clock, "now", own)
    return own


def write(database: Database, text: str = "Hej {name}", **more: object) -> None:
    with database.write() as session:
        values = {"to": AMINA, "language": "da", **more}
        texts.queue_text(session, text=say(text, name=Named(7, "Åse")), **values)  # type: ignore[arg-type]


def states(database: Database) -> list[OutboxState]:
    with database.read() as session:
        return list(session.scalars(select(TextMessage.state).order_by(TextMessage.id)))


def claim(database: Database, now: datetime, limit: int = 10) -> list[texts.Outgoing]:
    with database.write() as session:
        return texts.claim(session, now, limit)


def test_what_is_claimed_is_its_senders_until_the_lease_ends(
    database: Database, watch: Watch
) -> None:
    write(database)
    assert [text.attempts for text in claim(database, watch())] == [1]
    assert claim(database, watch()) == []
    watch.pass_by(LEASE)
    assert [text.attempts for text in claim(database, watch())] == [2]


def test_what_is_to_wait_waits(database: Database, watch: Watch) -> None:
    write(database, after=NOON + timedelta(hours=1))
    assert claim(database, watch()) == []
    watch.pass_by(timedelta(hours=1))
    assert len(claim(database, watch())) == 1


def test_what_was_sent_keeps_no_words_and_a_secret_no_row(database: Database, watch: Watch) -> None:
    write(database, ending="/notices/1")
    write(database, secret=True, ending="@localhost #123456")
    with database.write() as session:
        for text in texts.claim(session, watch(), 10):
            texts.note_sent(session, text, watch())
    with database.read() as session:
        (kept,) = session.scalars(select(TextMessage))
    assert (kept.state, kept.text, kept.ending, kept.to) == (OutboxState.SENT, {}, "", AMINA)


def test_a_gateway_that_is_away_is_tried_again_and_given_up_visibly(
    database: Database, watch: Watch
) -> None:
    write(database, until=NOON + timedelta(days=2), ending="/notices/1")
    for attempt in range(1, ATTEMPTS + 1):
        assert states(database) == [OutboxState.WAITING]
        (text,) = claim(database, watch())
        with database.write() as session:
            texts.note_failed(session, text, "away", watch(), final=False)
        watch.pass_by(back_off(attempt))
    with database.read() as session:
        (row,) = session.scalars(select(TextMessage))
    assert (row.state, row.trouble, row.text, row.ending) == (OutboxState.GIVEN_UP, "away", {}, "")


def test_what_would_come_too_late_is_not_sent(database: Database, watch: Watch) -> None:
    write(database, until=NOON + timedelta(minutes=10))
    write(database)
    watch.pass_by(timedelta(minutes=10))
    assert len(claim(database, watch())) == 1
    assert states(database) == [OutboxState.GIVEN_UP, OutboxState.WAITING]
    write(database, until=watch() + timedelta(seconds=20))
    (text,) = claim(database, watch())
    with database.write() as session:
        texts.note_failed(session, text, "away", watch(), final=False)
    assert states(database)[-1] is OutboxState.GIVEN_UP, "the pause is longer than it is good for"


def test_the_pause_the_gateway_asked_for_is_kept(database: Database, watch: Watch) -> None:
    write(database)
    (text,) = claim(database, watch())
    with database.write() as session:
        asked = timedelta(minutes=20)
        texts.note_failed(session, text, "429", watch(), final=False, asked=asked)
    watch.pass_by(timedelta(minutes=19))
    assert claim(database, watch()) == []
    watch.pass_by(timedelta(minutes=1))
    assert len(claim(database, watch())) == 1


def test_a_protected_name_is_gone_from_what_still_waits(database: Database, watch: Watch) -> None:
    write(database)
    with database.write() as session:
        texts.hide_names(session, {7: "Beboer"})
    (text,) = claim(database, watch())
    assert text.text["values"]["name"]["name"] == "Beboer"


def test_sms_past_their_time_are_forgotten(database: Database) -> None:
    write(database)
    with database.write() as session:
        later = clock.now() + timedelta(days=1)
        assert len(texts.forget(session, later)) == 1
        assert texts.forget(session, later) == []
