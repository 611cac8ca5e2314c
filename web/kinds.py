"""What the subjects below tell, keep and do, listed once; a test finds any that is missing."""

from collections.abc import Mapping

from engagement.board import actions as board
from engagement.board import rules as board_rules
from engagement.moderation import rules as moderation_rules
from engagement.threads import rules as thread_rules
from estate.audit import actions as audit
from estate.audit.rules import DEEDS
from estate.jobs import actions as jobs
from estate.jobs.actions import JobKind
from estate.jobs.rules import JOBS
from estate.mails import actions as mails
from estate.mails.rules import MAILS
from estate.notifications import actions as notifications
from estate.notifications.rules import NOTIFICATIONS, TEST, NotificationKind
from estate.retention.actions import Kept
from estate.submissions import actions as submissions
from estate.submissions.rules import SUBMISSIONS

NOTIFICATION_KINDS: tuple[NotificationKind, ...] = (
    *thread_rules.NOTIFICATION_KINDS,
    *board_rules.NOTIFICATION_KINDS,
    *moderation_rules.NOTIFICATION_KINDS,
    TEST,
)
"""Every kind of notification, in the order of `/me/notifications`."""

KIND: Mapping[str, NotificationKind] = {kind.name: kind for kind in NOTIFICATION_KINDS}

KEPT: tuple[Kept, ...] = (
    Kept(
        board_rules.POSTS,
        forget=board.forget,
        erase=board.erase,
        tables=(
            "post",
            "wording",
            "comment",
            "attendance",
            "thread",
            "thread_message",
            "report",
            "ruling",
        ),
    ),
    Kept(
        NOTIFICATIONS,
        forget=notifications.forget,
        erase=notifications.erase,
        tables=("notification", "delivery"),
    ),
    Kept(MAILS, forget=mails.forget, erase=mails.erase, tables=("mail",)),
    Kept(SUBMISSIONS, forget=submissions.forget, erase=submissions.erase, tables=("submission",)),
    Kept(JOBS, forget=jobs.forget, erase=jobs.erase, tables=("job",)),
    Kept(DEEDS, forget=audit.forget, erase=audit.erase, tables=("deed",)),
)
"""Everything with a period, as `/privacy` lists it and the night erases it."""

JOB_KINDS: tuple[JobKind, ...] = ()
"""Every kind of long work."""

JOB_KIND: Mapping[str, JobKind] = {kind.name: kind for kind in JOB_KINDS}
