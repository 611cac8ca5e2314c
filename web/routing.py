"""`page()`: the one way a request becomes an answer.

It checks where the request comes from and who asks, opens the session, hands a `Visit` to a plain
handler, commits, and only then renders: no lock is held over a template.
"""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from estate import clock, language
from estate.database import Database
from estate.language import LANGUAGES, Message
from estate.permissions import EVERYBODY, Permission, Reader, Scope, scope
from estate.photos.store import TOO_LARGE, Picture, Store, prepare, shown_name
from estate.refusals import Forbidden, Missing, Problems
from estate.retention.log import ErasureLog
from estate.settings import Settings
from estate.submissions.actions import receive_once, settle
from web.forms import LARGEST_ID, Form, digest_of, json_fields, whole_number
from web.navigation import footer, tabs
from web.readers import Readers
from web.remembered import Drawn, Remembered
from web.same_origin import Origin, same_origin
from web.templating import Templates

PLAIN_BODY = 64_000
PHOTO_BODY = 40_000_000
ONE_PHOTO = 15_000_000
MOST_FILES = 20
"""So many files of one form are read at all; those it has no room for are told of by name."""
DECODERS = CapacityLimiter(2)
"""Pictures decoded at once: a large one takes 200 MB, and all other pages want threads too."""
SESSION_COOKIE = "opgang"
Found = TypeVar("Found")
SUBMISSION = re.compile(r"[A-Za-z0-9_-]{8,64}")


class SignInNeeded(Exception):
    """Nobody is signed in, and this page is somebody's (401: the sign-in page, in place)."""


@dataclass(frozen=True, slots=True)
class House:
    """What every door needs: settings, database, templates, the photo store."""

    settings: Settings
    database: Database
    templates: Templates
    photos: Store
    erasures: ErasureLog
    readers: Readers
    remembered: Remembered
    drawn: Drawn
    key: bytes
    demo: bool = False

    def cookie_name(self, name: str) -> str:
        """A cookie's full name; under TLS the browser itself holds it to this host."""
        return f"__Host-{name}" if self.settings.secure else name


class Cookie(NamedTuple):
    """A cookie to set, which no script sees; an empty value removes it."""

    name: str
    value: str
    seconds: int


