"""A cellar without network: reading what was seen, writing what is sent later, once."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser import phones
from tests.browser.phones import send, until, waiting, worker_ready, write_post
from tests.browser.watching import PageFor
from tests.serving import Serving

AMINA = "key-amina"
ONE_POST = re.compile(r"/board/\d+")


@pytest.fixture
def page(page_for: PageFor) -> Page:
    """Amina's phone, which has seen the board and can show the form for a new post."""
    page = page_for("amina")
    page.goto("/board")
    worker_ready(page)
    for path in ("/board", "/offline", "/board/new"):
        page.goto(path)
        phones.keeps(page, AMINA, path)
    return page


def unsent(page: Page) -> Callable[[], bool]:
    """Whether nothing of Amina's waits any more."""
    return lambda: not waiting(page, AMINA)


def test_a_page_seen_before_is_read_again_and_says_how_old_it_is(page: Page) -> None:
    page.goto("/board")
    page.context.set_offline(True)
    page.goto("/board")
    assert page.locator("h1").count() == 1
    assert page.locator("[data-offline]").is_visible()
    assert "lige nu" in page.inner_text("[data-offline] [data-seen-when]")


AGES = [
    (59 * 1000, "lige nu"),
    (119 * 1000, "for 1 minut siden"),
    (59.9 * 60 * 1000, "for 59 minutter siden"),
    (119 * 60 * 1000, "for 1 time siden"),
    (23.9 * 3600 * 1000, "for 23 timer siden"),
    (31 * 3600 * 1000, "i går"),
    (37 * 3600 * 1000, "i forgårs"),
]


@pytest.mark.parametrize(("language", "said"), [("da", [it[1] for it in AGES]), ("en", None)])
def test_how_old_a_kept_page_is_is_said_in_whole_steps_and_in_ones_own_language(
    page: Page, language: str, said: list[str] | None
) -> None:
    page.goto(f"/languages/{language}")
    page.clock.set_fixed_time("2026-11-23T12:00:00+01:00")
    page.goto("/offline")
    shown = page.evaluate(
        "(ages) => ages.map((age) => opgang.ago(Date.now() - age))", [it[0] for it in AGES]
    )
    if said is None:
        assert shown[:2] == ["just now", "1 minute ago"]
        assert shown[-2] == "yesterday"
    else:
        assert shown == said
    row = page.locator("[data-seen-list] a[href$='/board'] [data-page-seen]")
    expect(row).to_have_text(re.compile("^(Hentet|Fetched) "))


def test_a_page_of_last_week_is_shown_no_more(page: Page) -> None:
    page.evaluate(
        """async (name) => {
          const cache = await caches.open(name);
          const old = await cache.match('/board', {ignoreVary: true});
          const headers = new Headers(old.headers);
          headers.set('Opgang-Seen', String(Date.now() - 7 * 24 * 3600 * 1000 - 1));
          await cache.put('/board', new Response(await old.text(), {headers}));
        }""",
        f"opgang-pages-{AMINA}",
    )
    page.context.set_offline(True)
    page.goto("/board")
    assert page.locator("[data-page-missing]").is_visible()


def test_where_the_network_is_slow_the_page_seen_before_comes_first(page: Page) -> None:
    (worker,) = page.context.service_workers
    worker.evaluate("() => { self.fetch = () => new Promise(() => {}); }")
    page.goto("/board")
    assert page.locator("html[data-seen][data-slow]").count() == 1
    assert page.locator("[data-older] [data-seen-when]").is_visible()
    assert page.locator("[data-offline]").is_hidden()


def test_a_page_never_seen_leads_to_what_can_be_done(page: Page) -> None:
    page.context.set_offline(True)
    page.goto("/privacy")
    assert page.locator("[data-page-missing]").is_visible()
    page.wait_for_selector("[data-seen-list] a[href$='/board']")
    page.click("[data-seen-list] a[href$='/board']")
    page.wait_for_url("**/board")
    assert page.locator("html[data-seen]").count() == 1


