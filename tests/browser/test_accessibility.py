"""Every page, to an eye, a keyboard, a small window and large letters; main ones in Arabic too."""

import itertools
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from starlette.routing import Route

from estate.database import Database
from estate.language import DEFAULT, LANGUAGES, RESIDENTS_ONLY
from tests.browser.auditing import CHECKS, FAILED, FILE, Auditing
from tests.browser.watching import DESKTOP, PHONE
from tests.counts import LONG
from tests.house.cast import Cast, Visitor, gather
from tests.house.walk import ROUTES, address, facts_of, let_in, method_of, named
from tests.serving import Serving, serving
from web.visits import SESSION_COOKIE

HERE = Path(__file__).parent
AXE = HERE.parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
LOOKING = (HERE / "looking.js").read_text()
NARROW = {"width": 320, "height": 640}

# A role that is served as such: the walk of all routes has more people than there are views.
ROLES = ("signed out", "amina", "chair", "caretaker", "office", "organisation", "former", "helper")
PAGES = [route for route in ROUTES if method_of(route) == "GET" and not facts_of(route).machine]


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    scheme: str
    language: str
    size: str

    def __str__(self) -> str:
        return f"{self.scheme} {self.language} {self.size}"


WHOLE = [language for language in LANGUAGES if language not in RESIDENTS_ONLY]
VIEWS = [View(*parts) for parts in itertools.product(("light", "dark"), WHOLE, ("phone", "desk"))]

ARABIC = View("light", "ar", "phone")
IN_ARABIC = frozenset(
    {
        *("/", "/board", "/board/new", "/board/{post:int}", "/contact", "/papers", "/notices"),
        *("/notices/{notice:int}", "/me", "/me/household", "/offline", "/sign-in", "/sign-in/code"),
    }
)
"""Looked at from right to left as well: the pages with which each kind of piece is shown."""

SHAPES = [view for view in VIEWS if (view.scheme, view.size) == ("light", "phone")]
"""Colours and the window's size, which is set anew, change nothing about what finds room."""

