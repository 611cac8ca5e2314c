"""The desk: where caretakers and offices begin."""

from estate.permissions import Permission
from estate.substitutes.queries import local_notes
from web.navigation import desk as desk_places
from web.routing import page
from web.visits import Answer, Visit


def desk(visit: Visit) -> Answer:
    """Everything this person works with, each with what it is for; and what to know where."""
    notes = local_notes(visit.session, visit.scope_of(Permission.KEEP_LOCAL_NOTES))
    return visit.show(
        "desk/desk.html",
        places=desk_places(visit.house.templates.addresses, visit.reader),
        sections=[section for section in notes if section.written],
    )


PAGES = [page("/desk", desk, allow=Permission.USE_DESK)]
