"""For how long mails are kept, and what one is called."""

from datetime import datetime

from estate.language import N_
from estate.retention.rules import Retention

MAILS = Retention(
    kind="mail",
    purpose=N_("To whom a mail went and when, to find one that did not arrive."),
    source=N_("Our own choice: a month is enough to ask about a mail."),
)


def stamp(mail: int, created_at: datetime) -> str:
    """What a mail is called in its Message-ID, before the host; the same however often it goes."""
    return f"{mail}.{created_at:%Y%m%d%H%M%S}"
