"""The application as one expression: routes joined, doors around them, errors as pages."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import cache

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from typing_extensions import override

from estate.database import Database
from estate.files.store import FILES, PHOTOS, PdfStore
from estate.language import N_, Message, say
from estate.photos.store import Store
from estate.refusals import Forbidden, Gone, Missing, Problems, Refusal, Refused, TooMany
from estate.retention.log import ErasureLog
from estate.settings import Settings
from web.answers import page_frame, told_reader
from web.api import API
from web.api.open311 import OPEN311, told
from web.arriving import sign_in_values
from web.catalogues import speeches
from web.live import Hub, live_socket
from web.middleware import Door
from web.pages import PAGES
from web.readers import Readers
from web.remembered import Drawn, Remembered
from web.routing import speak
from web.templating import STATIC, Addresses, Templates
from web.vacant import Vacant
from web.visits import House, SignInNeeded
from web.worker import Worker

WORDS: dict[int, Message] = {
    400: say(N_("We could not read that.")),
    403: say(N_("You do not have access to this page.")),
    404: say(N_("There is nothing here.")),
    405: say(N_("This page cannot be used in that way.")),
    408: say(N_("It took too long to arrive. Try again where the connection is better.")),
    413: say(N_("That was too large to send.")),
    421: say(N_("This address is not served here.")),
    500: say(N_("Something went wrong here. It is written down, and we will look at it.")),
}


class LastingFiles(StaticFiles):
    """Static files whose address names their content, so a browser may keep them for good."""

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = b"v=" in scope.get("query_string", b"")
        kept = "public, max-age=31536000, immutable" if versioned else "public, max-age=3600"
        response.headers["Cache-Control"] = kept
        return response


ROUTES: Sequence[BaseRoute] = (
    *PAGES,
    *API,
    WebSocketRoute("/live", live_socket),
    Mount("/static", LastingFiles(directory=STATIC), name="static"),
)


@cache
def templates() -> Templates:
    """What pages are made of; half a second's work, and the same for all applications."""
    return Templates(Addresses(ROUTES), speeches())


def create_app(
    settings: Settings,
    database: Database | None = None,
    *,
    demo: bool = False,
    vacant: bool = False,
) -> Starlette:
    """The whole house behind one ASGI application; `vacant` when no estate is in it yet."""
    data = database or Database(settings.database_url)
    hub = Hub(data, settings)
    house = House(
        settings=settings,
        database=data,
        templates=templates(),
        photos=Store(settings.data / PHOTOS),
        files=PdfStore(settings.data / FILES),
        erasures=ErasureLog(settings.erasure_log),
        readers=Readers(data),
        remembered=Remembered(),
        drawn=Drawn(),
        key=settings.key(),
        demo=demo,
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as running:
            await running.enter_async_context(hub.running())
            await running.enter_async_context(house.readers.noting())
            if settings.worker == "inside":
                await running.enter_async_context(Worker(house, hub).running())
            yield
        house.readers.close()
        if database is None:
            data.close()

    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        middleware=[
            Middleware(Door, settings=settings, troubled=troubled),
            Middleware(GZipMiddleware, minimum_size=600, compresslevel=5),
            *([Middleware(Vacant, database=data, vacant_page=vacant_page)] if vacant else []),
        ],
        exception_handlers={
            SignInNeeded: sign_in_needed,
            Refusal: refused,
            HTTPException: not_answered,
        },
    )
    app.state.house = house
    app.state.hub = hub
    return app


def vacant_page(request: Request) -> Response:
    """How to import an estate, where there is none."""
    house: House = request.app.state.house
    tongue = speak(house, request, None)
    values = page_frame(house, request, None, tongue)
    text = house.templates.render("errors/vacant.html", values, tongue)
    return Response(text, headers={"Cache-Control": "no-store"}, media_type="text/html")


def sign_in_needed(request: Request, error: Exception) -> Response:
    """401 with the sign-in page in place, so one comes back to where one was going."""
    return trouble(request, 401, say(N_("Sign in to see this page.")))


def refused(request: Request, error: Exception) -> Response:
    """An action's refusal as a page, or as JSON for the phone's outbox."""
    match error:
        case Gone():
            return trouble(request, 410, error.message)
        case TooMany():
            return trouble(request, 429, error.message, {"Retry-After": str(error.seconds)})
        case Missing():
            return trouble(request, 404, error.message)
        case Forbidden():
            return trouble(request, 403, error.message)
        case Problems():
            return trouble(request, 422, error.message)
        case Refused():
            return trouble(request, 409, error.message)
        case _:
            raise error


def not_answered(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: no such route, wrong method, too large a body."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    return troubled(request, status)


def troubled(request: Request, status: int) -> Response:
    """What the door itself refuses, and bugs: the page shows the id that the log has."""
    return trouble(request, status, WORDS.get(status, WORDS[400]))


def trouble(
    request: Request, status: int, message: Message, headers: dict[str, str] | None = None
) -> Response:
    """A refusal people can read, in their language."""
    house: House = request.app.state.house
    reader = getattr(request.state, "reader", None)
    tongue = getattr(request.state, "language", None) or speak(house, request, reader)
    outgoing = {
        "Cache-Control": "no-store",
        "Vary": "HX-Request-Type, Cookie, Accept-Language",
        **told_reader(request),
        **(headers or {}),
    }
    sentence = house.templates.speeches[tongue].say(message)
    if request.url.path.startswith(OPEN311):
        return told(request.url.path, status, sentence)
    if "opgang-submission" in request.headers or request.url.path.startswith("/api/"):
        return JSONResponse({"error": sentence}, status, outgoing)
    at_the_door = request.url.path.startswith("/sign-in")
    values = {
        **page_frame(house, request, reader, tongue),
        "status": status,
        "sentence": sentence,
        "request_id": request.state.request_id if status >= 500 else None,
        "retry_after": int(outgoing.get("Retry-After", 0)),
        "at_the_door": at_the_door,
        "next": request.url.path if request.method == "GET" and not at_the_door else "/",
    }
    name = "sign_in/sign_in.html" if status == 401 else "errors/error.html"
    if status == 401 or (status == 429 and at_the_door):
        with house.database.read() as session:
            values |= sign_in_values(session, house, values["next"])
    text = house.templates.render(name, values, tongue)
    return Response(text, status, outgoing, media_type="text/html")
