"""Web push, against an endpoint that decrypts, and against every way sending can fail."""

import base64
import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from py_vapid import Vapid02
from sqlalchemy import select

from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.models import Delivery, Device
from estate.deliveries.queries import devices_of
from estate.notifications.actions import notify
from estate.outbox.rules import OutboxState
from estate.people.models import Person
from estate.settings import Settings
from tests.builders import build_estate
from tests.loops import run
from tests.telephones import PushService, Telephone, push_service
from tests.watch import Watch, held
from web import push
from web.catalogues import speeches
from web.push import PublicAddresses, Sender, Signer, push_contact
from web.vapid import load_key, make_keys, public_key

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    with push_service() as running:
        yield running


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return held(monkeypatch, NOON)


class Street:
    """Residents with telephones, and the house that tells them."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.sender = Sender(database, settings, speeches())
        with database.write() as session:
            self.people = build_estate(session).people

    def own(self, who: str, telephone: Telephone) -> Telephone:
        """Somebody's browser agrees to be told."""
        keys = telephone.subscription()["keys"]
        with self.database.write() as session:
            deliveries.subscribe(
                session,
                person=self.people[who],
                sign_in=None,
                endpoint=telephone.endpoint,
                **keys,
            )
        return telephone

    def tell(self, *who: str, body: str = "{name} answered.", key: str = "post:7") -> None:
        """A deed that tells somebody."""
        with self.database.write() as session:
            notify(
                session,
                kind="board.comment",
                persons=[self.people[name] for name in who],
                title="Answers",
                body=body,
                repeated="{count} answers",
                values={"name": "Yasmin", "at": NOON},
                address="/board/7",
                merge_key=key,
            )

    def deliver(self) -> int:
        """What the worker does when it is called."""

        async def once() -> int:
            async with self.sender:
                return await self.sender.deliver_due()

        return run(once())

    def states(self) -> list[OutboxState]:
        """How all deliveries stand."""
        with self.database.read() as session:
            return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


@pytest.fixture
def street(database: Database, settings: Settings) -> Street:
    """The street on either database."""
    return Street(database, settings)


@pytest.fixture
def quick_street(sqlite_database: Database, settings: Settings) -> Street:
    """The street where the database is only background."""
    return Street(sqlite_database, settings)


def test_a_phone_hears_in_its_readers_language_and_can_decrypt_it(
    street: Street, service: PushService, watch: Watch
) -> None:
    danish = street.own("amina", service.telephone("danish"))
    english = street.own("yasmin", service.telephone("english"))
    with street.database.write() as session:
        session.get_one(Person, street.people["yasmin"]).language = "en"
    street.tell("amina", "yasmin", body="{name} answered at {at}.")
    assert street.deliver() == 2
    (told,) = danish.heard
    assert told["lang"] == "da"
    assert "22. november 2026 kl. 12" in told["body"]
    assert (told["title"], told["address"], told["dir"]) == ("Answers", "/board/7", "ltr")
    assert told["reader"] == "key-amina"
    (other,) = english.heard
    assert other["body"] == "Yasmin answered at 22 November 2026, 12:00."
    assert other["tag"] != told["tag"]
    assert set(told) == {"title", "body", "address", "tag", "lang", "dir", "id", "reader"}
    assert street.states() == [OutboxState.SENT] * 2


