"""Reading what a mail server says of a mail that it could not deliver (RFC 3464)."""

import itertools
from collections.abc import Iterator
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from typing import NamedTuple

FAILED = "failed"
"""The action that is final; a mail that is delayed, relayed or expanded is still on its way."""


class Bounce(NamedTuple):
    """Which mail came back, by its Message-ID without the brackets, and why (status and words)."""

    message_id: str
    why: str


def read_bounce(raw: bytes) -> Bounce | None:
    """The mail that a delivery status notification says has failed; None for any other mail."""
    report = message_from_bytes(raw, policy=policy.default)
    if report.get_content_type() != "multipart/report":
        return None
    parts = [part for part in report.iter_parts() if isinstance(part, EmailMessage)]
    why = next((_why(fields) for fields in _recipients(parts) if _failed(fields)), None)
    told = next((found for part in parts if (found := _message_id(part))), "")
    return Bounce(told, why) if told and why is not None else None


def _recipients(parts: list[EmailMessage]) -> Iterator[Message]:
    """The fields about each recipient: the first group of a report is about the mail itself."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            yield from itertools.islice(part.iter_parts(), 1, None)


def _failed(fields: Message) -> bool:
    return str(fields.get("Action", "")).strip().lower() == FAILED


def _why(fields: Message) -> str:
    said = (str(fields.get(name, "")) for name in ("Status", "Diagnostic-Code"))
    return " ".join(" ".join(said).split())


def _message_id(part: EmailMessage) -> str:
    """The Message-ID of the mail that a report gives back, whole or its headers alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        returned: Message | None = next(part.iter_parts(), None)
    elif kind == "text/rfc822-headers":
        returned = message_from_string(str(part.get_content()), policy=policy.default)
    else:
        return ""
    return str(returned.get("Message-ID", "")).strip().strip("<>") if returned else ""
