"""Two people on one phone: neither ever sees or sends what is the other's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from estate import clock
from estate.people.models import Household, Member
from tests.browser import phones
from tests.browser.phones import send, until, waiting, worker_ready, write_post
from tests.serving import Serving

AMINA = "key-amina"
YASMIN = "key-yasmin"
# A request that left first and is answered last: by then the session was over.
OVERTAKEN = """async (reader) => {
  const network = self.fetch, answers = [], later = [];
  self.fetch = () => new Promise((resolve) => answers.push(resolve));
  const ask = () => answer({ request: new Request("/board"), waitUntil: (it) => later.push(it) });
  const slow = ask(), quick = ask();
  self.fetch = network;
  answers[1](new Response("", { status: 401, headers: { "Opgang-Reader": "" } }));
  await quick;
  await Promise.all(later);
  answers[0](new Response("", { headers: { "Opgang-Reader": reader } }));
  await slow;
  await Promise.all(later);
  return whose();
}"""
LEAVE = "form[action='/sign-out'] button"
DRAFTS = "Object.keys(localStorage).filter((it) => /^draft/.test(it))"


@pytest.fixture
def shared(context_for: Callable[..., BrowserContext], server: Serving) -> BrowserContext:
    """The family's phone, on which Amina has read her pages."""
    context = context_for("amina")
    page = context.new_page()
    page.goto("/")
    worker_ready(page)
    for path in ("/me", "/offline", "/board/new", "/board"):
        page.goto(path)
        phones.keeps(page, AMINA, path)
    return context


def hand_over(context: BrowserContext, server: Serving, who: str) -> None:
    """Somebody signs in where another was, without anybody having signed out."""
    context.clear_cookies()
    context.add_cookies([server.cookie(who)])  # type: ignore[list-item]


def write_offline(page: Page, title: str) -> None:
    """Leave a post waiting on the phone, and the phone without network."""
    page.context.set_offline(True)
    page.goto("/board/new")
    write_post(page, title)
    send(page)
    page.wait_for_selector("[data-piece=queued]")


def sign_out(page: Page) -> None:
    """Press the button on one's own page."""
    page.goto("/me")
    page.click(LEAVE)


def test_signing_out_leaves_no_page_behind(shared: BrowserContext) -> None:
    page = shared.pages[0]
    sign_out(page)
    page.wait_for_url("**/sign-in")
    until(page, lambda: phones.kept_pages(page) == [])
    shared.set_offline(True)
    for path in ("/", "/board", "/me"):
        page.goto(path)
        assert page.locator("[data-page-missing]").is_visible()
        assert "Amina" not in page.content()


def test_nobody_is_led_to_believe_that_they_left_while_there_is_no_network(
    shared: BrowserContext,
) -> None:
    page = shared.pages[0]
    shared.set_offline(True)
    sign_out(page)
    page.wait_for_selector("[data-not-sent]")
    assert page.url.endswith("/me")
    assert phones.kept_pages(page)


def test_going_back_after_signing_out_shows_nothing(shared: BrowserContext) -> None:
    page = shared.pages[0]
    sign_out(page)
    page.wait_for_url("**/sign-in")
    page.go_back()
    until(page, lambda: page.evaluate("document.readyState") == "complete")
    until(page, lambda: page.locator("meta[name=opgang-reader]").count() == 0)
    assert "Amina" not in page.content()
    shared.set_offline(True)
    page.go_back()
    until(page, lambda: page.locator("meta[name=opgang-reader]").count() == 0)
    assert "Amina" not in page.content()


