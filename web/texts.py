"""Sending SMS: by one HTTP adapter where it is set up, else as `.sms` files in `var/outbox`.

The adapter is asked `POST OPGANG_SMS_URL` with `{"to", "text", "id"}` as JSON; docs/deploy.md has
the whole of it. Whatever gateway a house uses speaks that, or ten lines before it do.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import structlog
from typing_extensions import override

from estate import clock
from estate.database import Database
from estate.deliveries.actions import claim_texts
from estate.language import DEFAULT, unpack_message
from estate.settings import Settings
from estate.texts import actions as texts
from estate.texts.actions import Outgoing
from estate.texts.rules import fitted, without_links
from web.catalogues import Speech
from web.client import Client
from web.kinds import KIND
from web.metrics import TEXTS

log = structlog.get_logger("opgang.texts")

TOGETHER = 20
"""SMS claimed and on their way at once: what waits behind a dead gateway fits their lease."""

PATIENCE = aiohttp.ClientTimeout(total=20, sock_connect=5)
"""Seconds a gateway may take."""


class Fate(Enum):
    """What became of one sending."""

    SENT = "sent"
    AGAIN = "put off"
    REFUSED = "given up"


class Sending(NamedTuple):
    """One sending's end: `asked` is the pause the other side asked for."""

    text: Outgoing
    fate: Fate
    trouble: str = ""
    asked: timedelta | None = None


def fate_of(status: int) -> Fate:
    """What the adapter's answer means.

    401 and 403 are about our token, which somebody will put right; any other 4xx about this SMS.
    """
    if 200 <= status < 300:
        return Fate.SENT
    refused = 400 <= status < 500 and status not in {401, 403, 408, 429}
    return Fate.REFUSED if refused else Fate.AGAIN


def composed(text: Outgoing, speech: Speech, base_url: str) -> str:
    """An SMS in its reader's language, in at most three segments, with links to this house only."""
    ending = f"{base_url}{text.ending}" if text.ending.startswith("/") else text.ending
    return fitted(without_links(speech.say(unpack_message(text.text))), ending)


def number_of(text: Outgoing) -> str:
    """What an SMS is known by at the adapter, the same however often it is sent."""
    return f"{text.id}.{text.created_at:%Y%m%d%H%M%S}"


class Adapter(NamedTuple):
    """Where SMS go, and the bearer token that opens it."""

    url: str
    token: str


def adapter_of(settings: Settings) -> Adapter:
    """The adapter's address without its userinfo, which is the token unless one is set."""
    parts = urlsplit(settings.sms_url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return Adapter(urlunsplit(bare), settings.sms_token or unquote(parts.username or ""))


def adapter_trouble(settings: Settings, patience: float = 5) -> str | None:
    """Why the adapter cannot be reached, as far as one can tell without sending; or None."""
    parts = urlsplit(settings.sms_url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    try:
        with socket.create_connection(
            (host, parts.port or (443 if secure else 80)), patience
        ) as to:
            if secure:
                with ssl.create_default_context().wrap_socket(to, server_hostname=host):
                    return None
    except OSError as trouble:
        return str(trouble)
    return None


class Files:
    """SMS as files, for a machine without a gateway."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, text: Outgoing, words: str) -> None:
        """Write one file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{clock.now():%Y%m%dT%H%M%S}-{number_of(text)}"
        fresh = self.folder / f".{name}.new"
        fresh.touch(mode=0o600)
        fresh.write_text(f"To: {text.to}\nId: {number_of(text)}\n\n{words}\n", encoding="utf-8")
        fresh.replace(self.folder / f"{name}.sms")


class Texter(Client):
    """Takes due SMS out of the outbox and sends them, while it is entered."""

    def __init__(
        self, database: Database, settings: Settings, speeches: Mapping[str, Speech]
    ) -> None:
        self.database = database
        self.settings = settings
        self.speeches = speeches
        self._adapter = adapter_of(settings)
        self._files = Files(settings.data / "outbox")

    @override
    def session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            timeout=PATIENCE,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "Opgang"},
        )

    async def send_due(self) -> int:
        """Send all that is due; returns how many were taken."""
        sent = 0
        while claimed := await asyncio.to_thread(self._claim):
            ended = await asyncio.gather(*(self._send(text) for text in claimed))
            await asyncio.to_thread(self._note, ended, clock.now())
            sent += sum(one.fate is Fate.SENT for one in ended)
        return sent

    def _claim(self) -> list[Outgoing]:
        with self.database.write() as session:
            return claim_texts(session, KIND, clock.now(), TOGETHER)

    async def _send(self, text: Outgoing) -> Sending:
        speech = self.speeches.get(text.language) or self.speeches[DEFAULT]
        try:
            words = composed(text, speech, self.settings.base_url)
        except (LookupError, ValueError) as trouble:  # a sentence without one of its values
            return Sending(text, Fate.REFUSED, f"cannot be said: {trouble!r}")
        if self.settings.sms_url:
            return await self._hand_over(text, words)
        try:
            await asyncio.to_thread(self._files.put, text, words)
        except OSError as trouble:
            return Sending(text, Fate.AGAIN, str(trouble))
        return Sending(text, Fate.SENT)

    async def _hand_over(self, text: Outgoing, words: str) -> Sending:
        headers = {"Idempotency-Key": number_of(text)}
        if self._adapter.token:
            headers["Authorization"] = f"Bearer {self._adapter.token}"
        body = {"to": text.to, "text": words, "id": number_of(text)}
        heard = await self.post(self._adapter.url, json=body, headers=headers)
        if not heard.status:
            return Sending(text, Fate.AGAIN, heard.reason)
        return Sending(text, fate_of(heard.status), f"HTTP {heard.status}", heard.asked)

    def _note(self, ended: Sequence[Sending], now: datetime) -> None:
        with self.database.write() as session:
            for one in ended:
                if one.fate is Fate.SENT:
                    texts.note_sent(session, one.text, now)
                else:
                    final = one.fate is Fate.REFUSED
                    texts.note_failed(
                        session, one.text, one.trouble, now, final=final, asked=one.asked
                    )
        for one in ended:
            TEXTS.labels(one.fate.value).inc()
            if one.fate is not Fate.SENT:
                log.warning(
                    "sms not taken", sms=one.text.id, fate=one.fate.value, trouble=one.trouble
                )
