"""What the pages know of passkeys; the ceremonies themselves are slow to load, and seldom held."""

import importlib
from types import ModuleType
from typing import NamedTuple


class RelyingParty(NamedTuple):
    """Whom a passkey is for: the host's name, and the origins its pages come from."""

    host: str
    origins: list[str]


class NewKey(NamedTuple):
    """A passkey that a browser just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class NoPasskey(Exception):
    """The browser's answer is not what was asked for; the reason is for the log."""


def ceremonies() -> ModuleType:
    """`web.ceremonies`, loaded when the first passkey is made or shown."""
    return importlib.import_module("web.ceremonies")
