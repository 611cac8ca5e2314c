"""What is fitted in one's own home, and where to shut off the water and the power."""

from collections.abc import Mapping
from typing import Any

from engagement.fittings import queries
from engagement.fittings.rules import FITTING
from estate.permissions import Permission
from estate.places.queries import office_of
from web.routing import page
from web.shown_photos import shown_photos
from web.visits import Answer, Visit


def my_home(visit: Visit) -> Answer:
    """The card of each home I live in, to be read only."""
    places = queries.own_places(visit.session, visit.scope)
    return visit.show(
        "me/home.html",
        homes=[
            {
                "place": place,
                "shut": queries.shutting_at(visit.session, place),
                "lines": [
                    _shown(visit, line) for line in queries.fittings_at(visit.session, place)
                ],
                "office": office_of(visit.session, place.section, visit.now),
            }
            for place in places
        ],
    )


def _shown(visit: Visit, line: queries.FittingLine) -> Mapping[str, Any]:
    def address(n: int) -> str:
        return visit.url_for("home_photo", fitting=line.id, n=n)

    return {
        "line": line,
        "kind": queries.kind_name(line.kind, visit.language),
        "photos": shown_photos(visit, FITTING, line.id, address),
    }


PAGES = [page("/me/home", my_home, allow=Permission.MANAGE_HOUSEHOLD)]