FOCUSES = [view for view in VIEWS if view.language == DEFAULT]
"""Where the keyboard leads, and what shows it, is the same in every language."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    made = tmp_path_factory.mktemp("walked")
    (made / "opgang.db").write_bytes(sqlite_template.read_bytes())
    return made


@pytest.fixture(scope="module")
def cast(folder: Path) -> Cast:
    database = Database(f"sqlite:///{folder / 'opgang.db'}", origin="cast")
    with database.write() as session:
        gathered = gather(session, folder)
    database.close()
    return gathered


@pytest.fixture(scope="module")
def house(folder: Path, cast: Cast) -> Iterator[Serving]:
    """One house for all these tests: looking changes nothing."""
    with serving(
        folder, f"sqlite:///{folder / 'opgang.db'}", {}, demo=True, worker="apart"
    ) as running:
        yield running


def visitors_of(route: Route, cast: Cast) -> list[Visitor]:
    """Every role that may look at a page, whoever sees most of it first."""
    found = [visitor for visitor in let_in(route, cast) if visitor.name in ROLES]
    # Somebody signed in sees more of a page that is open to everybody.
    found.sort(key=lambda visitor: (visitor.reader is None, ROLES.index(visitor.name)))
    return found


@pytest.fixture(scope="module", params=PAGES, ids=named)
def route(request: pytest.FixtureRequest) -> Route:
    """Each page in turn, with all that is asked of it while it is open."""
    page: Route = request.param
    return page


@dataclass
class Window:
    """A window of a visitor, and the path of the page that it shows."""

    page: Page
    shows: str = ""


@pytest.fixture(scope="module")
def windows(browser: Browser, house: Serving) -> Iterator[Callable[[Visitor, View, str], Window]]:
    """One window a visitor and view, for all pages: each keeps what pages share."""
    opened: dict[tuple[str, View], Window] = {}

    def window_of(visitor: Visitor, view: View, path: str) -> Window:
        for window in opened.values():
            if window.shows not in {"", path}:
                window.page.goto("about:blank")  # what nobody looks at does no work
                window.shows = ""
        key = (visitor.name, view)
        if key not in opened:
            context = browser.new_context(
                base_url=house.url,
                color_scheme=view.scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",
                locale=view.language,
                service_workers="block",
            )
            cookies = {"language": view.language, SESSION_COOKIE: visitor.token}
            context.add_cookies(
                [{"name": n, "value": v, "url": house.url} for n, v in cookies.items() if v]
            )
            context.add_init_script(f"window.opgangLooking = {LOOKING}")
            opened[key] = Window(context.new_page())
        return opened[key]

    yield window_of
    for window in opened.values():
        window.page.context.close()


@pytest.fixture(scope="module")
def auditing(browser: Browser) -> Iterator[Auditing]:
    """What these tests find, for the accessibility statement."""
    collected = Auditing(browser.version)
    yield collected
    if FILE:
        collected.write(Path(FILE))


@pytest.fixture
def look(
    windows: Callable[[Visitor, View, str], Window],
    cast: Cast,
    auditing: Auditing,
    request: pytest.FixtureRequest,
) -> Iterator[Any]:
    """`look(route, visitor, view)`: the page as this visitor sees it, or None."""
    check, looked = CHECKS.get(request.function.__name__, ""), set()

    def open_page(route: Route, visitor: Visitor, view: View, size: Any = None) -> Page | None:
        path = address(route, cast)
        window = windows(visitor, view, path)
        page = window.page
        if window.shows != path:
            answer = page.context.request.head(path)
            if not answer.headers.get("content-type", "").startswith("text/html"):
                return None
            if "attachment" in answer.headers.get("content-disposition", ""):
                return None  # a file to keep, which no window of the house shows
            page.goto(path)
            window.shows = path
            ask(page, "unfold")
        looked.add(route.path)
        page.set_viewport_size(size or (PHONE if view.size == "phone" else DESKTOP))
        return page

    yield open_page
    auditing.looked[check] |= looked
    if request.node.stash.get(FAILED, False):
        auditing.failed[check] |= looked


def ask(page: Page, question: str) -> Any:
    """One of the questions of looking.js."""
    return page.evaluate(f"window.opgangLooking.{question}()")


def seen(route: Route, cast: Cast, views: list[View]) -> Iterator[tuple[Visitor, View]]:
    """Who looks how, in turns that are another for each page, and the same in every run.

    In the long run whoever sees most of a page looks in all ways that a check wants, and everybody
    else in one; else the first alone looks in one, the same for all checks, so that the page is
    loaded once. Main pages are looked at in Arabic besides.
    """
    turn = zlib.crc32(route.path.encode())
    visitors = visitors_of(route, cast)
    ways = views if LONG else [VIEWS[turn % len(VIEWS)]]
    yield from itertools.product(visitors[:1], ways)
    if route.path in IN_ARABIC and views is not FOCUSES:
        yield from itertools.product(visitors[:1], [ARABIC])
    for number, other in enumerate(visitors[1:] if LONG else (), turn + 1):
        yield other, views[number % len(views)]


def test_axe_finds_nothing_serious(route: Route, cast: Cast, look: Any, auditing: Auditing) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: script/tools")
    found = []
    for visitor, view in seen(route, cast, VIEWS):
        page = look(route, visitor, view)
        if page is None:
            return
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
        auditing.note(route.path, result)
        for trouble in result["violations"]:
            if trouble["impact"] in {"serious", "critical"}:
                nodes = [(node["html"], node["failureSummary"]) for node in trouble["nodes"][:3]]
                found.append((visitor.name, str(view), trouble["id"], nodes))
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_a_small_window_and_large_letters_lose_nothing(route: Route, cast: Cast, look: Any) -> None:
    found: list[str] = []
    for visitor, view in seen(route, cast, SHAPES):
        page = look(route, visitor, view, NARROW)
        if page is None:
            return
        found += [f"{visitor.name}, {view}, 320 px: {lost}" for lost in ask(page, "lost")]
        found += [f"{visitor.name}, {view}, 320 px: {under}" for under in ask(page, "covered")]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        found += [f"{visitor.name}, {view}, letters × 2: {lost}" for lost in ask(page, "lost")]
        page.evaluate("document.documentElement.style.fontSize = ''")
        page.set_viewport_size({"width": 640, "height": 400})  # 1280 × 800 at 200 %
        found += [f"{visitor.name}, {view}, 200 %: {lost}" for lost in ask(page, "lost")]
        found += [f"{visitor.name}, {view}, 200 %: {under}" for under in ask(page, "covered")]
    assert not found, "\n".join(found)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    route: Route, cast: Cast, look: Any
) -> None:
    for visitor, view in seen(route, cast, FOCUSES):
        page = look(route, visitor, view)
        if page is None:
            return
        page.evaluate("scrollTo(0, 0)")
        stops = ask(page, "mark")
        reached: set[int] = set()
        unseen: list[str] = []
        for step in range(len(stops) * 4 + 5):  # a date has a stop for each of its parts
            page.keyboard.press("Tab")
            here = ask(page, "at")
            if here["stop"] < 0 and not here["name"]:
                break  # past the last one: no trap
            if not here["seen"]:
                unseen.append(here["name"])
            if step == 0:
                assert here["name"].startswith("a"), "The skip link is not first."
            reached.add(here["stop"])
        else:
            raise AssertionError(f"The keyboard does not get out: {here['name']}")
        missed = [name for number, name in enumerate(stops) if number not in reached]
        assert missed == [], f"{visitor.name}, {view}: never reached by Tab"
        assert unseen == [], f"{visitor.name}, {view}: no sign of being focused"


def test_the_skip_link_leads_to_the_content(cast: Cast, look: Any) -> None:
    (today,) = [route for route in PAGES if route.path == "/"]
    amina = next(visitor for visitor in cast.visitors if visitor.name == "amina")
    page = look(today, amina, VIEWS[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('a.skip')")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")
