"""That the office hears of what stands past its time."""

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

OVERDUE = NotificationKind(
    "case.overdue",
    N_("What cannot wait and nobody answered, and visits nobody came to"),
    receivers=Permission.HANDLE_COMPLAINTS,
)
"""To the office: of those who handle cases, who handle complaints are no caretakers."""
