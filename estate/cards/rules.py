"""What PIN is good enough, how it is kept, and when a card opens."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from enum import StrEnum

from estate.language import N_, Message, say
from estate.retention.rules import Retention

CARDS = Retention(
    kind="card",
    purpose=N_("Household cards that no longer open anything, while somebody may ask about them."),
    source=N_("Our own choice: a season to ask who made a card, and when."),
)

LEAST_DIGITS, MOST_DIGITS = 4, 8
_PIN = re.compile(rf"[0-9]{{{LEAST_DIGITS},{MOST_DIGITS}}}")
_RUNS = ("0123456789012", "9876543210987")


class CardState(StrEnum):
    """Where a card stands when somebody comes with it."""

    NEW = "new"  # whoever has it chooses the PIN
    READY = "ready"
    LOCKED = "locked"


def typed_pin(text: str) -> str:
    """The digits of a PIN, without spaces, in anybody's digits."""
    bare = "".join(text.split())
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in bare)


def pin_problem(pin: str) -> Message | None:
    """Why somebody cannot choose this PIN, or None. A card bears a few wrong tries only."""
    if not _PIN.fullmatch(pin):
        return say(N_("Choose {least} to {most} digits."), least=LEAST_DIGITS, most=MOST_DIGITS)
    if len(set(pin)) == 1 or any(pin in run for run in _RUNS):
        return say(N_("That PIN is easy to guess. Choose digits that do not follow each other."))
    return None


def choice_problems(pin: str, again: str) -> dict[str, Message]:
    """What is wrong with a PIN as it was chosen, written twice: field → what to do."""
    if (problem := pin_problem(pin)) is not None:
        return {"pin": problem}
    if again != pin:
        return {"again": say(N_("The two are not the same. Write the same digits in both."))}
    return {}


def pin_hash(key: bytes, pin: str, salt: bytes | None = None) -> str:
    """A PIN as it is kept: scrypt of its keyed hash, with a salt of its own (RFC 7914).

    Ten thousand PINs are soon tried: without the installation's key the hash tells nothing, and
    with it each try still costs 16 MB and some hundredths of a second.
    """
    salt = salt or secrets.token_bytes(16)
    keyed = hmac.new(key, b"card-pin\n" + pin.encode(), hashlib.sha256).digest()
    made = hashlib.scrypt(keyed, salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"{salt.hex()}${made.hex()}"


def pin_right(key: bytes, pin: str, kept: str) -> bool:
    """Whether this is the PIN behind a kept hash."""
    salt = bytes.fromhex(kept.partition("$")[0])
    return hmac.compare_digest(pin_hash(key, pin, salt), kept)