def test_a_post_with_a_photo_written_without_network_is_there_once(
    page: Page, server: Serving
) -> None:
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, "Fra kælderen", photos=1)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.goto("/offline")
    page.wait_for_selector("[data-waiting-list] >> text=Fra kælderen")
    assert phones.hanging(server) == []
    page.context.set_offline(False)
    until(page, unsent(page))
    assert phones.hanging(server) == [("Fra kælderen", 1)]
    page.wait_for_selector("[data-nothing-waiting]:visible")


def test_a_post_changed_without_network_changes_once_words_and_photos_together(
    page: Page, server: Serving
) -> None:
    write_post(page, "To cykler", photos=2)
    send(page)
    page.wait_for_url(ONE_POST)
    page.goto(f"{page.url}/edit")
    page.set_input_files("[data-photos-input]", [phones.photo(), phones.photo()])
    page.wait_for_selector("[data-photos-item] img")
    assert page.locator("[data-photos-item]").count() == 1, "two are up, three have room"
    page.check("[name=remove] >> nth=0")
    page.set_input_files("[data-photos-input]", [phones.photo()])
    until(page, lambda: page.locator("[data-photos-item] img").count() == 2)
    page.fill("[name=title]", "Tre cykler")
    page.context.set_offline(True)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    assert phones.hanging(server) == [("To cykler", 2)]
    page.context.set_offline(False)
    until(page, unsent(page))
    assert phones.hanging(server) == [("Tre cykler", 3)]


def test_a_post_waits_for_the_next_visit_and_goes_out_then(
    context_for: Callable[..., BrowserContext], page: Page, server: Serving
) -> None:
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, "Senere", photos=2)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    context = page.context
    page.goto("about:blank")
    context.set_offline(False)
    page.goto("/")
    until(page, unsent(page))
    assert phones.hanging(server) == [("Senere", 2)]


def test_the_worker_sends_without_any_page(page: Page, server: Serving) -> None:
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, "I baggrunden", photos=1)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    (worker,) = page.context.service_workers
    page.goto("about:blank")
    page.context.set_offline(False)
    left = worker.evaluate("opgang.outbox.send('key-amina', true)")
    assert left == 0
    assert phones.hanging(server) == [("I baggrunden", 1)]


def test_an_answer_lost_after_the_house_took_the_post_makes_no_second_one(
    page: Page, server: Serving
) -> None:
    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/board/new", lose)
    write_post(page, "Kun én gang", photos=1)
    send(page)
    # The browser's background sync goes past the route and may have had its answer by now.
    page.wait_for_selector("[data-piece=queued], [data-piece=delivered]")
    assert [title for title, _ in phones.hanging(server)] == ["Kun én gang"]
    page.unroute_all()
    page.goto("/")
    until(page, unsent(page))
    assert phones.hanging(server) == [("Kun én gang", 1)]


def test_a_tab_killed_while_sending_makes_neither_none_nor_two(page: Page, server: Serving) -> None:
    survivor = page.context.new_page()
    page.route(
        "**/board/new", lambda it: it.fetch() if it.request.method == "POST" else it.continue_()
    )
    write_post(page, "Afbrudt", photos=2)
    send(page)
    until(survivor, lambda: phones.hanging(server))
    page.close()
    survivor.goto("/")
    until(survivor, unsent(survivor))
    assert phones.hanging(server) == [("Afbrudt", 2)]
    survivor.goto("/board/new")
    assert survivor.input_value("[name=title]") == "", "what is sent is no draft"


def test_two_tabs_and_the_worker_send_each_item_once(page: Page, server: Serving) -> None:
    other = page.context.new_page()
    other.goto("/board")
    page.context.set_offline(True)
    page.goto("/board/new")
    for title in ("Den ene", "Den anden"):
        write_post(page, title)
        send(page)
        page.wait_for_selector("[data-piece=queued]")
    posts: list[str] = []
    page.context.on("request", lambda it: posts.append(it.url) if it.method == "POST" else None)
    page.context.set_offline(False)
    until(page, unsent(page))
    assert phones.hanging(server) == [("Den ene", 0), ("Den anden", 0)]
    expect(other.locator("[data-sent-text]")).to_have_text("Sendt: “Den ene” · “Den anden”")
    expect(other.locator("[data-sent] a")).to_be_hidden()
    assert len([url for url in posts if url.endswith("/board/new")]) == 2


