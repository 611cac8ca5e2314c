"""What a notification is called on a phone, and which push addresses are taken."""

import base64
import hashlib
from urllib.parse import urlsplit


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
    return len(point) == 65 and point[0] == 4 and len(secret) == 16


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
