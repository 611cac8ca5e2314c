"""What can be reported, what can be decided, and who is told."""

from datetime import timedelta
from enum import StrEnum

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission


class ReportedKind(StrEnum):
    """What can be reported to moderation."""

    POST = "post"
    COMMENT = "comment"
    THREAD = "thread"


class Decision(StrEnum):
    """What moderation decided."""

    KEPT = "kept"
    HIDDEN = "hidden"
    RESTORED = "restored"


MODERATED = NotificationKind(
    "moderation.decided", N_("What was decided about my posts and reports"), fixed=True
)
REPORTED = NotificationKind(
    "moderation.reported", N_("Something to moderate"), receivers=Permission.MODERATE
)
NOTIFICATION_KINDS = (MODERATED, REPORTED)

# How long Today tells of a decision, and of what its author answered.
FRESH = timedelta(days=14)

SUGGESTED_REASONS: tuple[str, ...] = (
    N_("It names a person who has not said yes to that."),
    N_("It is rude about somebody."),
    N_("It sells something for money, and the board is for neighbours helping each other."),
    N_("It is true and harmless, so it stays."),
)


def possible(hidden: bool) -> tuple[Decision, ...]:
    """The decisions that make sense for a thing as it stands; each needs a reason, also staying."""
    if hidden:
        return (Decision.RESTORED, Decision.HIDDEN)
    return (Decision.KEPT, Decision.HIDDEN)
