"""Privacy: who answers for it, what is kept, for what, and for how long."""

from collections.abc import Sequence

from estate import clock
from estate.language import say
from estate.permissions import Permission
from estate.places.queries import OfficeLine, controllers, office_of, offices
from estate.retention.queries import days_kept
from web.arriving import FEW_OFFICES
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
    reader = visit.maybe_reader
    organisations = {one for s in reader.standings for one in s.organisations} if reader else set()
    return visit.show(
        "privacy/privacy.html",
        periods=periods,
        controllers=controllers(visit.session, organisations),
        offices=_offices(visit),
    )


def _offices(visit: Visit) -> Sequence[OfficeLine]:
    """Those of the reader's homes; for anybody else all, where they are few."""
    reader = visit.maybe_reader
    homes = [s for s in reader.standings if s.home is not None] if reader else []
    own = {section for standing in homes for section in standing.sections}
    if not own:
        return offices(visit.session, visit.now, FEW_OFFICES)
    found = (office_of(visit.session, section, visit.now) for section in sorted(own))
    return list({office.id: office for office in found if office is not None}.values())


PAGES = [page("/privacy", privacy, allow=Permission.VISIT)]