def test_the_headers_are_what_push_services_ask_for(
    quick_street: Street, service: PushService, watch: Watch
) -> None:
    phone = quick_street.own("amina", service.telephone("one"))
    quick_street.tell("amina")
    quick_street.deliver()
    (headers,) = phone.headers
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["TTL"] == "259200"
    assert headers["Urgency"] == "normal"
    assert headers["Topic"] == phone.heard[0]["tag"]
    assert len(headers["Topic"]) <= 32
    assert Vapid02.verify(headers["Authorization"])
    token = headers["Authorization"].split("t=")[1].split(",")[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:opgang@localhost"
    assert timedelta(0) < datetime.fromtimestamp(claims["exp"], UTC) - NOON < timedelta(hours=24)


def test_a_service_gets_the_same_signature_until_it_grows_old(
    settings: Settings, watch: Watch
) -> None:
    signer = Signer(settings.data, "mailto:a@example.org")
    first = signer.header("https://push.example", watch())
    assert signer.header("https://push.example", watch()) == first
    assert signer.header("https://other.example", watch()) != first
    watch.pass_by(timedelta(hours=11, minutes=1))
    assert signer.header("https://push.example", watch()) != first


def test_a_repeat_replaces_what_is_shown_by_its_tag(
    quick_street: Street, service: PushService
) -> None:
    phone = quick_street.own("amina", service.telephone("one"))
    quick_street.tell("amina")
    quick_street.deliver()
    for _ in range(3):
        quick_street.tell("amina")
    quick_street.deliver()
    assert [told["body"] for told in phone.heard] == ["Yasmin answered.", "3 answers"]
    assert phone.heard[0]["tag"] == phone.heard[1]["tag"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_phone_that_is_gone_is_forgotten(
    street: Street, service: PushService, status: int
) -> None:
    street.own("amina", service.telephone("gone", status))
    street.own("amina", service.telephone("here"))
    street.tell("amina")
    street.deliver()
    with street.database.read() as session:
        assert session.scalars(select(Device.endpoint)).all() == [f"{service.url}/here"]


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (500, timedelta(seconds=30)),
        (403, timedelta(seconds=30)),
        ((429, "900"), timedelta(minutes=15)),
        ((503, "Sun, 22 Nov 2026 11:20:00 GMT"), timedelta(minutes=20)),
        ("reset", timedelta(seconds=30)),
        ("hang", timedelta(seconds=30)),
    ],
)
def test_a_phone_that_cannot_be_reached_is_tried_again_after_a_pause(
    quick_street: Street,
    service: PushService,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    pause: timedelta,
) -> None:
    hasty = aiohttp.ClientTimeout(sock_connect=1, sock_read=0.3)
    monkeypatch.setattr(push, "PATIENCE", hasty)
    phone = quick_street.own("amina", service.telephone("one", answer))
    quick_street.tell("amina")
    quick_street.deliver()
    with quick_street.database.read() as session:
        (line,) = devices_of(session, quick_street.people["amina"])
    assert line.silent_since == NOON
    watch.pass_by(pause - timedelta(seconds=1))
    assert quick_street.deliver() == 0
    watch.pass_by(timedelta(seconds=1))
    quick_street.deliver()
    assert len(phone.heard) == 1
    assert quick_street.states() == [OutboxState.SENT]


def test_a_service_that_asks_for_patience_is_left_alone_with_all_its_phones(
    quick_street: Street, service: PushService, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "SLOTS", 1)
    first = quick_street.own("amina", service.telephone("first", (429, "60")))
    others = [quick_street.own("amina", service.telephone(str(n))) for n in range(3)]
    quick_street.tell("amina")
    quick_street.deliver()
    assert sum(service.asked.values()) == 1
    watch.pass_by(timedelta(seconds=61))
    quick_street.deliver()
    assert [len(phone.heard) for phone in (first, *others)] == [1, 1, 1, 1]


@pytest.mark.parametrize("status", [400, 413])
def test_what_a_service_will_never_take_is_given_up_at_once(
    quick_street: Street, service: PushService, status: int
) -> None:
    quick_street.own("amina", service.telephone("one", status))
    quick_street.tell("amina")
    quick_street.deliver()
    assert quick_street.states() == [OutboxState.GIVEN_UP]


