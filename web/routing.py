"""`page()`: the one way a request becomes an answer.

It checks where the request comes from and who asks, opens the session, hands a `Visit` to a plain
handler, commits, and only then renders: no lock is held over a template.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from estate import clock, language
from estate.language import LANGUAGES, Message
from estate.permissions import EVERYBODY, RESIDENTS_DO, Permission, Reader
from estate.refusals import Forbidden
from estate.submissions.actions import conclude, receive_once
from web.answers import respond
from web.forms import File, Form, digest_of, json_fields
from web.same_origin import Origin, same_origin
from web.uploads import MOST_FILES, Look, read_files, read_form
from web.visits import SESSION_COOKIE, Answer, Go, House, Show, SignInNeeded, Visit

PLAIN_BODY = 64_000
PHOTO_BODY = 40_000_000
PDF_BODY = 8_000_000
SUBMISSION = re.compile(r"[A-Za-z0-9_-]{8,64}")
Handler = Callable[[Visit], Answer]
Gate = Callable[[House, Request], None]
Opens = Callable[[Session, FormData], bool]
"""Whether a form brings a machine's key: asked before its pictures are looked at."""


@dataclass(frozen=True)
class Page:
    """A route's facts, kept with it so that a test can walk them."""

    handler: Handler
    allow: Permission
    writes: bool
    once: bool
    photos: int
    pdfs: int
    inline: bool
    machine: bool
    look: Look | None = None
    passing: bool = False
    gate: Gate | None = None
    opens: Opens | None = None
    keyless: int = 401

    @property
    def brings(self) -> bool:
        """Whether files come along, which are read for nobody unknown."""
        return bool(self.photos or self.pdfs) and self.allow not in EVERYBODY


def page(
    path: str,
    handler: Handler,
    *,
    allow: Permission,
    method: str = "GET",
    writes: bool | None = None,
    once: bool = False,
    photos: int = 0,
    pdfs: int = 0,
    inline: bool = False,
    machine: bool = False,
    look: Look | None = None,
    passing: bool = False,
    gate: Gate | None = None,
    opens: Opens | None = None,
    keyless: int = 401,
    max_body_size: int | None = None,
) -> Route:
    """A route: who may use it, whether it writes, how large its body may be.

    `once` receives a form with a submission id one time only; `photos` is how many pictures may
    come along, `pdfs` how many files that are no pictures, which `look` judges before the
    transaction; `inline` lets a short read run on the event loop on SQLite; `machine` routes are
    opened by a key, never by a cookie, and where it stands in the form, `opens` finds it there;
    whoever has none is answered `keyless`; where files come from somebody without an account,
    `gate` is asked before the body is read; to a `passing` one nobody is brought back, since
    asking for it does something.
    """
    writing = method != "GET" if writes is None else writes
    short = inline and not writing
    facts = Page(
        *(handler, allow, writing, once, photos, pdfs, short, machine, look, passing),
        gate=gate,
        opens=opens,
        keyless=keyless,
    )
    endpoint = functools.partial(_answer, facts)
    functools.update_wrapper(endpoint, handler)
    route = Route(
        path,
        endpoint,
        methods=[method],
        name=handler.__name__,
        max_body_size=max_body_size or _largest(photos, pdfs),
    )
    route.page = facts  # type: ignore[attr-defined]
    return route


def _largest(photos: int, pdfs: int) -> int:
    if photos:
        return PHOTO_BODY
    return PDF_BODY if pdfs else PLAIN_BODY


async def _answer(facts: Page, request: Request) -> Response:
    house: House = request.app.state.house
    if request.method in {"GET", "HEAD"}:
        return await _carry_out(facts, house, request, Form(), {})
    if facts.machine:
        return await _by_key(facts, house, request)
    own = Origin(house.settings.scheme, request.url.hostname, request.url.port)
    if not same_origin(request.headers, own):
        raise Forbidden
    if facts.brings:
        await run_in_threadpool(_admit, facts, house, request)
    if facts.gate is not None:
        await run_in_threadpool(facts.gate, house, request)
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = json_fields(await request.body())
        form = Form(sent, (), digest_of(sent, ()))
        return await _carry_out(facts, house, request, form, {})
    async with request.form(max_files=MOST_FILES, max_fields=200) as fields:
        uploads = [item for _, item in fields.multi_items() if isinstance(item, UploadFile)]
        files = [File(one.filename or "", await one.read()) for one in uploads if one.filename]
        if facts.pdfs:
            form, problems = await read_files(fields, files, facts.pdfs, facts.look)
        else:
            form, problems = await read_form(fields, files, facts.photos)
        return await _carry_out(facts, house, request, form, problems)


async def _by_key(facts: Page, house: House, request: Request) -> Response:
    """A machine's form, where the route takes one; of nobody known no file is looked at."""
    if facts.opens is None:
        return await _carry_out(facts, house, request, Form(), {})
    async with request.form(max_files=MOST_FILES, max_fields=200) as fields:
        files: list[File] = []
        if await run_in_threadpool(_opened, facts.opens, house, fields):
            uploads = [item for _, item in fields.multi_items() if isinstance(item, UploadFile)]
            files = [File(one.filename or "", await one.read()) for one in uploads if one.filename]
        form, problems = await read_form(fields, files, facts.photos)
        return await _carry_out(facts, house, request, form, problems)


def _opened(opens: Opens, house: House, fields: FormData) -> bool:
    with house.database.read() as session:
        return opens(session, fields)


def _admit(facts: Page, house: House, request: Request) -> None:
    """Ask who sends files before they are read: nobody unknown fills memory and decoders."""
    version = house.readers.version()
    with house.database.read() as session:
        token = request.cookies.get(house.cookie_name(SESSION_COOKIE), "")
        reader = house.readers.at(version, session, token)
        request.state.reader = reader
        check(facts.allow, reader, request.headers)


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
        own = request.state.language = speak(house, request, reader)
        check(facts.allow, reader, request.headers)  # who is refused hears it in their own language
        request.state.language = page_language(own, facts.allow)
        request.state.wished = own
        visit = Visit(
            house=house,
            request=request,
            session=session,
            permission=facts.allow,
            maybe_reader=reader,
            language=request.state.language,
            now=clock.now(),
            form=form,
            submission=submission_of(request.headers, form) if facts.once else None,
            problems=problems,
            version=version,
        )
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
        conclude(visit.session, author, visit.submission, outcome.address)
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


def page_language(wished: str, allow: Permission) -> str:
    """The language of a page: its reader's, but whole in Danish where it is the staff's alone.

    The one place that says which pages those are: it follows from who may open them.
    """
    return language.shown_in(wished, to_residents=allow in RESIDENTS_DO)


def speak(house: House, request: Request, reader: Reader | None) -> str:
    """The language of the answer: this browser's cookie, else the person's, else its header.

    Whoever signs in brings the person's own into the cookie; a tap in the footer changes it here.
    """
    cookie = request.cookies.get(house.cookie_name("language"))
    preferred = cookie if cookie in LANGUAGES else (reader.language if reader else None)
    return language.choose(preferred, request.headers.get("accept-language", ""))
