"""Where something stands that is to be sent, how often that is tried, and with which pauses."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from estate.language import N_
from estate.retention.rules import Retention

OUTBOX_FILES = Retention(
    kind="outbox_file",
    purpose=N_("Mails and SMS kept as files, on a machine that has no server to send them."),
    source=N_("Our own choice: a week, to look whether they were right."),
    inner=True,
)

LEASE = timedelta(seconds=120)
"""How long what was claimed is its sender's; longer than one sending may take."""

ATTEMPTS = 7
"""Tries before one gives up: with these pauses about nine hours."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
LONGEST_ASKED = timedelta(hours=24)


def back_off(attempts: int, asked: timedelta | None = None) -> timedelta:
    """The pause after so many failed tries: 30 s, 2 min, 8 min … 6 h, or longer where asked.

    `asked` is the other side's Retry-After; more than a day is not believed.
    """
    own: timedelta = min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** (attempts - 1))
    return own if asked is None else max(own, min(asked, LONGEST_ASKED))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What Retry-After says (RFC 9110, 10.2.3: seconds or an HTTP date); None when unreadable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=int(text[:9]))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), until.astimezone(UTC) - now)


class OutboxState(StrEnum):
    """Where something stands that is to be sent. A newer one about the same may replace it."""

    WAITING = "waiting"
    SENT = "sent"
    REPLACED = "replaced"
    GIVEN_UP = "given_up"


def ended(state: OutboxState, now: datetime) -> dict[str, Any]:
    """What a row says, by column, that nobody will try again."""
    return {"state": state, "done_at": now, "leased_until": None}


def put_off(due: datetime, trouble: str) -> dict[str, Any]:
    """What a row says, by column, that is tried again from a moment on."""
    return {"due_at": due, "leased_until": None, "trouble": shortened(trouble)}


def shortened(trouble: str) -> str:
    """As much as is kept of what the other side says."""
    return trouble[:300]
