"""How a session begins, what codes look like, what a device is called."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Role
from estate.retention.rules import Retention


class Beginning(StrEnum):
    """How a session began. The last two were begun by somebody else and are trusted less."""

    INVITATION = "invitation"
    EMAIL = "email"
    PASSKEY = "passkey"
    OIDC = "oidc"
    DEMO = "demo"
    OFFICE = "office"
    COMMAND = "command"


UNTRUSTED = frozenset({Beginning.OFFICE, Beginning.COMMAND})
"""Begun by somebody else: less is open until the person confirms by an own channel."""


class Purpose(StrEnum):
    """What a one-time code is good for; it opens nothing else."""

    SIGN_IN = "sign_in"
    CONFIRM = "confirm"
    ADDRESS = "address"


IDENTITY = "oidc_identity"
"""What `erasures.log` calls a provider somebody no longer signs in by."""

SESSIONS = Retention(
    kind="session",
    purpose=N_("Devices that were signed in and codes that were sent, once they have run out."),
    source=N_("Our own choice: a month to ask how somebody came in."),
)

SIGN_INS = NotificationKind(
    "sign_in", N_("When somebody signs in as me or changes how I sign in"), fixed=True
)


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that could be read as a digit."""

CODE_LENGTH = 12
DIGITS = 6
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PARTING = re.compile(r"[\s\-–—.·_]+")


def token_hash(token: str) -> str:
    """SHA-256 (hex) of a long random token, for looking it up without keeping it."""
    return hashlib.sha256(token.encode()).hexdigest()


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


def plain_email(text: str) -> str:
    """An address as it is kept and compared."""
    return text.strip().lower()


def email_problem(text: str) -> Message | None:
    """What is wrong with an address, as far as one can see without writing to it."""
    name, at, host = plain_email(text).rpartition("@")
    if not text.strip():
        return say(N_("Write your e-mail address."))
    odd = any(c.isspace() or not c.isprintable() or c in '<>(),;:"[]\\' for c in text.strip())
    if odd or not (at and name and "." in host.strip(".")) or len(text) > 254 or "@" in name:
        return say(N_("That does not look like an e-mail address. It needs an @ and a dot."))
    return None


class DeviceName(NamedTuple):
    """Browser and device as people call them; empty where the browser does not say."""

    browser: str
    device: str


_BROWSERS = (
    ("SamsungBrowser/", "Samsung Internet"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
)
_DEVICES = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> DeviceName:
    """What a browser calls itself, in two words: `Safari`, `iPhone`."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    device = next((name for sign, name in _DEVICES if sign in user_agent), "")
    return DeviceName(browser, device)


def told_apart(names: Sequence[str]) -> list[str]:
    """First names of one household; where two are alike, each gets a number."""
    alike = {name for name in names if names.count(name) > 1}
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(f"{name} ({seen[name]})" if name in alike else name)
    return told


STAFF_ROLES = frozenset(
    {
        Role.CARETAKER,
        Role.OFFICE,
        Role.EDITOR,
        Role.PARTNER,
        Role.ORGANISATION,
        Role.AUDITOR,
    }
)


def lets_others_in(roles: frozenset[Role]) -> bool:
    """Whether a code that an office hands over or prints may let this person in.

    Never somebody who works here: a colleague's code would lend out the colleague's rights.
    """
    return not roles & STAFF_ROLES


def own_path(address: str) -> str:
    """Where to go after signing in: a path of this house, never another site."""
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address if inside and address.isprintable() and len(address) < 500 else "/"