def test_without_the_browsers_locks_the_outbox_still_has_one_sender(
    page: Page, server: Serving
) -> None:
    page.context.add_init_script("Object.defineProperty(navigator, 'locks', {value: undefined})")
    other = page.context.new_page()
    other.goto("/board")
    page.goto("/board/new")
    page.context.set_offline(True)
    write_post(page, "Uden lås", photos=1)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    until(page, unsent(page))
    assert phones.hanging(server) == [("Uden lås", 1)]


def test_what_the_house_refuses_stays_listed_with_its_reason_until_changed(
    page: Page, server: Serving
) -> None:
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, "x", photos=1)
    page.fill("[name=title]", "x" * 130)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    until(page, lambda: waiting(page, AMINA)[0]["state"] == "refused")
    page.goto("/offline")
    page.wait_for_selector("[data-item-reason]:visible")
    page.click("[data-item-change]")
    page.wait_for_selector("[data-photos-item] img")
    write_post(page, "Med overskrift")
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Med overskrift", 1)]
    until(page, unsent(page))


def test_what_is_thrown_away_is_asked_about_and_gone(page: Page, server: Serving) -> None:
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, "Fortrudt")
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.goto("/offline")
    page.click("[data-item-discard]")
    assert waiting(page, AMINA)
    page.click("[data-item-discard]")
    until(page, unsent(page))
    page.context.set_offline(False)
    page.goto("/")
    assert phones.hanging(server) == []


def test_a_long_text_survives_leaving_the_page_and_is_cleared_once_sent(page: Page) -> None:
    page.fill("[name=text]", "Noget langt, som jeg ikke vil skrive igen.")
    until(page, lambda: page.evaluate("Object.keys(localStorage).some((it) => /^draft/.test(it))"))
    page.goto("/")
    page.goto("/board/new")
    expect(page.locator("[name=text]")).to_have_value(re.compile("^Noget langt"))
    write_post(page, "Færdig")
    send(page)
    page.wait_for_url(ONE_POST)
    page.goto("/board/new")
    assert page.input_value("[name=text]") == ""


WAITED = """async (reader) => {
  const outbox = opgang.outbox;
  const id = outbox.freshId();
  const whose = { id, reader, url: "/board/new", page: "/", made: Date.now() - 3600 * 1000 };
  const what = { title: "", words: [], fields: [["title", "En time gammel"]], photos: [] };
  await outbox.add(Object.assign(whose, what));
  await outbox.deliver(id);
}"""


def test_what_waited_says_when_it_was_made_and_how_far_the_houses_clock_is_ahead(
    page: Page,
) -> None:
    told: list[tuple[int, int]] = []

    def note(route: Route) -> None:
        headers = route.request.headers
        told.append((int(headers["opgang-made"]), int(headers["opgang-ahead"])))
        route.continue_()

    page.route("**/board/new", note)
    here = page.evaluate("Date.now()")
    page.evaluate(WAITED, AMINA)
    ((made, ahead),) = told
    assert 3600_000 <= here - made + 100 < 3660_000
    assert abs(ahead) < 5000


def test_photos_are_shrunk_and_lose_the_cameras_notes_before_they_travel(page: Page) -> None:
    sent: list[bytes] = []
    page.route(
        "**/board/new",
        lambda it: (sent.append(it.request.post_data_buffer or b""), it.continue_()),
    )
    write_post(page, "Med billede", photos=1)
    send(page)
    page.wait_for_url(ONE_POST)
    (body,) = sent
    width, height = phones.picture_size(body)
    assert (width, height) == (1200, 1600)
    assert b"Exif" not in body
    assert len(body) < 700_000
