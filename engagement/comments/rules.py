"""Who hears of an answer, and what one that was taken back is called."""

from engagement.board.rules import READERS
from estate.language import N_
from estate.notifications.rules import NotificationKind

OWN_COMMENTS = NotificationKind("board.comment", N_("Answers to my posts"), receivers=READERS)
FOLLOWED_COMMENTS = NotificationKind(
    "board.followed", N_("Answers where I have answered too"), push=False, receivers=READERS
)
NOTIFICATION_KINDS = (OWN_COMMENTS, FOLLOWED_COMMENTS)

TAKEN_BACK = "comment"
"""What `erasures.log` calls an answer that its author took back."""


def answers_key(post: int) -> str:
    """Under which merge key one hears of the answers to a post."""
    return f"comment-{post}"
