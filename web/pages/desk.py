"""The desk: where caretakers and offices begin."""

from estate.permissions import Permission
from web.navigation import desk as desk_places
from web.routing import page
from web.visits import Answer, Visit


def desk(visit: Visit) -> Answer:
    """Everything this person works with, each with what it is for."""
    return visit.show(
        "desk/desk.html", places=desk_places(visit.house.templates.addresses, visit.reader)
    )


PAGES = [page("/desk", desk, allow=Permission.USE_DESK)]
