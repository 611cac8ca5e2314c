"""When a private thread is closed, and what is told of it: that there is an answer, never what."""

from enum import StrEnum

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

PRIVATE_ANSWER = NotificationKind(
    "thread.answer", N_("Private answers"), receivers=Permission.READ_BOARD
)
NOTIFICATION_KINDS = (PRIVATE_ANSWER,)


def thread_key(thread: int) -> str:
    """Under which merge key one hears of what is written in a thread."""
    return f"thread-{thread}"


class Closed(StrEnum):
    """Why nothing more is written in a thread; both can read it still."""

    BOARD = "board"
    POST = "post"
    HOME = "home"


def closed(*, hidden: bool, hangs: bool, tells_home: bool) -> Closed | None:
    """Why a thread is closed, or None while it is open.

    The board has closed it; its post has come down; or the name of one of the two is protected
    since, and going on where only the nearest write would go on telling where they live.
    """
    if hidden:
        return Closed.BOARD
    if not hangs:
        return Closed.POST
    return Closed.HOME if tells_home else None
