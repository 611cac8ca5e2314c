"""What one-time codes look like, how they are typed, and what each is good for."""

import hashlib
import hmac
import re
from enum import StrEnum


class Purpose(StrEnum):
    """What a one-time code is good for; it opens nothing else."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    ADDRESS = "address"


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that could be read as a digit."""

CODE_LENGTH = 12
DIGITS = 6
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PARTING = re.compile(r"[\s\-–—.·_]+")


def code_hash(key: bytes, *parts: str) -> str:
    """Keyed hash (HMAC-SHA256, hex) of a short code: useless without the installation's key."""
    return hmac.new(key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def typed_code(text: str) -> str:
    """A code as it is kept, however it was typed: `kx7m 2pqr-9twd` is `KX7M2PQR9TWD`."""
    return _PARTING.sub("", text).upper().translate(_MISREAD)


def typed_digits(text: str) -> str:
    """The digits of an e-mailed code, without what mail programs put between them."""
    return _PARTING.sub("", text)


def shown_code(code: str) -> str:
    """A code as it is printed, in groups of four: `KX7M-2PQR-9TWD`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
