"""Photos, reached through what they show only: a post, a thing on a card."""

from pathlib import Path

from starlette.responses import FileResponse, Response

from engagement.board import actions as board
from engagement.board import queries
from engagement.cases import queries as cases
from engagement.cases.queries import Desk
from engagement.cases.rules import ENTRY, OWNER
from engagement.fittings import queries as fittings
from engagement.fittings.rules import FITTING
from engagement.guides import queries as guides
from engagement.guides.rules import OWNER as GUIDE
from engagement.moderation import queries as moderation
from engagement.moderation.rules import ReportedKind
from engagement.tasks import queries as tasks
from engagement.tasks.rules import ENTRY as TASK_ENTRY
from estate.permissions import Permission
from estate.photos.queries import photo
from estate.refusals import Missing
from web.routing import page
from web.shown_photos import SMALL
from web.visits import Answer, Visit


def post_photo(visit: Visit) -> Answer:
    """One photo of a post that this person may read; `?w=480` is the small one."""
    queries.post(visit.session, visit.scope, visit.part("post"), visit.now)
    return _picture(visit, board.OWNER, visit.part("post"))


def reported_photo(visit: Visit) -> Answer:
    """One photo of a reported post, to whoever decides about it, hidden or not."""
    report = moderation.report(visit.session, visit.scope, visit.part("report"))
    if report.thing_kind is not ReportedKind.POST:
        raise Missing
    return _picture(visit, board.OWNER, report.post_id)


def fitting_photo(visit: Visit) -> Answer:
    """One photo of a thing on a card, to whoever keeps the card."""
    return _fitted(visit)


def home_photo(visit: Visit) -> Answer:
    """One photo of a thing in one's own home."""
    return _fitted(visit)


def case_photo(visit: Visit) -> Answer:
    """One photo of a report, to the household whose it is."""
    if not cases.to_read(visit.session, visit.scope, visit.part("case")).own:
        raise Missing
    return _picture(visit, OWNER, visit.part("case"))


def case_entry_photo(visit: Visit) -> Answer:
    """One photo of a line, to whoever reads the line."""
    case, entry = visit.part("case"), visit.part("entry")
    if not cases.entry_of(visit.session, visit.scope, case, entry):
        raise Missing
    return _picture(visit, ENTRY, entry)


def desk_case_photo(visit: Visit) -> Answer:
    """One photo of a report, to whoever handles it."""
    cases.to_handle(visit.session, _desk(visit), visit.part("case"))
    return _picture(visit, OWNER, visit.part("case"))


def desk_case_entry_photo(visit: Visit) -> Answer:
    """One photo of a line, to whoever handles the case."""
    case, entry = visit.part("case"), visit.part("entry")
    if not cases.entry_handled(visit.session, _desk(visit), case, entry):
        raise Missing
    return _picture(visit, ENTRY, entry)


def _desk(visit: Visit) -> Desk:
    return Desk(visit.scope, visit.scope_of(Permission.HANDLE_COMPLAINTS))


def task_photo(visit: Visit) -> Answer:
    """One photo of a line of a task, to whoever does tasks there."""
    task, entry = visit.part("task"), visit.part("entry")
    if not tasks.entry_of(visit.session, visit.scope, task, entry):
        raise Missing
    return _picture(visit, TASK_ENTRY, entry)


def guide_photo(visit: Visit) -> Answer:
    """One photo of a guide, to whoever does tasks in its organisation."""
    guides.guide(visit.session, visit.scope, visit.part("guide"))
    return _picture(visit, GUIDE, visit.part("guide"))


def _fitted(visit: Visit) -> Response:
    if fittings.fitting(visit.session, visit.scope, visit.part("fitting")) is None:
        raise Missing
    return _picture(visit, FITTING, visit.part("fitting"))


def _picture(visit: Visit, owner_kind: str, owner: int) -> Response:
    found = photo(visit.session, owner_kind, owner, visit.part("n"))
    if found is None:
        raise Missing
    store, small = visit.house.photos, visit.asked("w") == SMALL
    path = store.small_path(found.digest) if small else store.path(found.digest)
    return private_file(visit, path, f'"{found.digest[:24]}{"-s" if small else ""}"')


def private_file(visit: Visit, path: Path, etag: str) -> Response:
    """A picture for this reader alone: kept by the browser, asked for anew each time."""
    headers = {"Cache-Control": "private, no-cache", "ETag": etag, "Vary": "Cookie"}
    if visit.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if not path.exists():
        raise Missing
    return FileResponse(path, headers=headers, media_type="image/webp")


PAGES = [
    page("/board/{post:int}/photos/{n:int}", post_photo, allow=Permission.READ_BOARD),
    page("/faults/{case:int}/photos/{n:int}", case_photo, allow=Permission.READ_CASES),
    page(
        "/faults/{case:int}/lines/{entry:int}/photos/{n:int}",
        case_entry_photo,
        allow=Permission.READ_CASES,
    ),
    page("/desk/faults/{case:int}/photos/{n:int}", desk_case_photo, allow=Permission.HANDLE_CASES),
    page(
        "/desk/faults/{case:int}/lines/{entry:int}/photos/{n:int}",
        desk_case_entry_photo,
        allow=Permission.HANDLE_CASES,
    ),
    page(
        "/desk/tasks/{task:int}/lines/{entry:int}/photos/{n:int}",
        task_photo,
        allow=Permission.DO_TASKS,
    ),
    page("/desk/guides/{guide:int}/photos/{n:int}", guide_photo, allow=Permission.DO_TASKS),
    page("/moderation/{report:int}/photos/{n:int}", reported_photo, allow=Permission.MODERATE),
    page(
        "/desk/fittings/{fitting:int}/photos/{n:int}", fitting_photo, allow=Permission.KEEP_FITTINGS
    ),
    page("/me/home/{fitting:int}/photos/{n:int}", home_photo, allow=Permission.MANAGE_HOUSEHOLD),
]
