"""Whose posting the board has paused, and ending a pause. One begins under what was reported."""

from engagement.pauses import actions, queries
from estate.language import N_, say
from estate.permissions import Permission
from web.routing import page
from web.visits import Answer, Visit


def pauses(visit: Visit) -> Answer:
    """Whose posting is paused, by whom, until when and why; and ending it."""
    found = queries.pauses(visit.session, visit.scope, visit.now)
    return visit.show("pauses/list.html", block="piece", pauses=found)


def pause_lift(visit: Visit) -> Answer:
    """End a pause before its time."""
    name = actions.lift(visit.session, visit.scope, visit.part("pause"), visit.now)
    flash = say(N_("{name} can post again, and has been told."), name=name)
    return visit.go("pauses", flash)


MODERATE = Permission.MODERATE

PAGES = [
    page("/moderation/pauses", pauses, allow=MODERATE),
    page("/moderation/pauses/{pause:int}/lift", pause_lift, allow=MODERATE, method="POST"),
]
