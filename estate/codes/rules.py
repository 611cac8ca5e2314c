"""What one-time codes look like, how they are typed, and what each is good for."""

import hashlib
import hmac
import re
import unicodedata
from enum import StrEnum

from estate.language import N_, Message, say
from estate.people.rules import email_problem, plain_email
from estate.texts.rules import e164, phone_problem


class Purpose(StrEnum):
    """What a one-time code is good for; it opens nothing else."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    ADDRESS = "address"
    NUMBER = "number"


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that could be read as a digit."""

EMAIL = "email"
"""What `erasures.log` calls an address somebody no longer uses: in an older backup it still is."""

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
    """The digits of a code that was sent, without what programs put between, in any script."""
    bare = _PARTING.sub("", text)
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in bare)


def is_number(address: str) -> bool:
    """Whether a code goes to a phone number: no e-mail address is without an @."""
    return "@" not in address


def plain_address(text: str) -> str:
    """An e-mail address or a phone number as it is kept and compared; empty for no number."""
    return (e164(text) or "") if is_number(text) else plain_email(text)


def address_problem(text: str) -> Message | None:
    """What is wrong with what somebody typed where an address or a number will do."""
    if not text.strip():
        return say(N_("Write your e-mail address or your phone number."))
    numeric = is_number(text) and any(c.isdecimal() for c in text)
    return phone_problem(text) if numeric else email_problem(text)


def code_line(host: str, digits: str) -> str:
    """The last line of an SMS by which a phone offers the code on our pages only (WebOTP)."""
    return f"@{host} #{digits}"


def shown_code(code: str) -> str:
    """A code as it is printed, in groups of four: `KX7M-2PQR-9TWD`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
