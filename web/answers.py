"""From what a handler answered to the response: rendered or drawn again, cookies, the frame."""

import hashlib
import json
from functools import lru_cache
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from estate import language
from estate.language import N_, Message, say
from estate.permissions import Reader
from web.navigation import footer, tabs
from web.visits import Answer, Cookie, Go, House, Show, Visit


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
    """By what a phone learns whose it is ("" for nobody's) and how far they reach.

    None if nobody was asked. Where the reach is another than before, the phone empties the pages
    it keeps: of a section one moved out of, nothing stays there to be read. On a borrowed device
    neither it nor the browser keeps any.
    """
    if not hasattr(request.state, "reader"):
        return {}
    reader: Reader | None = request.state.reader
    if reader is None:
        return {"Opgang-Reader": ""}
    told = {"Opgang-Reader": reader.key, "Opgang-Reach": _reach(reader)}
    return {**told, "Cache-Control": "no-store"} if reader.borrowed else told


@lru_cache(maxsize=5000)
def _reach(reader: Reader) -> str:
    """The same for as long as they hear of the same places; says nothing of which."""
    topics = " ".join(sorted(reader.topics()))
    return hashlib.blake2b(topics.encode(), digest_size=8).hexdigest()


def _outbox(visit: Visit) -> bool:
    return "opgang-submission" in visit.request.headers


def _shown(visit: Visit, show: Show) -> Response:
    problems = show.values.get("problems")
    if _outbox(visit) and show.status >= 400 and problems:
        speak = visit.house.templates.speeches[visit.language].say
        said = {name: speak(message) for name, message in problems.items()}
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
    path, answered = visit.request.scope["path"], _answered_at(visit.house, visit.request)
    place = (show.template, block, visit.language, path, answered, flash)
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
            set_cookie(visit.house, response, _flash(visit, go.flash))
    if go.clear_site:
        response.headers["Clear-Site-Data"] = '"cache"'
    for cookie in go.cookies:
        set_cookie(visit.house, response, cookie)
    return response


def _flash(visit: Visit, message: Message) -> Cookie:
    speech = visit.house.templates.speeches[visit.language]
    text = json.dumps(speech.say(message))[1:-1].replace(";", "\\u003b")
    return Cookie("flash", f"{speech.speaking(message).language} {text}", 60)


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


class Flash(NamedTuple):
    """A sentence that is said once, in a language that need not be the page's."""

    language: str
    direction: str
    text: str


def flash_of(house: House, request: Request) -> Flash | None:
    """The sentence to be said once on this page, or None."""
    tongue, _, text = request.cookies.get(house.cookie_name("flash"), "").partition(" ")
    if tongue not in language.LANGUAGES:
        return None
    try:
        return Flash(tongue, language.direction(tongue), str(json.loads(f'"{text}"')))
    except ValueError:
        return None


def page_frame(
    house: House, request: Request, reader: Reader | None, tongue: str
) -> dict[str, Any]:
    """The values of `base.html`, also for pages that tell of trouble."""
    addresses = house.templates.addresses
    speak = house.templates.speeches[tongue].say
    return {
        "reader": reader,
        "reader_known": hasattr(request.state, "reader"),
        "language": tongue,
        "direction": language.direction(tongue),
        "languages": tuple(language.LANGUAGES.items()),
        "instead_of": _instead_of(house, request, tongue),
        "navigation": tabs(addresses, speak, request.url.path, reader),
        "answered": _answered_at(house, request),
        "demo": house.demo,
        "flash": flash_of(house, request),
        "footer_links": footer(addresses, speak),
    }


def _answered_at(house: House, request: Request) -> str:
    """Of a page that answers a form: where it can be asked for instead. Of others nothing."""
    if request.method in {"GET", "HEAD"}:
        return ""
    return house.templates.addresses.shown_at(request.url.path)


def _instead_of(house: House, request: Request, tongue: str) -> tuple[str, str, str] | None:
    """For somebody whose language this page does not have: that language, its direction, that."""
    wished = getattr(request.state, "wished", tongue)
    if wished == tongue:
        return None
    told = house.templates.speeches[wished].say(say(N_("This page is only in Danish.")))
    return wished, language.direction(wished), told
