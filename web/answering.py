"""Who answers for a reader's home: the organisations that own it, and the offices that serve it."""

from collections.abc import Sequence

from estate.places.queries import OfficeLine, controllers, office_of, offices
from web.arriving import FEW_OFFICES
from web.visits import Visit


def own_controllers(visit: Visit) -> Sequence[str]:
    """The names of the reader's organisations; none for somebody nobody knows."""
    reader = visit.maybe_reader
    organisations = {one for s in reader.standings for one in s.organisations} if reader else set()
    return controllers(visit.session, organisations)


def own_offices(visit: Visit) -> Sequence[OfficeLine]:
    """Those of the reader's homes; for anybody else all, where they are few."""
    reader = visit.maybe_reader
    homes = [s for s in reader.standings if s.home is not None] if reader else []
    own = {section for standing in homes for section in standing.sections}
    if not own:
        return offices(visit.session, visit.now, FEW_OFFICES)
    found = (office_of(visit.session, section, visit.now) for section in sorted(own))
    return list({office.id: office for office in found if office is not None}.values())