def test_what_cannot_be_said_or_sealed_does_not_hold_up_the_others(
    quick_street: Street, service: PushService
) -> None:
    broken = service.telephone("broken")
    with quick_street.database.write() as session:
        deliveries.subscribe(
            session,
            person=quick_street.people["amina"],
            sign_in=None,
            endpoint=broken.endpoint,
            p256dh="BAAA",
            auth="AAAA",
        )
    good = quick_street.own("yasmin", service.telephone("good"))
    quick_street.tell("amina", "yasmin")
    quick_street.tell("yasmin", body="{nobody_gave_this}", key="other")
    quick_street.deliver()
    assert [told["body"] for told in good.heard] == ["Yasmin answered."]
    with quick_street.database.read() as session:
        assert session.scalars(select(Device.endpoint)).all() == [good.endpoint]
    assert sorted(quick_street.states()) == [OutboxState.GIVEN_UP, OutboxState.SENT]


def test_an_endpoint_nobody_foresaw_is_tried_again_and_holds_up_no_other(
    quick_street: Street, service: PushService
) -> None:
    keys = service.telephone("odd").subscription()["keys"]
    with quick_street.database.write() as session:
        deliveries.subscribe(
            session,
            person=quick_street.people["amina"],
            sign_in=None,
            endpoint=f"https://a..example/{'x' * 300}",
            **keys,
        )
    phone = quick_street.own("amina", service.telephone("sound"))
    quick_street.tell("amina")
    quick_street.deliver()
    assert len(phone.heard) == 1
    assert sorted(quick_street.states()) == [OutboxState.SENT, OutboxState.WAITING]


def test_a_long_text_is_cut_and_still_arrives(quick_street: Street, service: PushService) -> None:
    phone = quick_street.own("amina", service.telephone("one"))
    quick_street.tell("amina", body="æøå 🏠 " * 3000)
    quick_street.deliver()
    (told,) = phone.heard
    assert told["body"].endswith("…")
    assert 2500 < len(json.dumps(told, ensure_ascii=False).encode()) <= 3800


def test_more_phones_than_places_are_all_told_and_each_once(
    street: Street, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "SLOTS", 7)
    names = ("amina", "yasmin", "jonas", "bent")
    phones = [street.own(who, service.telephone(f"{who}-{n}")) for who in names for n in range(10)]
    street.tell(*names)
    assert street.deliver() == 40
    assert {len(phone.heard) for phone in phones} == {1}


def test_the_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "fresh"
    with ThreadPoolExecutor(8) as pool:
        made = {path.read_bytes() for path in pool.map(lambda _: make_keys(folder), range(8))}
    assert len(made) == 1
    assert stat.S_IMODE((folder / "vapid.pem").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["vapid.pem"]
    assert len(base64.urlsafe_b64decode(public_key(folder) + "=")) == 65


def test_a_file_that_is_no_push_key_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "vapid.pem").write_text("nothing of the kind")
    with pytest.raises(ValueError, match=r"Could not deserialize|Unable to load"):
        load_key(tmp_path)


@pytest.mark.parametrize(
    ("given", "contact"),
    [
        ({}, "mailto:opgang@localhost"),
        ({"base_url": "https://opgang.example"}, "https://opgang.example"),
        ({"base_url": "https://opgang.example:8443"}, "https://opgang.example"),
        ({"base_url": "http://opgang.example"}, "mailto:opgang@opgang.example"),
        (
            {"base_url": "https://a.example", "push_contact": "mailto:drift@b.example"},
            "mailto:drift@b.example",
        ),
    ],
)
def test_who_may_be_written_to_is_always_something_apple_takes(
    tmp_path: Path, given: dict[str, str], contact: str
) -> None:
    settings = Settings(data=tmp_path, secret="x", **given)
    assert push_contact(settings) == contact
    signed = Signer(tmp_path, contact).header("https://web.push.apple.com", NOON)
    assert Vapid02.verify(signed)


def test_a_public_house_sends_to_nothing_beside_it() -> None:
    async def look() -> None:
        resolver = PublicAddresses()
        try:
            await resolver.resolve("localhost", 443)
        finally:
            await resolver.close()

    with pytest.raises(OSError, match="not on the open internet"):
        run(look())
