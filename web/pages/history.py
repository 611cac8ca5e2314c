"""What I wrote here: mine to read also when I have moved out, for as long as I reach my data."""

from engagement.history import queries
from estate.permissions import Permission, Role
from web.routing import page
from web.visits import Answer, Visit


def history(visit: Visit) -> Answer:
    """My posts, answers and private conversations, to be read only."""
    return visit.show(
        "me/history.html",
        posts=queries.own_posts(visit.session, visit.scope),
        answers=queries.own_answers(visit.session, visit.scope),
        threads=queries.own_threads(visit.session, visit.scope),
        moved_out=Role.RESIDENT not in visit.reader.roles(),
        most=queries.SHOWN,
    )


PAGES = [page("/me/history", history, allow=Permission.OWN_HISTORY)]
