"""The desk: where caretakers and offices begin."""

from collections.abc import Mapping

from engagement.cases import queries as cases
from engagement.cases.queries import Desk, Filter
from engagement.tasks import queries as tasks
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.substitutes.queries import local_notes
from web.navigation import desk as desk_places
from web.routing import page
from web.task_words import since
from web.visits import Answer, Visit


def desk(visit: Visit) -> Answer:
    """Everything this person works with, each with what it is for; and what to know where."""
    may = visit.reader.may
    notes = local_notes(visit.session, visit.scope_of(Permission.KEEP_LOCAL_NOTES))
    working = visit.scope_of(Permission.DO_TASKS)
    running = tasks.running(visit.session, working) if working.sections else None
    return visit.show(
        "desk/desk.html",
        block="desk",
        places=desk_places(visit.house.templates.addresses, visit.reader),
        waiting=_waiting(visit) if may(Permission.HANDLE_CASES) else {},
        running=running,
        since=since,
        now=visit.now,
        sections=[section for section in notes if section.written],
    )


def _waiting(visit: Visit) -> Mapping[str, Message]:
    """What waits behind the first entries: residents' words, and what is to be done today."""
    desk = Desk(
        visit.scope_of(Permission.HANDLE_CASES), visit.scope_of(Permission.HANDLE_COMPLAINTS)
    )
    day = clock.local(visit.now).date()
    found = {
        "case_inbox": len(cases.inbox(visit.session, desk, Filter("", None, True, None, False))),
        "task_list": tasks.due_today(visit.session, visit.scope_of(Permission.DO_TASKS), day),
    }
    return {
        page: say(N_("{count} wait"), count=count)
        if count <= cases.SHOWN
        else say(N_("more than {count}"), count=cases.SHOWN)
        for page, count in found.items()
        if count
    }


PAGES = [page("/desk", desk, allow=Permission.USE_DESK)]
