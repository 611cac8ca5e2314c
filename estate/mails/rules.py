"""How often sending is tried, and with which pauses."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from estate.language import N_
from estate.retention.rules import Retention

MAILS = Retention(
    kind="mail",
    purpose=N_("To whom a mail went and when, to find one that did not arrive."),
    source=N_("Our own choice: a month is enough to ask about a mail."),
)

OUTBOX_FILES = Retention(
    kind="outbox_file",
    purpose=N_("Mails and SMS kept as files, on a machine that has no server to send them."),
    source=N_("Our own choice: a week, to look whether they were right."),
)

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


def stamp(mail: int, created_at: datetime) -> str:
    """What a mail is called in its Message-ID, before the host; the same however often it goes."""
    return f"{mail}.{created_at:%Y%m%d%H%M%S}"
