"""What giving a letter is called, as a job and as what a household is told."""

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

GIVING_JOB = "give_letter"

LETTER = NotificationKind(
    "letter",
    N_("Letters to my household"),
    email=False,
    fixed=True,
    receivers=Permission.READ_LETTERS,
)
"""Its mail is the letter's own; a push only points to the page, and is never counted."""
