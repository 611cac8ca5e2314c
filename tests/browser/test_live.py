"""A neighbour's open page shows the news by itself and disturbs nobody."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from estate.database import stale
from tests.browser import phones
from tests.browser.phones import kept_pages, send, until, worker_ready, write_post
from tests.browser.watching import DESKTOP, PageFor
from tests.serving import Serving

LISTENING = "html[data-live-state=on]"
ONE_POST = re.compile(r"/board/\d+")


def open_board(page: Page) -> Page:
    """A board that is listening."""
    page.goto("/board")
    page.wait_for_selector(LISTENING)
    return page


def post(page: Page, title: str) -> None:
    """Somebody hangs up a post."""
    page.goto("/board/new")
    write_post(page, title)
    send(page)
    page.wait_for_url(ONE_POST)


def test_a_neighbours_post_appears_without_reloading(page_for: PageFor) -> None:
    board = open_board(page_for("amina"))
    board.evaluate("window.same = true")
    post(page_for("yasmin"), "Må jeg låne en boremaskine?")
    board.wait_for_selector("text=Må jeg låne en boremaskine?", timeout=5000)
    assert board.evaluate("window.same") is True
    until(board, lambda: board.inner_text("[data-announce]") != "")


def test_what_is_being_typed_and_where_one_is_stays_as_it_was(page_for: PageFor) -> None:
    writer, reader = page_for("yasmin"), page_for("amina")
    post(writer, "Det første")
    reader.goto(writer.url)
    reader.wait_for_selector(LISTENING)
    box = reader.locator("form[data-outbox] textarea").first
    box.fill("Halvvejs i en sæt")
    box.focus()
    before = reader.evaluate("document.activeElement.name")
    answer = writer.locator("form[data-outbox]").first
    answer.locator("textarea").fill("Jeg har en")
    answer.locator("button[type=submit]").click()
    reader.wait_for_selector("text=Jeg har en", timeout=5000)
    assert box.input_value() == "Halvvejs i en sæt"
    assert reader.evaluate("document.activeElement.name") == before


def test_a_page_that_was_away_asks_once_when_it_comes_back(page_for: PageFor) -> None:
    board = page_for("amina")
    sockets: list[WebSocketRoute] = []
    board.route_web_socket("**/live", lambda it: (sockets.append(it), it.connect_to_server()))
    open_board(board)
    post(page_for("yasmin"), "Set med det samme")
    board.wait_for_selector("text=Set med det samme", timeout=5000)
    asked: list[str | None] = []
    board.on(
        "request",
        lambda it: asked.append(it.headers.get("if-none-match")) if "/board" in it.url else None,
    )
    sockets[-1].close(code=1012)
    until(board, lambda: len(sockets) == 2)
    until(board, lambda: asked)
    assert len(asked) == 1
    assert asked[0]


def test_a_block_that_is_as_it_was_is_not_sent_again(page_for: PageFor) -> None:
    board = open_board(page_for("amina"))
    answers: list[int] = []
    board.on("response", lambda it: answers.append(it.status))
    board.evaluate("opgang.live.refresh().then(() => opgang.live.refresh())")
    until(board, lambda: answers)
    assert answers[-1] == 304


def test_a_page_that_is_signed_out_says_so_and_stays_quiet(
    context_for: Callable[..., BrowserContext], server: Serving
) -> None:
    context = context_for("amina")
    board = open_board(context.new_page())
    context.clear_cookies()
    attempts: list[str] = []
    board.on("websocket", lambda it: attempts.append(it.url))
    with server.database.write() as session:
        stale(session, f"person:{server.people['amina']}", "board")
    board.evaluate("opgang.live.refresh()")
    board.wait_for_selector("[data-live-hint] a[href='/sign-in']")
    assert attempts == []


def test_a_socket_refused_for_want_of_a_session_is_not_tried_again(page_for: PageFor) -> None:
    board = page_for("amina")
    board.route_web_socket("**/live", lambda it: it.close(code=4401))
    board.goto("/board")
    board.wait_for_selector("[data-live-hint]")
    assert board.get_attribute("html", "data-live-state") == "off"


def test_a_stranger_hears_nothing(page_for: PageFor) -> None:
    page = page_for()
    page.goto("/install")
    closed = page.evaluate(
        """() => new Promise((resolve) => {
          const socket = new WebSocket(location.origin.replace('http', 'ws') + '/live');
          socket.onclose = (event) => resolve(event.code);
        })"""
    )
    assert closed == 4401


def test_another_section_sees_nothing_of_it(page_for: PageFor, server: Serving) -> None:
    far = open_board(page_for("sofie"))
    near = open_board(page_for("amina"))
    post(page_for("yasmin"), "Kun for Lærken")
    near.wait_for_selector("text=Kun for Lærken", timeout=5000)
    far.evaluate("opgang.live.refresh()")
    assert "Kun for Lærken" not in far.content()
    assert phones.hanging(server) == [("Kun for Lærken", 0)]


def test_what_one_is_reading_stays_under_ones_eyes(page_for: PageFor) -> None:
    writer, board = page_for("yasmin"), page_for("amina")
    for number in range(8):
        post(writer, f"Opslag {number}")
    open_board(board)
    old = board.locator("text=Opslag 0").first
    old.scroll_into_view_if_needed()
    before = old.bounding_box()
    post(writer, "Øverst på tavlen")
    board.wait_for_selector("text=Øverst på tavlen", state="attached", timeout=5000)
    after = old.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 3


def test_a_page_nobody_looks_at_rests_and_catches_up(page_for: PageFor) -> None:
    board = page_for("amina")
    board.clock.install()
    open_board(board)
    board.evaluate(
        """() => {
          window.away = true;
          Object.defineProperty(document, 'hidden', {get: () => window.away});
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    with board.expect_event("websocket", predicate=lambda _: True, timeout=10_000) as again:
        board.clock.fast_forward(25_000)
        post(page_for("yasmin"), "Mens du var væk")
        assert "Mens du var væk" not in board.content()
        board.evaluate(
            "() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }"
        )
    assert again.value.url.endswith("/live")
    board.wait_for_selector("text=Mens du var væk", timeout=5000)


def test_a_headline_changed_by_its_author_changes_above_an_open_post(page_for: PageFor) -> None:
    writer, reader = page_for("yasmin"), page_for("amina")
    post(writer, "To borde")
    reader.goto(writer.url)
    reader.wait_for_selector(LISTENING)
    writer.goto(f"{writer.url}/edit")
    writer.fill("[name=title]", "Tre borde & en stol")
    send(writer)
    until(reader, lambda: reader.inner_text("h1") == "Tre borde & en stol")
    assert reader.title() == "Tre borde & en stol – Opgang"


def test_a_long_headline_has_two_lines_of_a_phones_bar_and_stands_whole_below(
    page_for: PageFor,
) -> None:
    writer, reader = page_for("yasmin"), page_for("amina")
    post(writer, "To borde")
    reader.goto(writer.url)
    reader.wait_for_selector(LISTENING)
    assert reader.locator(".whole").count() == 0
    writer.goto(f"{writer.url}/edit")
    long = "Spiseborde, havestole og blomsterkrukker gives bort på lørdag formiddag i gården"
    writer.fill("[name=title]", long)
    send(writer)
    whole = reader.locator(".whole:visible")
    expect(whole).to_have_text(long)
    for _ in range(2):
        lines = reader.evaluate(
            """() => {
              const head = document.querySelector("h1");
              return head.clientHeight / parseFloat(getComputedStyle(head).lineHeight);
            }"""
        )
        assert round(lines) == 2
        reader.reload()
        expect(whole).to_have_text(long)
    reader.set_viewport_size(DESKTOP)
    expect(whole).to_have_count(0)


def test_a_page_that_answers_a_form_is_neither_kept_nor_refreshed(page_for: PageFor) -> None:
    page = page_for("amina")
    post(page, "Må jeg låne en stige?")
    worker_ready(page)
    path = urlsplit(page.url).path
    asked: list[tuple[str, str]] = []
    page.on("request", lambda it: asked.append((it.method, urlsplit(it.url).path)))
    page.evaluate(FORGOTTEN)
    with page.expect_navigation():
        page.evaluate("document.querySelector('form[action$=\"/comments\"]').submit()")
    assert page.locator("html").get_attribute("data-answered") == path
    worker_ready(page)
    phones.keeps(page, "key-amina", "/offline")
    page.evaluate("opgang.live.refresh()")
    assert ("POST", f"{path}/comments") in asked
    assert ("GET", f"{path}/comments") not in asked
    assert [reader for reader, kept in kept_pages(page) if kept == f"{path}/comments"] == []
    page.evaluate("opgang.again()")
    page.wait_for_url(f"**{path}")


FORGOTTEN = """async () => {
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
  sessionStorage.clear();
}"""
