"""Privacy: what is kept, for what, and for how long."""

from estate.language import say
from estate.permissions import Permission
from web.kinds import KEPT
from web.routing import Answer, Visit, page


def privacy(visit: Visit) -> Answer:
    """Every period, from the same list the night erases by."""
    periods = [
        (say(kept.retention.purpose), kept.retention.days, say(kept.retention.source))
        for kept in KEPT
    ]
    return visit.show("privacy/privacy.html", periods=periods)


PAGES = [page("/privacy", privacy, allow=Permission.VISIT)]
