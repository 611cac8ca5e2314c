"""Privacy: who answers for it, what is kept, for what, and for how long."""

from estate import clock
from estate.language import say
from estate.permissions import Permission
from estate.retention.queries import days_kept
from web.answering import own_controllers, own_offices
from web.kinds import KEPT
from web.routing import page
from web.visits import Answer, Visit


def privacy(visit: Visit) -> Answer:
    """Every period, from the same list the night erases by; and whom to ask or complain to."""
    today = clock.local(visit.now).date()
    periods = [
        (say(kind.purpose), days_kept(kind, today), say(kind.source))
        for kind in (kept.retention for kept in KEPT)
    ]
    return visit.show(
        "privacy/privacy.html",
        periods=periods,
        controllers=own_controllers(visit),
        offices=own_offices(visit),
    )


PAGES = [page("/privacy", privacy, allow=Permission.VISIT)]
