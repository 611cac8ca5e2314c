"""My own pages: language, notifications, devices."""

from estate.permissions import Permission
from web.routing import Answer, Visit, page


def me(visit: Visit) -> Answer:
    """My own page."""
    return visit.show("me/me.html")


PAGES = [page("/me", me, allow=Permission.OWN_PAGES)]
