"""What a notification is called on a phone, and which push addresses are taken."""

import base64
import hashlib
from enum import Enum
from urllib.parse import urlsplit

from estate.language import N_
from estate.retention.rules import Retention

DEVICES = Retention(
    kind="device",
    purpose=N_("Where a browser is told, after its sign-in has run out; it is told nothing then."),
    source=N_("Our own choice: as long as the sign-in itself is remembered."),
)


def tag(person_key: str, merge_key: str) -> str:
    """What a notification is known by on a phone and at the push service (RFC 8030, 5.4: Topic)."""
    digest = hashlib.sha256(f"{person_key}\n{merge_key}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


PLAIN_PORTS = frozenset({None, 443})


def endpoint_allowed(endpoint: str, *, local: bool) -> bool:
    """Whether a browser's push address may be one: https at a named host, at most 1,000 letters.

    `local` installations, answering on this machine only, also take addresses of this machine.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if len(endpoint) > 1000 or parts.username or parts.password:
        return False
    if local and host in {"localhost", "127.0.0.1"}:
        return parts.scheme in {"http", "https"}
    named = "." in host and not host.replace(".", "").isdigit() and ":" not in host
    return parts.scheme == "https" and port in PLAIN_PORTS and named


def keys_allowed(p256dh: str, auth: str) -> bool:
    """Whether these are a browser's keys: an uncompressed P-256 point and sixteen bytes."""
    point, secret = _decoded(p256dh), _decoded(auth)
    return len(point) == 65 and point[0] == 4 and len(secret) == 16 and _on_curve(point)


P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def _on_curve(point: bytes) -> bool:
    """Whether y² = x³ - 3x + b on P-256 (FIPS 186-4, D.1.2.3)."""
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return (y * y - (x * x * x - 3 * x + P256_B)) % P256_PRIME == 0


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


class Outcome(Enum):
    """What became of one sending."""

    SENT = "sent"
    GONE = "gone"  # there is no such device any more
    AGAIN = "again"  # to be tried again later
    HELD = "held"  # not tried: its push service asked for patience
    REFUSED = "refused"  # trying again would not help


def outcome_of(status: int) -> Outcome:
    """What a push service's answer means (RFC 8030, 5 and 7.3).

    401 and 403 are about our key and may pass once it is put right; 400 and 413 will not.
    """
    if 200 <= status < 300:
        return Outcome.SENT
    if status in {404, 410}:
        return Outcome.GONE
    return Outcome.REFUSED if status in {400, 413} else Outcome.AGAIN
