"""For how long posting can be paused, who is told, and how long that is kept."""

from dataclasses import dataclass

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.retention.rules import Retention

DAYS = (7, 14, 30, 90)

PAUSED = NotificationKind("board.paused", N_("When my posting is paused"), fixed=True)
NOTIFICATION_KINDS = (PAUSED,)

PAUSES = Retention(
    kind="posting_pause",
    purpose=N_("Whose posting was paused and why, so that a board can see what it did before."),
    source=N_("Our own choice: as long as the posts that led to it."),
)


@dataclass(frozen=True, slots=True)
class Pausing:
    """Whose posting the board pauses in which section, under which name, why and for how long."""

    person: int
    section: int
    shown_name: str
    reason: str
    language: str
    days: int
