"""Web push: encrypted by pywebpush, sent over one client with kept connections.

pywebpush's own loop sends one after another, each over a connection of its own; here up to `SLOTS`
are on their way at once, and a push service's VAPID header is signed once in eleven hours.
"""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from http_ece import ECEException
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException
from typing_extensions import override
from yarl import URL

from estate import clock
from estate.database import Database
from estate.deliveries import actions as deliveries
from estate.deliveries.actions import Parcel, Result, Words
from estate.deliveries.rules import Outcome, outcome_of, tag
from estate.language import DEFAULT, direction
from estate.settings import Settings
from web.catalogues import Speech
from web.client import Client, Heard
from web.kinds import KIND
from web.metrics import DELIVERIES
from web.vapid import load_key, make_keys

__all__ = ["Sender", "make_keys", "push_contact"]

log = structlog.get_logger("opgang.push")

SLOTS = 100
"""Messages on their way at once."""

CLAIMED = 400
"""Messages taken from the outbox at once: what waits behind a dead service fits their lease."""

GATHERING = 0.25
"""Seconds in which results gather before they are written down together."""

PATIENCE = aiohttp.ClientTimeout(total=15, sock_connect=5)
BREATHER = timedelta(seconds=30)
"""For so long nothing more is sent to a service that did not answer in time."""

TIME_TO_LIVE = timedelta(days=3)
SIGNED_FOR = timedelta(hours=12)
SIGNED_ANEW = timedelta(hours=11)
SAID_MOST = 500
"""Sentences kept translated: a whole section is told the same."""

PAYLOAD_MOST = 3800
"""Bytes of JSON that every push service takes once encrypted (RFC 8291, 4: 4,096 in all)."""


class Envelope(NamedTuple):
    """A parcel, encrypted for its device."""

    parcel: Parcel
    origin: str
    body: bytes
    headers: Mapping[str, str]


def push_contact(settings: Settings) -> str:
    """Who a push service may write to; Apple refuses all but https: and mailto:."""
    if settings.push_contact:
        return settings.push_contact
    if settings.secure and settings.public:
        return f"https://{settings.host}"
    return f"mailto:opgang@{settings.host if settings.public else 'localhost'}"


