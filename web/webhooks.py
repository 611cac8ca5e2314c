"""Telling the administration's system of changes: signed, in order, again when it did not hear."""

import asyncio
import json

import aiohttp
import structlog

from estate import clock
from estate.changes.actions import note_heard, note_not_heard, stop_webhook
from estate.changes.queries import Listener, Told, changes_since, listeners_due
from estate.changes.rules import signature
from estate.database import Database

log = structlog.get_logger("opgang.webhooks")

TIMEOUT = aiohttp.ClientTimeout(total=15)
AT_ONCE = 100
GONE = 410


async def deliver_webhooks(database: Database) -> int:
    """Send what is due to every webhook, each in the order things happened; returns how many.

    A webhook that does not take a change hears nothing later before it has taken that one.
    """
    listeners = await asyncio.to_thread(_due, database)
    if not listeners:
        return 0
    async with aiohttp.ClientSession(timeout=TIMEOUT) as client:
        sent = await asyncio.gather(*(_tell(database, client, one) for one in listeners))
    return sum(sent)


def _due(database: Database) -> list[Listener]:
    with database.read() as session:
        return list(listeners_due(session, clock.now()))


def _waiting(database: Database, listener: Listener) -> list[Told]:
    with database.read() as session:
        return changes_since(session, listener.administration, listener.told, AT_ONCE)


async def _tell(database: Database, client: aiohttp.ClientSession, listener: Listener) -> int:
    heard = 0
    for change in await asyncio.to_thread(_waiting, database, listener):
        trouble = await _post(client, listener, change)
        await asyncio.to_thread(_note, database, listener, change, trouble)
        if trouble is not None:
            log.warning("webhook not heard", webhook=listener.id, trouble=trouble)
            break
        heard += 1
    return heard


async def _post(client: aiohttp.ClientSession, listener: Listener, change: Told) -> str | None:
    """Send one change; returns what went wrong, or None. Redirects are not followed."""
    message = {"type": change.kind, "timestamp": change.at.isoformat(), "data": change.as_json()}
    body = json.dumps(message, ensure_ascii=False).encode()
    number, timestamp = f"change_{change.id}", int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Opgang",
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(listener.secret, number, timestamp, body),
    }
    try:
        async with client.post(
            listener.address, data=body, headers=headers, allow_redirects=False
        ) as answer:
            return None if 200 <= answer.status < 300 else f"HTTP {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def _note(database: Database, listener: Listener, change: Told, trouble: str | None) -> None:
    with database.write() as session:
        if trouble is None:
            note_heard(session, listener.id, change.id)
        elif trouble == f"HTTP {GONE}":
            stop_webhook(session, listener.id, trouble, clock.now())
        else:
            note_not_heard(session, listener.id, trouble, clock.now())
