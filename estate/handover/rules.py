"""How rows are written as JSON lines, and the tables that stay behind, each with its reason."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any

FORMAT = 1
ABOUT = "about.json"

LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "alembic_version": "the schema's own; about.json has it",
        "api_key": "opens this installation only",
        "card": "its code and PIN are hashed under this installation's secret",
        "challenge": "opens this installation only",
        "change": "already told to the administration's system",
        "delivery": "on its way to a device of this installation",
        "device": "agreed to be told by this installation's keys",
        "duty": "this installation's own work",
        "installation": "about this installation",
        "invitation": "its code is hashed under this installation's secret",
        "invitation_use": "belongs to an invitation",
        "job": "this installation's own work",
        "lease": "this installation's own work",
        "left_file": "files nobody refers to",
        "letter_mail": "belongs to a mail",
        "letter_sms": "belongs to an SMS",
        "mail": "on its way from this installation",
        "night_count": "counts what the nights of this installation erased",
        "notice_told": "counts what this installation has told",
        "notification": "already told to its reader",
        "oidc_identity": "known to this installation's identity provider only",
        "passkey": "bound to this installation's address",
        "print_file": "letters are laid out anew",
        "session": "opens this installation only",
        "sign_in_code": "opens this installation only",
        "stale_block": "this installation's own work",
        "submission": "receipts for phones that sent to this installation",
        "text_message": "on its way from this installation",
        "tries": "counts guesses at this installation's door",
        "webhook": "holds a secret of this installation",
    }
)


def as_json(value: Any) -> Any:
    """A database value as JSON has it: days, times and moments (UTC) in ISO 8601."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date | time) else value


def from_json(value: Any, kind: type) -> Any:
    """A JSON value as the database wants it; `kind` is the column's Python type."""
    if value is None or not isinstance(value, str):
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return time.fromisoformat(value) if kind is time else value
