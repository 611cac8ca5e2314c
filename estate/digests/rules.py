"""When the mail goes that gathers what no phone was told."""

from datetime import datetime, time, timedelta

from estate.notifications.rules import Digest

DIGEST_TIME = time(16)
DIGEST_WEEKDAY = 4  # Friday, while the office is open to answer
DIGEST_REACHES_BACK = timedelta(days=15)
"""Two weeks and a day: what was on its way to a phone at one weekly mail is told by the next."""


def last_digest_time(digest: Digest, local: datetime) -> datetime | None:
    """The latest moment at or before `local` at which this mail was to go; None for never."""
    if digest is Digest.NEVER:
        return None
    back = (local.weekday() - DIGEST_WEEKDAY) % 7 if digest is Digest.WEEKLY else 0
    day = local.date() - timedelta(days=back)
    moment = datetime.combine(day, DIGEST_TIME, local.tzinfo)
    if moment <= local:
        return moment
    earlier = day - timedelta(days=7 if digest is Digest.WEEKLY else 1)
    return datetime.combine(earlier, DIGEST_TIME, local.tzinfo)