def payload(parcel: Parcel, speech: Speech, topic: str, title: str, body: str) -> bytes:
    """What the service worker shows, in the reader's language; the body is cut before the limit.

    `reader` is the key of whom it is for: on a phone that another person has signed in on since,
    the service worker says only that there is something.
    """
    told = {"title": title, "body": body}
    rest = {
        "reader": parcel.person_key,
        "address": parcel.address,
        "tag": topic,
        "lang": speech.language,
        "dir": direction(speech.language),
        "id": parcel.notification,
    }
    data = json.dumps({**told, **rest}, ensure_ascii=False).encode()
    while len(data) > PAYLOAD_MOST:
        longer = "body" if len(told["body"]) > 200 else "title"
        told[longer] = told[longer][: len(told[longer]) * 3 // 4].rstrip() + "…"
        data = json.dumps({**told, **rest}, ensure_ascii=False).encode()
    return data


class Signer:
    """The VAPID header of each push service, signed once in eleven hours."""

    def __init__(self, folder: Path, contact: str) -> None:
        self._vapid = Vapid02(load_key(folder))
        self._contact = contact
        self._signed: dict[str, tuple[datetime, str]] = {}

    def header(self, origin: str, now: datetime) -> str:
        """The Authorization header for an origin."""
        kept = self._signed.get(origin)
        if kept is None or now - kept[0] > SIGNED_ANEW:
            expires = int((now + SIGNED_FOR).timestamp())
            claims = {"aud": origin, "exp": expires, "sub": self._contact}
            kept = (now, self._vapid.sign(claims)["Authorization"])
            self._signed[origin] = kept
        return kept[1]


class PublicAddresses(AbstractResolver):
    """Names resolved to addresses of the open internet only.

    A subscription is an address somebody gave us; it must not reach what stands beside the server.
    """

    def __init__(self) -> None:
        self._inner = DefaultResolver()

    @override
    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        """The global ones among a name's addresses; OSError when there is none."""
        found = await self._inner.resolve(host, port, family)  # type: ignore[arg-type]
        outside = [entry for entry in found if ip_address(entry["host"]).is_global]
        if not outside:
            raise OSError(f"{host} is not on the open internet.")
        return outside

    @override
    async def close(self) -> None:
        await self._inner.close()


def origin_of(endpoint: str) -> str:
    """Scheme, host and port of a push service."""
    return "/".join(endpoint.split("/", 3)[:3])


class Transit:
    """What is between the outbox and the phones during one delivery."""

    def __init__(self) -> None:
        self.ready: deque[Envelope] = deque()
        self.ended: list[Result] = []
        self.senders: set[asyncio.Task[None]] = set()
        self.finished = 0

    @property
    def going(self) -> bool:
        """Whether anything is not yet written down as ended."""
        return bool(self.ready or self.ended or self.senders)


class Sender(Client):
    """Takes what is due out of the outbox and sends it, while it is entered."""

    def __init__(
        self, database: Database, settings: Settings, speeches: Mapping[str, Speech]
    ) -> None:
        self.database = database
        self.speeches = speeches
        self._public = settings.public
        self._signer = Signer(settings.data, push_contact(settings))
        self._held: dict[str, datetime] = {}
        self._said: dict[tuple[Words, str], tuple[str, str]] = {}

    @override
    def session(self) -> aiohttp.ClientSession:
        resolver = PublicAddresses() if self._public else None
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30, resolver=resolver)
        return aiohttp.ClientSession(
            connector=connector,
            timeout=PATIENCE,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def deliver_due(self) -> int:
        """Plan what is new and send all that is due now; returns how many were finished.

        A service that lets us wait holds up the others once, by `PATIENCE`: `SLOTS` senders take
        from one queue, while results are written down and the next are encrypted in a thread.
        """
        await asyncio.to_thread(self._plan)
        transit = Transit()
        more = True
        try:
            while more or transit.going:
                room = CLAIMED if more and len(transit.ready) < SLOTS else 0
                more = await self._refill(transit, room) or (more and not room)
                for _ in range(min(SLOTS - len(transit.senders), len(transit.ready))):
                    transit.senders.add(asyncio.create_task(self._send_ready(transit)))
                if transit.senders:
                    _, transit.senders = await asyncio.wait(
                        transit.senders, timeout=GATHERING, return_when=asyncio.FIRST_COMPLETED
                    )
            return transit.finished
        finally:
            await self._wind_up(transit)

    async def _refill(self, transit: Transit, room: int) -> bool:
        """Write down what ended and make ready what comes next; whether anything came."""
        ended, transit.ended = transit.ended, []
        if not ended and not room:
            return False
        sealed, broken = await asyncio.to_thread(self._exchange, ended, room)
        transit.finished += len(ended)
        transit.ready.extend(sealed)
        transit.ended += broken
        return bool(sealed or broken)

    async def _send_ready(self, transit: Transit) -> None:
        while transit.ready:
            envelope = transit.ready.popleft()
            try:
                result = await self._send(envelope)
            except Exception as trouble:  # whatever it is, it holds up this one and is given up
                log.error("sending broke", exc_info=trouble)
                result = Result(envelope.parcel, Outcome.AGAIN, repr(trouble))
            transit.ended.append(result)  # only now: the list may have been taken in the meantime

    async def _wind_up(self, transit: Transit) -> None:
        """When the worker stops: what is on its way may arrive; the rest is due again at once."""
        if not transit.going:
            return
        held = [Result(e.parcel, Outcome.HELD, "stopped", timedelta(0)) for e in transit.ready]
        transit.ready.clear()
        if transit.senders:
            _, late = await asyncio.wait(transit.senders, timeout=3)
            for task in late:
                task.cancel()
        await asyncio.to_thread(self._exchange, [*transit.ended, *held], 0)

    def _plan(self) -> None:
        while True:
            with self.database.write() as session:
                if not deliveries.plan(session, KIND, clock.now()):
                    return

    def _exchange(
        self, results: Sequence[Result], room: int
    ) -> tuple[list[Envelope], list[Result]]:
        """Hand in results and take the next parcels, in one transaction; then encrypt them.

        Beside the envelopes it returns an end for each that cannot be sent at all, so that it does
        not hold up the others.
        """
        now = clock.now()
        with self.database.write() as session:
            deliveries.note_results(session, results, now)
            parcels = deliveries.claim(session, KIND, now, room) if room else []
        for outcome, count in Counter(result.outcome for result in results).items():
            DELIVERIES.labels(outcome.value).inc(count)
        for result in results:
            if result.outcome is not Outcome.SENT:
                log.info("not delivered", outcome=result.outcome.value, trouble=result.trouble)
        sealed, broken = [], []
        for parcel in parcels:
            try:
                sealed.append(self._seal(parcel, now))
            except (ValueError, ECEException, WebPushException) as trouble:
                broken.append(Result(parcel, Outcome.GONE, f"no usable keys: {trouble}"))
            except LookupError as trouble:  # a sentence that names a value it was not given
                broken.append(Result(parcel, Outcome.REFUSED, f"cannot be said: {trouble!r}"))
        return sealed, broken

    def _seal(self, parcel: Parcel, now: datetime) -> Envelope:
        reads = self.speeches.get(parcel.language) or self.speeches[DEFAULT]
        speech = reads.speaking(parcel.words.told()[0])
        title, body = self._say(parcel.words, speech)
        origin = origin_of(parcel.endpoint)
        topic = tag(parcel.person_key, parcel.merge_key)
        keys = {"p256dh": parcel.p256dh, "auth": parcel.auth}
        pusher = WebPusher({"endpoint": parcel.endpoint, "keys": keys})
        headers = {
            "Authorization": self._signer.header(origin, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(TIME_TO_LIVE.total_seconds())),
            "Topic": topic,
            "Urgency": "high" if parcel.urgent else "normal",
        }
        sealed = pusher.encode(payload(parcel, speech, topic, title, body))["body"]
        return Envelope(parcel, origin, sealed, headers)

    def _say(self, words: Words, speech: Speech) -> tuple[str, str]:
        key = (words, speech.language)
        if key not in self._said:
            title, body = words.told()
            if len(self._said) >= SAID_MOST:
                self._said.clear()
            self._said[key] = speech.say(title), speech.say(body)
        return self._said[key]

    async def _send(self, envelope: Envelope) -> Result:
        parcel = envelope.parcel
        origin = envelope.origin
        now = clock.now()
        until = self._held.get(origin, now)
        if until > now:
            return Result(parcel, Outcome.HELD, "asked to wait", until - now)
        address = URL(parcel.endpoint, encoded=True)
        heard = await self.post(address, data=envelope.body, headers=envelope.headers)
        return self._judge(parcel, origin, heard)

    def _judge(self, parcel: Parcel, origin: str, heard: Heard) -> Result:
        now = clock.now()
        if heard.late:
            self._held[origin] = now + BREATHER
        if not heard.status:
            return Result(parcel, Outcome.AGAIN, heard.reason)
        outcome = outcome_of(heard.status)
        if outcome is Outcome.SENT:
            return Result(parcel, outcome)
        if outcome is Outcome.AGAIN and heard.asked is not None:
            self._held[origin] = now + min(heard.asked, timedelta(hours=1))
        return Result(parcel, outcome, f"{heard.status} {heard.reason}", heard.asked)
