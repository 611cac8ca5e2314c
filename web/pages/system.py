"""Pages that belong to no subject: language, health."""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

from estate.language import LANGUAGES
from estate.permissions import Permission
from estate.refusals import Missing
from web.routing import Answer, Cookie, Go, Visit, page

A_YEAR = 365 * 24 * 3600


def language_choose(visit: Visit) -> Answer:
    """Speak this language from now on in this browser, and go back to where one came from."""
    tag = visit.part("tag")
    if tag not in LANGUAGES:
        raise Missing
    came_from = urlsplit(visit.request.headers.get("referer", ""))
    own = came_from.hostname == visit.request.url.hostname
    back = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return Go(back if own else "/", cookies=(Cookie("language", tag, A_YEAR),))


def healthz(visit: Visit) -> Answer:
    """Whether the process answers."""
    return PlainTextResponse("ok\n")


PAGES = [
    page("/languages/{tag}", language_choose, allow=Permission.VISIT),
    page("/healthz", healthz, allow=Permission.VISIT),
]
