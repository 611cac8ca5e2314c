"""How a session begins, whom others may let in, what a device is called."""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Role
from estate.retention.rules import Retention


class Beginning(StrEnum):
    """How a session began. The last four began with what somebody else made: trusted less.

    `borrowed` is the household card, too, on a device that is not one's own.
    """

    INVITATION = "invitation"
    EMAIL = "email"
    SMS = "sms"
    PASSKEY = "passkey"
    OIDC = "oidc"
    DEMO = "demo"
    CARD = "card"
    BORROWED = "borrowed"
    OFFICE = "office"
    COMMAND = "command"


BY_CARD = frozenset({Beginning.CARD, Beginning.BORROWED})
UNTRUSTED = BY_CARD | {Beginning.OFFICE, Beginning.COMMAND}
"""Begun by what others made: less is open until the person confirms by an own channel. Once that
is done with a household card in hand, sessions begun with the card are confirmed from the start."""

LET_IN: Mapping[Beginning, tuple[str, str]] = {
    **dict.fromkeys(
        (Beginning.OFFICE, Beginning.COMMAND),
        (
            N_("Signed in with a link from the office"),
            N_(
                "Somebody signed in as you with a link the office made. "
                "Was it not you? Sign it out."
            ),
        ),
    ),
    **dict.fromkeys(
        BY_CARD,
        (
            N_("Signed in with your household card"),
            N_(
                "Somebody signed in as you with your card and PIN. Was it not you? Tell the office."
            ),
        ),
    ),
}
"""What one's other devices are told when a session begins that nobody has confirmed yet."""


SESSIONS = Retention(
    kind="session",
    purpose=N_("Devices that were signed in and codes that were sent, once they have run out."),
    source=N_("Our own choice: a month to ask how somebody came in."),
)

FORMER_SIGN_INS = Retention(
    kind="former_sign_in",
    purpose=N_("The devices on which somebody is signed in who has moved out."),
    source=N_("Our own choice: as long as one still reaches what is one’s own."),
)

SIGN_INS = NotificationKind(
    "sign_in", N_("When somebody signs in as me or changes how I sign in"), fixed=True
)


def token_hash(token: str) -> str:
    """SHA-256 (hex) of a long random token, for looking it up without keeping it."""
    return hashlib.sha256(token.encode()).hexdigest()


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
