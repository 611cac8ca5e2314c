"""SMS out of the outbox: to a gateway over HTTP, to files, again after a pause, or given up."""

import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from estate import clock
from estate.database import Database
from estate.language import N_, say
from estate.outbox.rules import OutboxState
from estate.settings import Settings
from estate.texts import actions as texts
from estate.texts.models import TextMessage
from tests.gateway import Gateway, gateway
from tests.loops import run
from tests.watch import Watch
from web.catalogues import speeches
from web.commands.doctor import Verdict, sms_findings
from web.texts import Texter, adapter_of

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
AMINA, YASMIN = "+4520304050", "+4520304051"


@pytest.fixture
def box() -> Iterator[Gateway]:
    """A gateway."""
    with gateway() as running:
        yield running


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The house's clock, in the test's hand."""
    own = Watch(NOON)
    monkeypatch.setattr(clock, "now", own)
    return own


def write(database: Database, to: str = AMINA, **more: object) -> None:
    """A code, or what `more` says."""
    values = {"text": say(N_("Your code is {code}"), code="123456"), "language": "da", **more}
    with database.write() as session:
        texts.queue_text(session, to=to, **values)  # type: ignore[arg-type]


def send(database: Database, settings: Settings, url: str = "", token: str = "") -> int:
    """What the worker does when it is called."""
    own = settings.model_copy(update={"sms_url": url, "sms_token": token})

    async def once() -> int:
        async with Texter(database, own, speeches()) as texter:
            return await texter.send_due()

    return run(once())


def states(database: Database) -> list[OutboxState]:
    """How all SMS stand."""
    with database.read() as session:
        return list(session.scalars(select(TextMessage.state).order_by(TextMessage.id)))


def test_an_sms_reaches_the_gateway_whole_under_a_number_of_its_own(
    database: Database, settings: Settings, box: Gateway, watch: Watch
) -> None:
    write(database, ending="/notices/7")
    assert send(database, settings, box.url) == 1
    (asked,) = box.asked
    assert asked.path == "/send"
    assert asked.headers["Content-Type"] == "application/json"
    assert "Authorization" not in asked.headers
    number = asked.headers["Idempotency-Key"]
    words = "Your code is 123456\nhttp://localhost:8000/notices/7"
    assert asked.body == {"to": AMINA, "text": words, "id": number}
    assert states(database) == [OutboxState.SENT]
    assert send(database, settings, box.url) == 0


def test_an_sms_tried_again_has_the_same_number_and_any_other_another(
    sqlite_database: Database, settings: Settings, box: Gateway, watch: Watch
) -> None:
    box.answers.append(500)
    write(sqlite_database)
    send(sqlite_database, settings, box.url)
    watch.pass_by(timedelta(seconds=30))
    write(sqlite_database)
    assert send(sqlite_database, settings, box.url) == 2
    numbers = [one.body["id"] for one in box.asked]
    assert numbers[0] in numbers[1:]
    assert len(set(numbers)) == 2


def test_the_token_is_a_bearer_wherever_it_was_set(
    sqlite_database: Database, settings: Settings, box: Gateway
) -> None:
    inside = box.url.replace("http://", "http://to%2Fken@")
    for url, token in ((inside, ""), (box.url, "other"), (inside, "other")):
        write(sqlite_database)
        send(sqlite_database, settings, url, token)
    told = [asked.headers["Authorization"] for asked in box.asked]
    assert told == ["Bearer to/ken", "Bearer other", "Bearer other"]
    own = settings.model_copy(update={"sms_url": inside})
    assert adapter_of(own).url == box.url


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (200, OutboxState.SENT),
        (201, OutboxState.SENT),
        (202, OutboxState.SENT),
        (204, OutboxState.SENT),
        (302, OutboxState.WAITING),
        (400, OutboxState.GIVEN_UP),
        (401, OutboxState.WAITING),  # our token, ours to mend: the SMS is kept
        (403, OutboxState.WAITING),
        (404, OutboxState.GIVEN_UP),
        (408, OutboxState.WAITING),
        (410, OutboxState.GIVEN_UP),
        (422, OutboxState.GIVEN_UP),
        (429, OutboxState.WAITING),
        (500, OutboxState.WAITING),
        (503, OutboxState.WAITING),
    ],
)
def test_one_sms_that_is_refused_holds_up_no_other(
    sqlite_database: Database, settings: Settings, box: Gateway, answer: int, state: OutboxState
) -> None:
    write(sqlite_database)
    box.answers.append(answer)
    send(sqlite_database, settings, box.url)
    write(sqlite_database, YASMIN)
    assert send(sqlite_database, settings, box.url) == 1
    assert states(sqlite_database) == [state, OutboxState.SENT]
    assert {asked.path for asked in box.asked} == {"/send"}, "no redirect is followed"


def test_a_gateway_that_asks_for_patience_gets_it(
    sqlite_database: Database, settings: Settings, box: Gateway, watch: Watch
) -> None:
    box.answers.append((429, "1800"))
    write(sqlite_database)
    send(sqlite_database, settings, box.url)
    watch.pass_by(timedelta(minutes=29))
    assert send(sqlite_database, settings, box.url) == 0
    watch.pass_by(timedelta(minutes=1))
    assert send(sqlite_database, settings, box.url) == 1


def test_a_gateway_that_is_away_finds_everything_waiting(
    database: Database, settings: Settings, box: Gateway, watch: Watch
) -> None:
    for _ in range(3):
        write(database)
    assert send(database, settings, "http://127.0.0.1:1/send") == 0
    assert states(database) == [OutboxState.WAITING] * 3
    watch.pass_by(timedelta(minutes=1))
    assert send(database, settings, box.url) == 3


def test_a_whole_section_is_told(
    sqlite_database: Database, settings: Settings, box: Gateway
) -> None:
    for number in range(55):
        write(sqlite_database, f"+45203040{number}")
    assert send(sqlite_database, settings, box.url) == 55
    assert len({asked.body["id"] for asked in box.asked}) == 55


def test_a_secret_sms_leaves_no_row(database: Database, settings: Settings, box: Gateway) -> None:
    write(database, secret=True, ending="@localhost #123456")
    assert send(database, settings, box.url) == 1
    assert states(database) == []
    assert box.taken == ["Your code is 123456\n@localhost #123456"]


def test_without_a_gateway_an_sms_is_a_file_only_we_can_read(
    sqlite_database: Database, settings: Settings
) -> None:
    write(sqlite_database, ending="@localhost #123456", secret=True)
    write(sqlite_database, YASMIN, text=say(N_("Water, Åse")))
    assert send(sqlite_database, settings) == 2
    files = sorted((settings.data / "outbox").iterdir())
    assert [file.suffix for file in files] == [".sms", ".sms"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    written = {file.read_text() for file in files}
    (code,) = [text for text in written if text.startswith(f"To: {AMINA}\n")]
    assert code.endswith("\n\nYour code is 123456\n@localhost #123456\n")
    assert states(sqlite_database) == [OutboxState.SENT]


def test_it_is_said_in_the_readers_language_and_links_nowhere_else(
    sqlite_database: Database, settings: Settings, box: Gateway
) -> None:
    code = N_("{code} is your code for Opgang. It works for {minutes} minutes. Give it to nobody.")
    write(sqlite_database, text=say(code, code="123456", minutes=10))
    title = say(N_("{title}: {body}"), title="Vandet", body="Se https://evil.example/pay")
    write(sqlite_database, YASMIN, text=title)
    send(sqlite_database, settings, box.url)
    assert sorted(box.taken) == [
        "123456 er din kode til Opgang. Den virker i 10 minutter. Giv den ikke til nogen.",
        "Vandet: Se",
    ]


def test_what_cannot_be_said_is_given_up_and_holds_up_no_other(
    sqlite_database: Database, settings: Settings, box: Gateway
) -> None:
    write(sqlite_database, text=say("{missing}"))
    write(sqlite_database)
    assert send(sqlite_database, settings, box.url) == 1
    assert states(sqlite_database) == [OutboxState.GIVEN_UP, OutboxState.SENT]


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://sms.example/send", True),
        ("https://token@sms.example:8443/send", True),
        ("http://localhost:9000/", True),
        ("http://127.0.0.1/send", True),
        ("http://sms.example/send", False),  # numbers and codes in the clear
        ("https://user:password@sms.example/", False),
        ("ftp://sms.example/", False),
        ("sms.example", False),
        ("https://sms.example:0/", False),
        ("https://sms.example:99999/", False),
    ],
)
def test_the_adapters_address_is_checked_before_anything_is_done(url: str, good: bool) -> None:
    if good:
        assert Settings(sms_url=url).sms_url == url
    else:
        with pytest.raises(ValueError, match="OPGANG_SMS_URL"):
            Settings(sms_url=url)


def test_the_doctor_asks_whether_the_adapter_is_there(settings: Settings, box: Gateway) -> None:
    def verdict(url: str) -> Verdict:
        (found,) = sms_findings(settings.model_copy(update={"sms_url": url}))
        return found.verdict

    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert verdict("") is Verdict.LOOK
    assert verdict(box.url) is Verdict.FINE
    assert verdict(f"http://127.0.0.1:{free}/") is Verdict.WRONG
    assert verdict(box.url.replace("http://", "https://")) is Verdict.WRONG, "it has no TLS"
    assert box.asked == [], "the doctor sends nothing"
