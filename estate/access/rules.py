"""How long a way in lasts, how often it may be tried, and what a code looks like."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

SESSION_LASTS = timedelta(days=365)
"""A session on a person's own phone, unless revoked."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` in a window of `seconds`."""

    tries: int
    seconds: int


LIMITS: Mapping[str, Limit] = {
    "code": Limit(10, 900),
    "address": Limit(5, 900),
    "network": Limit(60, 900),
    "counter": Limit(20, 3600),
}
"""Throttles by what is counted: one code's letter, one address, one network, one office person."""


def token_hash(token: str) -> str:
    """SHA-256 (hex) of a long random token, for looking it up without keeping it."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_hash(key: bytes, code: str) -> str:
    """Keyed hash (HMAC-SHA256, hex) of a short code: useless without the installation's key."""
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()
