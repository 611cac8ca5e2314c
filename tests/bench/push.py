"""One notification to 2,000 phones, outbox and all, beside a loop of `pywebpush.webpush`."""

import base64
import json
import os
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
import uvloop
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pywebpush import webpush

from estate import clock, schema
from estate.database import Database
from estate.deliveries.models import Delivery, Device
from estate.language import N_
from estate.notifications.actions import notify
from estate.outbox.rules import OutboxState
from estate.people.models import Person
from estate.settings import Settings
from tests.bench.beside import beside
from tests.bench.rows import Row, median
from web.catalogues import speeches
from web.push import Sender
from web.vapid import make_keys

DEVICES = 2000
REFERENCE = 400
"""The loop sends one after another, so a fifth of them tells its pace."""

TAKES = 5


def measure() -> list[Row]:
    """Devices a second, in turns with the reference."""
    with (
        tempfile.TemporaryDirectory(prefix="opgang-bench-") as name,
        beside("tests.bench.endpoint") as endpoint,
    ):
        address = f"http://{endpoint}"
        settings = Settings(data=Path(name))
        schema.upgrade(settings.database_url)
        database = Database(settings.database_url)
        with database.write() as session:
            persons = people_with_phones(session, address, DEVICES)
        ours, loops = uvloop.run(in_turns(database, settings, persons, address))
        with database.read() as session:
            sent = sa.select(sa.func.count()).where(Delivery.state == OutboxState.SENT)
            if session.scalar(sent) != DEVICES * (TAKES + 1):
                raise RuntimeError("Some were not delivered.")
        database.close()
    note = f"{DEVICES} devices, outbox included, local endpoint, SQLite; a worker that is awake"
    return [Row("push", "devices/s", median(ours), median(loops), 4, at_most=False, note=note)]


async def in_turns(
    database: Database, settings: Settings, persons: list[int], address: str
) -> tuple[list[float], list[float]]:
    """Paces of the house and of the loop. As in a running worker, the first take is not counted."""
    ours, loops = [], []
    async with Sender(database, settings, speeches()) as sender:
        await tell(database, sender, persons, 0)
        for take in range(1, TAKES + 1):
            loops.append(REFERENCE / loop(address, settings))
            ours.append(DEVICES / await tell(database, sender, persons, take))
    return ours, loops


def phone(address: str, number: int) -> dict[str, str]:
    """A subscription with keys of its own."""
    point = (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return {
        "endpoint": f"{address}/{number}",
        "p256dh": base64.urlsafe_b64encode(point).decode().rstrip("="),
        "auth": base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("="),
    }


def people_with_phones(session: sa.orm.Session, address: str, count: int) -> list[int]:
    """So many persons with a phone each; returns their ids."""
    now = clock.now()
    persons = [
        {"id": n, "key": f"key-{n}", "given_name": "Prøve", "created_at": now}
        for n in range(1, count + 1)
    ]
    session.execute(sa.insert(Person), persons)
    devices = [{"person_id": n, "added_at": now, **phone(address, n)} for n in range(1, count + 1)]
    session.execute(sa.insert(Device), devices)
    return [person["id"] for person in persons]


async def tell(database: Database, sender: Sender, persons: list[int], take: int) -> float:
    """Seconds from the deed until the last delivery is written down as sent."""
    begun = time.perf_counter()
    with database.write() as session:
        notify(
            session,
            kind="bench",
            persons=persons,
            title=N_("Water off"),
            body=N_("The water is off from {at} until noon."),
            values={"at": clock.now()},
            address="/notices/1",
            merge_key=f"bench:{take}",
        )
    await sender.deliver_due()
    return time.perf_counter() - begun


def loop(address: str, settings: Settings) -> float:
    """Seconds that pywebpush's own sending takes, one after another."""
    key = str(make_keys(settings.data))
    subscriptions = [phone(address, n) for n in range(REFERENCE)]
    text = json.dumps({"title": "Water off", "body": "The water is off until noon."})
    begun = time.perf_counter()
    for kept in subscriptions:
        keys = {"p256dh": kept["p256dh"], "auth": kept["auth"]}
        webpush(
            {"endpoint": kept["endpoint"], "keys": keys},
            text,
            vapid_private_key=key,
            vapid_claims={"sub": "mailto:opgang@localhost"},
            ttl=60,
        )
    return time.perf_counter() - begun
