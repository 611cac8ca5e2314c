"""One request as its handler sees it, and the answers a handler can give."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from estate.database import Database
from estate.files.store import PdfStore
from estate.language import Message
from estate.permissions import Permission, Reader, Scope, scope
from estate.photos.store import Store
from estate.refusals import Missing
from estate.retention.log import ErasureLog
from estate.settings import Settings
from estate.told import Told
from web.forms import LARGEST_ID, Form, day_of, whole_number
from web.readers import Readers
from web.remembered import Drawn, Remembered
from web.templating import Templates

SESSION_COOKIE = "opgang"
LONGEST_AGE = 366 * 24 * 3600 * 1000
"""Milliseconds that something can have waited on a phone, or that its clock can be wrong by."""

LARGEST_TIME = 10**14
"""The largest time in milliseconds a phone may say: the year 5138."""

Found = TypeVar("Found")
_PURPOSES, _AHEAD = ("sec-purpose", "purpose", "x-moz"), {"prefetch", "prerender", "preview"}
"""How browsers say that they fetch a page which nobody has asked for yet."""


class SignInNeeded(Exception):
    """Nobody is signed in, and this page is somebody's (401: the sign-in page, in place)."""


@dataclass(frozen=True, slots=True)
class House:
    """What every door needs: settings, database, templates, photos and files."""

    settings: Settings
    database: Database
    templates: Templates
    photos: Store
    files: PdfStore
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

    @property
    def told(self) -> Told | None:
        """When the reader did this as their phone says; None where it did not wait there.

        The phone sends its own clock, and how far ours was ahead when it last heard from us: both
        in milliseconds. What says that it is more than a year off is not believed.
        """
        headers = self.request.headers
        said = whole_number(headers.get("opgang-made", ""), LARGEST_TIME)
        offset = headers.get("opgang-ahead", "0")
        ahead = whole_number(offset.removeprefix("-"), LONGEST_AGE)
        if said is None or ahead is None:
            return None
        ahead = -ahead if offset.startswith("-") else ahead
        moment = datetime.fromtimestamp(said / 1000, UTC)
        return Told(moment, timedelta(milliseconds=ahead))

    @property
    def made(self) -> datetime:
        """When the reader did this: now, or earlier where it waited on a phone without network."""
        if self.told is None:
            return self.now
        earliest = self.now - timedelta(milliseconds=LONGEST_AGE)
        return min(max(self.told.moment, earliest), self.now)

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

    def asked_day(self, name: str) -> date | None:
        """A query parameter as a day, or None."""
        return day_of(self.asked(name))

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

    def as_searched(self, name: str, **parameters: object) -> str:
        """A handler's path with this page's own query: whoever came by a search goes back to it."""
        address, query = self.url_for(name, **parameters), self.request.url.query
        return f"{address}?{query}" if query else address

    @property
    def looked_at(self) -> bool:
        """Whether somebody opened this page: no HEAD, nor fetched ahead or to be kept for later."""
        headers = self.request.headers
        ahead = any(_AHEAD & set(headers.get(name, "").lower().split(";")) for name in _PURPOSES)
        return self.request.method == "GET" and not ahead and "opgang-keep" not in headers

    @property
    def whole(self) -> bool:
        """Whether the whole page is wanted, not one block of it."""
        return self.request.headers.get("hx-request-type") != "partial"


Answer = Show | Go | Response