@dataclass(frozen=True)
class Show:
    """Render a template once the transaction is over. `values` hold rows and values, no entities.

    `block` is the piece of the template an htmx request gets. Two answers to one reader with an
    equal `same_as` are the same page, drawn once: it stands for every value that could differ.
    """

    template: str
    values: Mapping[str, Any]
    status: int = 200
    block: str | None = None
    cookies: tuple[Cookie, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "text/html"
    same_as: Hashable | None = None


@dataclass(frozen=True)
class Go:
    """Go to an address, saying a sentence there once. The phone's outbox gets 201 instead."""

    address: str
    flash: Message | None = None
    cookies: tuple[Cookie, ...] = ()
    clear_site: bool = False


@dataclass
class Visit:
    """One request as its handler sees it."""

    house: House
    request: Request
    session: Session
    permission: Permission
    maybe_reader: Reader | None
    language: str
    now: datetime
    form: Form = field(default_factory=Form)
    submission: str | None = None
    problems: dict[str, Message] = field(default_factory=dict)
    version: int | None = None

    @property
    def reader(self) -> Reader:
        """The person who asks; pages for everybody ask `maybe_reader`."""
        if self.maybe_reader is None:
            raise SignInNeeded
        return self.maybe_reader

    @property
    def scope(self) -> Scope:
        """Where this page's permission holds for this person."""
        return scope(self.reader, self.permission)

    def scope_of(self, permission: Permission) -> Scope:
        """Where another permission holds for this person."""
        return scope(self.reader, permission)

    def part(self, name: str) -> Any:
        """A part of the path, as its convertor made it, unless no row can be called so."""
        value = self.request.path_params[name]
        writable = value.isprintable() if isinstance(value, str) else value <= LARGEST_ID
        if not writable:
            raise Missing
        return value

    def remember(self, key: Hashable, make: Callable[[], Found]) -> Found:
        """What `make` reads, shared with other visits until anything is committed.

        The key names everything the answer depends on: whoever may not see it has another key.
        """
        return self.house.remembered.get(key, self.version, self.now, make)

    def asked(self, name: str, default: str = "") -> str:
        """A query parameter's text."""
        return self.request.query_params.get(name, default).strip()

    def asked_number(self, name: str, most: int = LARGEST_ID) -> int | None:
        """A query parameter as a whole number, or None; more than `most` is no number either."""
        return whole_number(self.asked(name), most)

    def show(
        self,
        template: str,
        *,
        status: int = 200,
        block: str | None = None,
        same_as: Hashable | None = None,
        **values: Any,
    ) -> Show:
        """The page to render."""
        return Show(template, values, status=status, block=block, same_as=same_as)

    def go(self, name: str, flash: Message | None = None, **parameters: object) -> Go:
        """On to a handler's page, with a sentence to say there."""
        return Go(self.url_for(name, **parameters), flash)

    def url_for(self, name: str, **parameters: object) -> str:
        """A handler's path."""
        return self.house.templates.addresses.url_for(name, **parameters)

    @property
    def whole(self) -> bool:
        """Whether the whole page is wanted, not one block of it."""
        return self.request.headers.get("hx-request-type") != "partial"


Answer = Show | Go | Response
Handler = Callable[[Visit], Answer]


@dataclass(frozen=True)
class Page:
    """A route's facts, kept with it so that a test can walk them."""

    handler: Handler
    allow: Permission
    writes: bool
    once: bool
    photos: int
    inline: bool
    machine: bool


def page(
    path: str,
    handler: Handler,
    *,
    allow: Permission,
    method: str = "GET",
    writes: bool | None = None,
    once: bool = False,
    photos: int = 0,
    inline: bool = False,
    machine: bool = False,
    max_body_size: int | None = None,
) -> Route:
    """A route: who may use it, whether it writes, how large its body may be.

    `once` receives a form with a submission id one time only; `photos` is how many pictures may
    come along; `inline` lets a short read run on the event loop on SQLite; `machine` routes are
    opened by a key, never by a cookie.
    """
    writing = method != "GET" if writes is None else writes
    facts = Page(handler, allow, writing, once, photos, inline and not writing, machine)
    endpoint = functools.partial(_answer, facts)
    functools.update_wrapper(endpoint, handler)
    route = Route(
        path,
        endpoint,
        methods=[method],
        name=handler.__name__,
        max_body_size=max_body_size or (PHOTO_BODY if photos else PLAIN_BODY),
    )
    route.page = facts  # type: ignore[attr-defined]
    return route


async def _answer(facts: Page, request: Request) -> Response:
    house: House = request.app.state.house
    if request.method in {"GET", "HEAD"}:
        return await _carry_out(facts, house, request, Form(), {})
    if facts.machine:
        return await _carry_out(facts, house, request, Form(), {})
    own = Origin(house.settings.scheme, request.url.hostname, request.url.port)
    if not same_origin(request.headers, own):
        raise Forbidden
    if facts.photos and facts.allow not in EVERYBODY:
        await run_in_threadpool(_admit, facts, house, request)
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = json_fields(await request.body())
        form = Form(sent, (), digest_of(sent, ()))
        return await _carry_out(facts, house, request, form, {})
    async with request.form(max_files=MOST_FILES, max_fields=200) as fields:
        uploads = [item for _, item in fields.multi_items() if isinstance(item, UploadFile)]
        files = [File(one.filename or "", await one.read()) for one in uploads if one.filename]
        form, problems = await _read_form(fields, files, facts.photos)
        return await _carry_out(facts, house, request, form, problems)


def _admit(facts: Page, house: House, request: Request) -> None:
    """Ask who sends pictures before they are read: nobody unknown fills memory and decoders."""
    version = house.readers.version()
    with house.database.read() as session:
        token = request.cookies.get(house.cookie_name(SESSION_COOKIE), "")
        reader = house.readers.at(version, session, token)
        request.state.reader = reader
        check(facts.allow, reader, request.headers)


class File(NamedTuple):
    """A file of a form: its name on the sender's device, and what is in it."""

    name: str
    content: bytes


async def _read_form(
    fields: FormData, files: list[File], photos: int
) -> tuple[Form, dict[str, Message]]:
    digest = digest_of(fields, [file.content for file in files])
    if not files:
        return Form(fields, (), digest), {}
    work = functools.partial(_prepare_all, files, photos)
    pictures, problems = await to_thread.run_sync(work, limiter=DECODERS)
    return Form(fields, pictures, digest), problems


def _prepare_all(files: list[File], most: int) -> tuple[list[Picture], dict[str, Message]]:
    """As many pictures as may come, and what is wrong: the files left out, or the first unread."""
    pictures: list[Picture] = []
    problems: dict[str, Message] = {}
    if len(files) > most:
        text = language.N_("At most {count} photos. Left out: {names}")
        names = ", ".join(shown_name(file.name) for file in files[most:])
        problems = {"photos": language.say(text, count=most, names=names)}
    for file in files[:most]:
        try:
            pictures.append(_prepare(file))
        except Problems as trouble:
            problems = problems or trouble.problems
    return pictures, problems


def _prepare(file: File) -> Picture:
    if len(file.content) > ONE_PHOTO:
        raise Problems({"photos": language.say(TOO_LARGE, name=shown_name(file.name))})
    return prepare(file.content, file.name)


async def _carry_out(
    facts: Page, house: House, request: Request, form: Form, problems: dict[str, Message]
) -> Response:
    work = functools.partial(_handle, facts, house, request, form, problems)
    if facts.inline and house.database.sqlite:
        return work()
    return await run_in_threadpool(work)


def _handle(
    facts: Page, house: House, request: Request, form: Form, problems: dict[str, Message]
) -> Response:
    opened = house.database.write() if facts.writes else house.database.read()
    version = None if facts.writes else house.readers.version()
    with opened as session:
        reader = find_reader(facts, house, session, request, version)
        if not facts.machine:
            request.state.reader = reader
        visit = Visit(
            house=house,
            request=request,
            session=session,
            permission=facts.allow,
            maybe_reader=reader,
            language=speak(house, request, reader),
            now=clock.now(),
            form=form,
            submission=submission_of(request.headers, form) if facts.once else None,
            problems=problems,
            version=version,
        )
        request.state.language = visit.language
        check(facts.allow, reader, request.headers)
        outcome = _once(visit, facts.handler)
    return respond(visit, outcome)


def check(permission: Permission, reader: Reader | None, headers: Headers) -> None:
    """Raise unless this person may do what a page is for."""
    if permission in EVERYBODY or permission is Permission.MACHINE:
        return
    if reader is None:
        raise SignInNeeded
    meant = headers.get("opgang-reader")
    if meant is not None and meant != reader.key:
        raise SignInNeeded  # the phone sends something that another person wrote
    if not reader.may(permission):
        raise Forbidden


def submission_of(headers: Headers, form: Form) -> str | None:
    """The id under which a form was sent: the outbox's header, else the page's hidden field."""
    given = headers.get("opgang-submission") or form.text("submission")
    return given if SUBMISSION.fullmatch(given) else None


def _once(visit: Visit, handler: Handler) -> Answer:
    if visit.submission is None or visit.maybe_reader is None or visit.problems:
        return handler(visit)
    author = visit.reader.id
    earlier = receive_once(visit.session, author, visit.submission, visit.form.digest)
    if earlier is not None:
        return Go(earlier)
    outcome = handler(visit)
    if isinstance(outcome, Go):
        settle(visit.session, author, visit.submission, outcome.address)
        return outcome
    if not isinstance(outcome, Show):
        raise TypeError("What is received once ends with an address, or with the form again.")
    visit.session.rollback()  # a form to be filled in differently leaves its id free
    visit.session.info.clear()  # and nothing became stale
    return outcome


def find_reader(
    facts: Page, house: House, session: Session, request: Request, version: int | None
) -> Reader | None:
    """The person behind the session cookie, or None; a machine's key is no person."""
    token = request.cookies.get(house.cookie_name(SESSION_COOKIE))
    if not token or facts.machine:
        return None
    if facts.writes:
        return house.readers.writing(session, token)
    return house.readers.at(version, session, token)


def speak(house: House, request: Request, reader: Reader | None) -> str:
    """The language of the answer: this browser's cookie, else the person's, else its header.

    Whoever signs in brings the person's own into the cookie; a tap in the footer changes it here.
    """
    cookie = request.cookies.get(house.cookie_name("language"))
    preferred = cookie if cookie in LANGUAGES else (reader.language if reader else None)
    return language.choose(preferred, request.headers.get("accept-language", ""))


def respond(visit: Visit, outcome: Answer) -> Response:
    """Turn a handler's outcome into a response."""
    match outcome:
        case Show():
            response = _shown(visit, outcome)
        case Go():
            response = _gone(visit, outcome)
        case _:
            response = outcome
    response.headers.update(told_reader(visit.request))
    return response


def told_reader(request: Request) -> dict[str, str]:
    """The header by which a phone learns whose it is: "" for nobody's, none if nobody was asked."""
    if not hasattr(request.state, "reader"):
        return {}
    reader: Reader | None = request.state.reader
    return {"Opgang-Reader": reader.key if reader else ""}


def _outbox(visit: Visit) -> bool:
    return "opgang-submission" in visit.request.headers


def _shown(visit: Visit, show: Show) -> Response:
    problems = show.values.get("problems")
    if _outbox(visit) and show.status >= 400 and problems:
        say = visit.house.templates.speeches[visit.language].say
        said = {name: say(message) for name, message in problems.items()}
        # What the form was shown anew with: sent once more as it stands, it would be late again.
        version = show.values.get("typed", {}).get("version", "")
        return JSONResponse({"problems": said, "version": version}, show.status)
    block = None if visit.whole else show.block
    body, etag = _drawn(visit, show, block)
    headers = {
        "Vary": "HX-Request-Type, Cookie, Accept-Language",
        "Cache-Control": "private, no-cache",
        "Content-Language": visit.language,
        **show.headers,
    }
    if show.status == 200:
        headers["ETag"] = etag
        if visit.request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
    response = Response(body, show.status, headers, media_type=show.media_type)
    if flash_of(visit.house, visit.request):
        set_cookie(visit.house, response, Cookie("flash", "", 0))
    for cookie in show.cookies:
        set_cookie(visit.house, response, cookie)
    return response


def _drawn(visit: Visit, show: Show, block: str | None) -> tuple[bytes, str]:
    """The page's bytes and their ETag."""
    if show.same_as is None:
        return _draw(visit, show, block)
    flash = flash_of(visit.house, visit.request)
    place = (show.template, block, visit.language, visit.request.scope["path"], flash)
    key = (place, visit.maybe_reader, show.same_as)
    return visit.house.drawn.get(key, lambda: _draw(visit, show, block))


def _draw(visit: Visit, show: Show, block: str | None) -> tuple[bytes, str]:
    values = {**frame(visit), **show.values}
    body = visit.house.templates.render(show.template, values, visit.language, block).encode()
    return body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _gone(visit: Visit, go: Go) -> Response:
    response: Response
    if _outbox(visit):
        body = {"submission": visit.submission, "address": go.address}
        response = JSONResponse(body, 201, headers={"Cache-Control": "no-store"})
    else:
        response = RedirectResponse(go.address, 303, headers={"Cache-Control": "no-store"})
        if go.flash is not None:
            say = visit.house.templates.speeches[visit.language].say
            text = json.dumps(say(go.flash))[1:-1]
            set_cookie(visit.house, response, Cookie("flash", text.replace(";", "\\u003b"), 60))
    if go.clear_site:
        response.headers["Clear-Site-Data"] = '"cache"'
    for cookie in go.cookies:
        set_cookie(visit.house, response, cookie)
    return response


def set_cookie(house: House, response: Response, cookie: Cookie) -> None:
    """Set or remove one cookie: this host only, not sent from elsewhere."""
    response.set_cookie(
        house.cookie_name(cookie.name),
        cookie.value,
        max_age=cookie.seconds,
        path="/",
        secure=house.settings.secure,
        httponly=True,
        samesite="lax",
    )


def frame(visit: Visit) -> dict[str, Any]:
    """What every page's frame needs."""
    return page_frame(visit.house, visit.request, visit.maybe_reader, visit.language)


def flash_of(house: House, request: Request) -> str:
    """The sentence to be said once on this page, or nothing."""
    flash = request.cookies.get(house.cookie_name("flash"), "")
    try:
        return str(json.loads(f'"{flash}"')) if flash else ""
    except ValueError:
        return ""


def page_frame(
    house: House, request: Request, reader: Reader | None, tongue: str
) -> dict[str, Any]:
    """The values of `base.html`, also for pages that tell of trouble."""
    addresses = house.templates.addresses
    say = house.templates.speeches[tongue].say
    return {
        "reader": reader,
        "reader_known": hasattr(request.state, "reader"),
        "language": tongue,
        "direction": language.direction(tongue),
        "languages": tuple(language.LANGUAGES.items()),
        "navigation": tabs(addresses, say, request.url.path, reader),
        "page_path": request.url.path,
        "demo": house.demo,
        "flash": flash_of(house, request),
        "footer_links": footer(addresses, say),
    }
