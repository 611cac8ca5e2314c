"""The photos of posts, reached through their post only; and one more for a post that is up."""

from pathlib import Path

from starlette.responses import FileResponse, Response

from engagement.board import actions as board
from engagement.board import queries
from estate.language import N_, say
from estate.permissions import Permission
from estate.photos.queries import photo
from estate.refusals import Missing, Problems
from web.routing import Answer, Visit, page

SMALL = "480"


def post_photo(visit: Visit) -> Answer:
    """One photo of a post that this person may read; `?w=480` is the small one."""
    queries.post(visit.session, visit.scope, visit.part("post"), visit.now)
    found = photo(visit.session, board.OWNER, visit.part("post"), visit.part("n"))
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


def photo_add(visit: Visit) -> Answer:
    """One more photo on one's own post that is up already."""
    post = queries.own_post(visit.session, visit.scope, visit.part("post"), visit.now)
    if visit.problems:
        raise Problems(visit.problems)
    if not visit.form.pictures:
        raise Problems({"photos": say(N_("Choose a photo first."))})
    for picture in visit.form.pictures:
        board.add_photo(visit.session, visit.house.photos, post, picture)
    return visit.go("post_page", post=post.id)


WRITE = Permission.POST_ON_BOARD

PAGES = [
    page("/board/{post:int}/photos/{n:int}", post_photo, allow=Permission.READ_BOARD),
    page("/board/{post:int}/photos", photo_add, allow=WRITE, method="POST", once=True, photos=1),
]
