"""What the subjects below send and keep, listed for the pages; a test finds any that is missing."""

from collections.abc import Mapping

from estate.notifications.rules import NotificationKind
from estate.retention.rules import Retention

NOTIFICATION_KINDS: tuple[NotificationKind, ...] = ()
"""Every switch of `/me/notifications`, in the page's order."""

KIND: Mapping[str, NotificationKind] = {kind.name: kind for kind in NOTIFICATION_KINDS}

RETENTIONS: tuple[Retention, ...] = ()
"""Everything with a period, as `/privacy` lists it and the night erases it."""
