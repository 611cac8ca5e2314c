"""Signing and retrying as Standard Webhooks has it, and the hash under which a key is known."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from estate.language import N_
from estate.retention.rules import Retention

CHANGES = Retention(
    kind="change",
    purpose=N_("What Opgang told the administration's system, so that it can be told again."),
    source=N_("Our own choice: a system away for longer asks for everything."),
    inner=True,
)

RESTORED = "opgang.restored"
"""The kind of change that says a backup was brought back."""

API_KEY, WEBHOOK = "api_key", "webhook"
"""What `erasures.log` calls a key that was closed, an address removed: `[number, made when]`."""

BEYOND = 1_000_000
"""More changes than one backup and the next can lie apart."""

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
"""Since when numbers after a restore count seconds; a column of 32 bits lasts until 2088."""

KEY_PREFIX = "opg_"
SECRET_PREFIX = "whsec_"  # noqa: S105 - how such a secret begins, not one of them

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each failed try (standardwebhooks.com, "Retry schedule")."""


def key_hash(key: str) -> str:
    """SHA-256 (hex) of an API key, which is random enough to need no more."""
    return hashlib.sha256(key.encode()).hexdigest()


def signature(secret: str, number: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: `v1,` and HMAC-SHA256 of `number.timestamp.body` in base64.

    `secret` is `whsec_` and base64; `timestamp` counts seconds since 1970.
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((number.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def pause_after(failures: int) -> timedelta | None:
    """How long to wait after so many failures in a row; None when it is time to give up."""
    return PAUSES[failures - 1] if failures <= len(PAUSES) else None


def address_allowed(address: str) -> bool:
    """Whether changes may be sent there: over https, or plain to this very machine."""
    parts = urlsplit(address)
    if parts.hostname is None or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _loopback(parts.hostname))


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
