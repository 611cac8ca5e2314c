"""Telling the administration's system of changes: signed, in order, again when it did not hear."""

import asyncio
import json
from types import TracebackType

import aiohttp
import structlog
from typing_extensions import override

from estate import clock
from estate.changes.actions import note_heard, note_not_heard, stop_webhook
from estate.changes.queries import Told, WebhookDue, changes_since, webhooks_due
from estate.changes.rules import signature
from estate.database import Database
from web.client import Client

log = structlog.get_logger("opgang.webhooks")

TIMEOUT = aiohttp.ClientTimeout(total=15)
AT_ONCE = 100
GONE = 410


class Crier(Client):
    """Tells every webhook of what happened, while it is entered; leaving it waits for the rest.

    Each webhook hears in a task of its own, so that a slow one holds up nobody but itself, and in
    the order things happened: one that does not take a change hears nothing later before it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._telling: dict[int, asyncio.Task[None]] = {}

    @override
    def session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())

    @override
    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until everybody was told; when the work was ended, end the telling too."""
        if kind is not None:
            for task in self._telling.values():
                task.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)
        await super().__aexit__(kind, error, trace)

    async def tell_due(self) -> None:
        """Begin to tell whoever has something to hear and is not being told already."""
        self._telling = {number: task for number, task in self._telling.items() if not task.done()}
        busy = set(self._telling)
        for webhook in await asyncio.to_thread(_due, self._database):
            if webhook.id not in busy:
                self._telling[webhook.id] = asyncio.create_task(self._tell(webhook))

    async def _tell(self, webhook: WebhookDue) -> None:
        try:
            while waiting := await asyncio.to_thread(_waiting, self._database, webhook):
                for change in waiting:
                    if not await self._heard(webhook, change):
                        return
                webhook = webhook._replace(told=waiting[-1].id)
        except Exception as trouble:
            log.error("broken", deed="webhook", webhook=webhook.id, exc_info=trouble)

    async def _heard(self, webhook: WebhookDue, change: Told) -> bool:
        trouble = await _post(self, webhook, change)
        await asyncio.to_thread(_note, self._database, webhook, change, trouble)
        if trouble is not None:
            log.warning("webhook not heard", webhook=webhook.id, trouble=trouble)
        return trouble is None


def _due(database: Database) -> list[WebhookDue]:
    with database.read() as session:
        return list(webhooks_due(session, clock.now()))


def _waiting(database: Database, webhook: WebhookDue) -> list[Told]:
    with database.read() as session:
        return changes_since(session, webhook.administration, webhook.told, AT_ONCE)


async def _post(client: Client, webhook: WebhookDue, change: Told) -> str | None:
    """Send one change; returns what went wrong, or None."""
    message = {"type": change.kind, "timestamp": change.at.isoformat(), "data": change.as_json()}
    body = json.dumps(message, ensure_ascii=False).encode()
    number, timestamp = f"change_{change.id}", int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Opgang",
        "webhook-id": number,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(webhook.secret, number, timestamp, body),
    }
    heard = await client.post(webhook.address, data=body, headers=headers)
    if 200 <= heard.status < 300:
        return None
    return f"HTTP {heard.status}" if heard.status else heard.reason


def _note(database: Database, webhook: WebhookDue, change: Told, trouble: str | None) -> None:
    with database.write() as session:
        if trouble is None:
            note_heard(session, webhook.id, change.id)
        elif trouble == f"HTTP {GONE}":
            stop_webhook(session, webhook.id, trouble, clock.now())
        else:
            note_not_heard(session, webhook.id, trouble, clock.now())