def test_the_next_person_empties_what_the_one_before_read(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    hand_over(shared, server, "yasmin")
    page.goto("/me")
    until(page, lambda: phones.kept_pages(page))
    until(page, lambda: {reader for reader, _ in phones.kept_pages(page)} == {YASMIN})
    shared.set_offline(True)
    page.goto("/board")
    assert page.locator("[data-page-missing]").is_visible()


def test_who_moves_out_keeps_no_page_of_the_section(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    with server.database.write() as session:
        yesterday = clock.today() - timedelta(days=1)
        mine = select(Member.household_id).where(Member.person_id == server.person("amina"))
        session.execute(update(Household).where(Household.id.in_(mine)).values(ends_on=yesterday))
    page.goto("/me")
    phones.keeps(page, AMINA, "/me")
    until(page, lambda: not [path for _, path in phones.kept_pages(page) if "/board" in path])
    shared.set_offline(True)
    page.goto("/board")
    assert page.locator("[data-page-missing]").is_visible()
    page.goto("/me")
    assert page.locator("html[data-seen]").count() == 1


def test_a_page_left_open_leaves_when_another_signs_in(
    shared: BrowserContext, server: Serving
) -> None:
    left = shared.pages[0]
    left.goto("/board")
    assert left.get_attribute("meta[name=opgang-reader]", "content") == AMINA
    hand_over(shared, server, "yasmin")
    other = shared.new_page()
    other.goto("/")
    until(
        other,
        lambda: left.get_attribute("meta[name=opgang-reader]", "content", timeout=0) == YASMIN,
    )


def test_a_session_ended_elsewhere_empties_the_phone(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    shared.clear_cookies()
    answer = page.goto("/board")
    assert answer is not None
    assert answer.status == 401
    until(page, lambda: phones.kept_pages(page) == [])


def test_an_answer_from_before_the_session_ended_brings_nobody_back(
    shared: BrowserContext,
) -> None:
    (worker,) = shared.service_workers
    assert worker.evaluate("whose()") == AMINA
    assert worker.evaluate(OVERTAKEN, AMINA) == ""


def test_what_one_wrote_is_never_sent_by_the_other(shared: BrowserContext, server: Serving) -> None:
    page = shared.pages[0]
    write_offline(page, "Aminas")
    hand_over(shared, server, "yasmin")
    shared.set_offline(False)
    until(page, lambda: waiting(page, AMINA)[0]["status"] == 401)
    page.goto("/offline")
    page.wait_for_selector("[data-others-waiting]:visible")
    assert "Aminas" not in page.content()
    assert page.locator("[data-waiting-list] > *").count() == 0
    (worker,) = shared.service_workers
    worker.evaluate("sendWaiting()")
    assert phones.hanging(server) == []
    assert len(waiting(page, AMINA)) == 1

    hand_over(shared, server, "amina")
    page.goto("/")
    until(page, lambda: phones.hanging(server) == [("Aminas", 0)])
    until(page, lambda: not waiting(page, AMINA))


def test_signing_out_asks_about_what_waits_and_keeps_it_locked(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    page.goto("/board/new")
    write_post(page, "x")
    page.fill("[name=title]", "x" * 121)
    page.fill("[name=text]", "Aminas ord")
    page.context.set_offline(True)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    until(page, lambda: waiting(page, AMINA)[0]["state"] == "refused")
    page.goto("/me")
    page.click(LEAVE)
    page.wait_for_selector("[data-leaving]")
    page.click("[data-choice=send]")
    until(page, lambda: page.locator("[data-choice=send]").is_enabled())
    assert page.url.endswith("/me")
    page.click("[data-choice=stay]")
    assert page.locator("[data-leaving]").count() == 0
    page.click(LEAVE)
    page.click("[data-choice=keep]")
    page.wait_for_url("**/sign-in")
    assert phones.kept_pages(page) == []

    hand_over(shared, server, "yasmin")
    page.goto("/offline")
    page.wait_for_selector("[data-others-waiting]:visible")
    assert "Aminas ord" not in page.content()
    hand_over(shared, server, "amina")
    page.goto("/offline")
    page.wait_for_selector("[data-waiting-list] [data-item-change]")
    assert len(waiting(page, AMINA)) == 1


def test_signing_out_may_throw_away_what_was_begun(shared: BrowserContext, server: Serving) -> None:
    page = shared.pages[0]
    page.goto("/board/new")
    page.fill("[name=text]", "Kun påbegyndt")
    until(page, lambda: page.evaluate(DRAFTS))
    page.goto("/me")
    page.click(LEAVE)
    page.click("[data-choice=discard]")
    page.wait_for_url("**/sign-in")
    assert page.evaluate(DRAFTS) == []
    assert phones.hanging(server) == []


def test_what_was_only_begun_is_told_of_apart_and_offers_no_sending(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    page.goto("/board/new")
    page.fill("[name=title]", "Cykel til salg")
    until(page, lambda: page.evaluate(DRAFTS))
    page.goto("/me")
    page.click(LEAVE)
    expect(page.locator("[data-leaving] [data-titles]")).to_contain_text("Cykel til salg")
    expect(page.locator("[data-leaving] [data-count]")).to_be_hidden()
    expect(page.locator("[data-choice=send]")).to_be_hidden()
    page.click("[data-choice=keep]")
    page.wait_for_url("**/sign-in")
    hand_over(shared, server, "amina")
    page.goto("/board/new")
    assert page.input_value("[name=title]") == "Cykel til salg"


def test_what_was_begun_over_a_week_ago_is_gone_and_not_asked_about(
    shared: BrowserContext,
) -> None:
    page = shared.pages[0]
    page.evaluate(
        """(key) => {
          const at = Date.now() - 7 * 24 * 3600 * 1000 - 1;
          const draft = { at, title: 'Sidste uge', fields: [['title', 'Sidste uge']] };
          localStorage.setItem(key, JSON.stringify(draft));
        }""",
        f"draft {AMINA} /board/new",
    )
    page.goto("/me")
    assert page.evaluate(DRAFTS) == []
    page.click(LEAVE)
    page.wait_for_url("**/sign-in")


def test_one_persons_draft_is_not_put_into_anothers_form(
    shared: BrowserContext, server: Serving
) -> None:
    page = shared.pages[0]
    page.goto("/board/new")
    page.fill("[name=text]", "Aminas hemmelighed")
    until(page, lambda: page.evaluate(DRAFTS))
    hand_over(shared, server, "yasmin")
    page.goto("/board/new")
    assert page.input_value("[name=text]") == ""
    hand_over(shared, server, "amina")
    page.goto("/board/new")
    assert page.input_value("[name=text]") == "Aminas hemmelighed"


def test_an_answer_on_its_way_from_before_a_sign_in_does_not_bring_its_reader_back(
    shared: BrowserContext, server: Serving
) -> None:
    (worker,) = shared.service_workers
    page = shared.pages[0]
    page.goto("/me")
    kept = worker.evaluate(
        """async () => {
          const slow = answer({ request: new Request('/board'), waitUntil: Boolean });
          await someoneElse();
          await slow;
          return opgang.outbox.recall('reader');
        }"""
    )
    assert kept == ""


def test_a_mistyped_address_says_nothing_about_whose_phone_it_is(
    shared: BrowserContext,
) -> None:
    writing = shared.pages[0]
    writing.goto("/board/new")
    writing.fill("[name=title]", "Midt i det hele")
    writing.evaluate("window.stillHere = true")
    mistyped = shared.new_page()
    answer = mistyped.goto("/bord")
    assert answer is not None
    assert answer.status == 404
    assert "opgang-reader" not in answer.headers
    assert mistyped.get_attribute("meta[name=opgang-reader]", "data-unknown") == ""
    mistyped.goto("/privacy")
    assert ["key-amina", "/board"] in phones.kept_pages(mistyped)
    assert writing.evaluate("window.stillHere")
    assert writing.input_value("[name=title]") == "Midt i det hele"
    assert mistyped.evaluate("opgang.outbox.recall('reader')") == AMINA
