"""What is told about private threads: that there is an answer, never what it says."""

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

PRIVATE_ANSWER = NotificationKind(
    "thread.answer", N_("Private answers"), receivers=Permission.READ_BOARD
)
NOTIFICATION_KINDS = (PRIVATE_ANSWER,)
