"""Service messages as residents read them: what holds, what comes, what was, and each one."""

from collections.abc import Sequence

from engagement.notices import queries
from engagement.notices.queries import NoticeView
from engagement.notices.rules import reach
from estate.permissions import Permission
from web.notices import Shown, before, shown
from web.routing import page
from web.visits import Answer, Visit

READ = Permission.READ_NOTICES


def notice_list(visit: Visit) -> Answer:
    """Service messages for where I live or serve: those that hold, those that come, the last."""
    found = queries.listing(visit.session, visit.scope, visit.now)
    return visit.show(
        "notices/list.html",
        block="notices",
        holding=_shown(visit, found.holding),
        coming=_shown(visit, found.coming),
        past=_shown(visit, found.past),
        at_home=bool(reach(visit.scope).stairwells),
    )


def _shown(visit: Visit, found: Sequence[NoticeView]) -> list[Shown]:
    speeches = visit.house.templates.speeches
    return [shown(speeches, one, visit.language, visit.now) for one in found]


def notice_page(visit: Visit) -> Answer:
    """One service message in my language, the Danish a tap away, and what it said before."""
    session, number = visit.session, visit.part("notice")
    found = queries.notice(session, visit.scope, number)
    speeches = visit.house.templates.speeches
    earlier = queries.earlier(session, number) if found.version > 1 else ()
    return visit.show(
        "notices/notice.html",
        block="piece",
        message=shown(speeches, found, visit.language, visit.now),
        earlier=before(speeches, earlier, found.place, visit.language),
        at_home=bool(reach(visit.scope).stairwells),
        may_change=visit.reader.may(Permission.WRITE_NOTICES)
        and queries.may_change(session, visit.scope_of(Permission.WRITE_NOTICES), number),
    )


PAGES = [
    page("/notices", notice_list, allow=READ),
    page("/notices/{notice:int}", notice_page, allow=READ),
]
