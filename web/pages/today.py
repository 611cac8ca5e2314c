"""Today: what needs me now, most urgent first. Each subject adds its card here."""

from estate.permissions import Permission
from web.routing import Answer, Visit, page


def today(visit: Visit) -> Answer:
    """The first page of everybody who is signed in."""
    return visit.show("today/today.html", block="cards", cards=[])


PAGES = [page("/", today, allow=Permission.OWN_PAGES, inline=True)]
