"""Forms sent with a mistake, sent twice, or sent at last: what is seen, and what is left."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engagement.moderation.actions import report
from engagement.moderation.rules import ReportedKind
from estate import clock
from tests.browser import phones
from tests.browser.phones import send, until, waiting, worker_ready, write_post
from tests.browser.watching import PageFor
from tests.builders import Estate
from tests.posts import put_up, writing
from tests.serving import Serving

AMINA = "key-amina"
ONE_POST = re.compile(r"/board/\d+$")
LETTER: FilePayload = {"name": "beach.jpg", "mimeType": "image/jpeg", "buffer": b"Dear diary"}
FOREIGN: FilePayload = {"name": "beach.heic", "mimeType": "image/heic", "buffer": b"Dear diary"}


@pytest.fixture
def page(page_for: PageFor) -> Page:
    """Amina's phone with the form for a new post open."""
    page = page_for("amina")
    page.goto("/board/new")
    worker_ready(page)
    return page


@pytest.mark.parametrize("file", [LETTER, FOREIGN], ids=["the phone sees it", "the house sees it"])
def test_a_file_that_is_no_picture_makes_no_post_until_it_is_taken_out(
    page: Page, server: Serving, file: FilePayload
) -> None:
    write_post(page, "Stranden")
    page.set_input_files("[data-photos-input]", [phones.photo(), file])
    until(page, lambda: page.locator("[data-photos-item]").count() == 2)
    expect(page.locator("[data-photos-name]:visible")).to_have_text(file["name"])
    for _ in range(2):
        send(page)
        problem = page.locator(".photos-field [data-problem]")
        expect(problem).to_contain_text(file["name"])
        expect(page.locator("[data-errors]")).to_be_focused()
        assert page.input_value("[name=title]") == "Stranden"
        assert phones.hanging(server) == []
        assert waiting(page, AMINA) == []
    page.locator("[data-photos-remove]").nth(1).click()
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Stranden", 1)]


def test_a_mistake_is_shown_in_the_form_and_leaves_nothing_waiting(
    page: Page, server: Serving
) -> None:
    page.fill("[name=text]", "Uden overskrift")
    send(page)
    summary = page.locator("[data-errors]")
    expect(summary).to_be_focused()
    title = page.locator("[name=title]")
    expect(title).to_have_attribute("aria-invalid", "true")
    told = (title.get_attribute("aria-describedby") or "").split()
    assert page.locator(f"#{told[0]}").inner_text() in summary.inner_text()
    assert page.locator(f"#{told[1]}").get_attribute("class") == "hint"
    assert waiting(page, AMINA) == []
    expect(page.locator("[data-waiting]:visible")).to_have_count(0)
    summary.locator("a[href='#f-title']").click()
    expect(title).to_be_focused()
    write_post(page, "Med overskrift")
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Med overskrift", 0)]


def test_a_preview_takes_back_what_is_mended_and_leaves_what_is_not(page: Page) -> None:
    write_post(page, "")
    page.evaluate("document.querySelectorAll('[name=kind]').forEach((it) => (it.checked = false))")
    send(page)
    links = page.locator("[data-errors] a")
    expect(links).to_have_count(2)
    page.fill("[name=title]", "Nu med overskrift")
    page.click("[name=preview]")
    expect(links).to_have_count(1)
    expect(links).to_have_attribute("href", "#f-kind")
    expect(page.locator("[name=title][aria-invalid]")).to_have_count(0)
    page.check("[name=kind][value=give]", force=True)
    page.click("[name=preview]")
    expect(page.locator("[data-errors], .field.wrong")).to_have_count(0)


def test_choosing_an_event_opens_its_questions_and_a_missing_day_is_marked(page: Page) -> None:
    day = page.locator("[name=starts_day]")
    expect(day).to_be_hidden()
    page.check("[name=kind][value=event]", force=True)
    expect(day).to_be_visible()
    page.fill("[name=title]", "Sommerfest")
    send(page)
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(day).to_be_visible()
    expect(day).to_have_attribute("aria-invalid", "true")
    page.check("[name=kind][value=give]", force=True)
    expect(day).to_be_hidden()


def test_without_script_a_missing_day_is_marked_in_an_open_fold(page_for: PageFor) -> None:
    page = page_for("amina", java_script_enabled=False)
    page.goto("/board/new")
    page.check("[name=kind][value=event]", force=True)
    page.fill("[name=title]", "Sommerfest")
    page.click("form[data-outbox] button[type=submit]")
    day = page.locator("[name=starts_day]")
    expect(day).to_be_visible()
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-errors]")).to_be_focused()
    page.click("[data-errors] a[href='#f-starts_day']")
    expect(day).to_be_in_viewport()


def test_what_waited_and_was_refused_is_opened_mended_and_gone(page: Page, server: Serving) -> None:
    page.goto("/offline")
    phones.keeps(page, AMINA, "/board/new")
    page.goto("/board/new")
    page.context.set_offline(True)
    page.check("[name=kind][value=event]", force=True)
    page.fill("[name=title]", "Sommerfest")
    page.fill("[name=text]", "Tag selv stole med.")
    page.fill("[name=starts_day]", "2026-01-01")
    page.fill("[name=starts_at]", "17:00")
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    until(page, lambda: [it["state"] for it in waiting(page, AMINA)] == ["refused"])
    page.goto("/offline")
    item = page.locator("[data-waiting-list] > li")
    expect(item).to_contain_text("Tag selv stole med.")
    expect(item.locator("[data-item-send]")).to_be_hidden()
    item.locator("[data-item-change]").click()
    day = page.locator("[name=starts_day]")
    expect(day).to_have_attribute("aria-invalid", "true")
    expect(day).to_be_visible()
    send(page)  # still long ago: it stays the one item it was
    expect(page.locator("[data-errors]")).to_be_focused()
    assert len(waiting(page, AMINA)) == 1
    page.evaluate(
        "document.querySelector('[name=starts_day]').value ="
        " new Date(Date.now() + 9e8).toISOString().slice(0, 10)"
    )
    send(page)
    page.wait_for_url(ONE_POST)
    assert waiting(page, AMINA) == []
    assert phones.hanging(server) == [("Sommerfest", 0)]


def test_a_restored_draft_is_forgotten_with_its_word_once_sent(page: Page) -> None:
    page.goto("/board/new")
    write_post(page, "Til salg")
    send(page)
    page.wait_for_url(ONE_POST)
    answer = page.locator("form#answer")
    answer.locator("textarea").fill("Er den")
    until(page, lambda: page.evaluate("Object.keys(localStorage).some((it) => /^draft/.test(it))"))
    page.reload()
    page.wait_for_selector("html[data-live-state=on]")
    expect(answer.locator("[data-draft-note]")).to_be_visible()
    answer.locator("textarea").fill("Er den solgt?")
    answer.locator("button[type=submit]").click()
    expect(page.locator(".comments")).to_contain_text("Er den solgt?")
    expect(answer.locator("textarea")).to_have_value("")
    expect(page.locator("[data-draft-note], [data-outcome]")).to_have_count(0)
    assert not page.evaluate("Object.keys(localStorage).some((it) => /^draft/.test(it))")


def test_a_post_changed_on_two_phones_tells_the_later_one_and_then_takes_its_words(
    page: Page, page_for: PageFor, server: Serving
) -> None:
    write_post(page, "To cykler")
    send(page)
    page.wait_for_url(ONE_POST)
    address = f"{page.url}/edit"
    page.goto(address)
    other = page_for("amina")
    other.goto(address)
    for each, title in ((other, "Tre cykler"), (page, "Fire cykler")):
        each.fill("[name=title]", title)
        send(each)
        until(each, lambda: phones.hanging(server) == [("Tre cykler", 0)])
    expect(page.locator("[data-errors]")).to_be_focused()
    assert waiting(page, AMINA) == []
    send(page)
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Fire cykler", 0)]


def test_going_back_after_sending_finds_an_empty_form(page: Page) -> None:
    write_post(page, "Sendt")
    send(page)
    page.wait_for_url(ONE_POST)
    page.go_back()
    page.wait_for_selector("form[data-outbox]")
    assert page.input_value("[name=title]") == ""
    expect(page.locator("[data-outcome], [data-draft-note]")).to_have_count(0)


def test_the_strip_follows_the_network_and_not_how_the_page_came(page: Page) -> None:
    page.goto("/offline")
    phones.keeps(page, AMINA, "/offline")
    page.context.set_offline(True)
    page.goto("/offline")
    offline, line = page.locator("[data-offline]"), page.locator("[data-when-online]")
    expect(offline).to_be_visible()
    expect(line).to_be_hidden()
    page.context.set_offline(False)
    expect(line).to_be_visible()
    expect(offline).to_be_hidden()


def test_what_waited_says_when_it_is_sent_and_leads_to_it(page: Page, server: Serving) -> None:
    page.context.set_offline(True)
    write_post(page, "Fra kælderen")
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    expect(page.locator("[data-sent]")).to_contain_text("Fra kælderen")
    box = page.locator("form [data-outcome]")
    expect(box).to_have_text("Sendt – se det")
    box.locator("a").click()
    page.wait_for_url(ONE_POST)
    assert phones.hanging(server) == [("Fra kælderen", 0)]


def test_the_box_of_what_waited_and_was_refused_leads_to_it(page: Page) -> None:
    page.context.set_offline(True)
    write_post(page, "x" * 130)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    page.context.set_offline(False)
    box = page.locator("form [data-outcome]")
    expect(box).to_have_attribute("role", "alert")
    box.locator("a").click()
    expect(page.locator("[name=title]")).to_have_value("x" * 130)
    expect(page.locator("[data-errors]")).to_be_focused()


def test_without_network_nothing_is_kept_that_lacks_an_answer_or_was_kept_before(
    page: Page,
) -> None:
    page.context.set_offline(True)
    send(page)
    expect(page.locator("[data-errors] li")).to_have_count(2)  # who reads it is chosen already
    assert waiting(page, AMINA) == []
    write_post(page, "Fra kælderen")
    for _ in range(2):
        page.locator("form[data-outbox] button[type=submit]").first.click(force=True)
        page.wait_for_selector("[data-piece=queued]")
    expect(page.locator("[data-errors]")).to_have_count(0)
    assert [item["title"] for item in waiting(page, AMINA)] == ["Fra kælderen"]


def test_a_change_that_waits_is_changed_once_more_and_is_still_one(
    page: Page, server: Serving
) -> None:
    write_post(page, "To cykler")
    send(page)
    page.wait_for_url(ONE_POST)
    page.goto(f"{page.url}/edit")
    page.context.set_offline(True)
    for title in ("Tre cykler", "Fire cykler"):
        page.fill("[name=title]", title)
        send(page)
        until(page, lambda title=title: [it["title"] for it in waiting(page, AMINA)] == [title])
        expect(page.locator("[name=title]")).to_have_value(title)
    page.context.set_offline(False)
    expect(page.locator("form [data-outcome] a")).to_have_text("Sendt – se det")
    assert phones.hanging(server) == [("Fire cykler", 0)]


def test_photos_without_room_are_named_and_those_chosen_hang_in_the_preview(page: Page) -> None:
    write_post(page, "Stranden")
    names = [f"{number}.jpg" for number in range(1, 6)]
    page.set_input_files("[data-photos-input]", [{**phones.photo(), "name": it} for it in names])
    left_out = page.locator("[data-photos-left-out]")
    expect(left_out).to_be_visible()
    expect(left_out).to_contain_text("4.jpg, 5.jpg")
    second = page.get_by_role("button", name="Fjern billede 2")
    page.click("[name=preview]")
    shown = page.locator("[data-preview-photos] img")
    expect(shown).to_have_count(3)
    second.click()
    expect(shown).to_have_count(2)
    expect(left_out).to_have_count(0)
    page.context.set_offline(True)
    send(page)
    page.wait_for_selector("[data-piece=queued]")
    expect(page.locator("#preview *")).to_have_count(0)


def test_a_missing_day_is_told_of_in_the_same_words_with_and_without_script(
    page: Page, page_for: PageFor
) -> None:
    plain = page_for("amina", java_script_enabled=False)
    plain.goto("/board/new")
    for each in (page, plain):
        each.check("[name=kind][value=event]", force=True)
        send(each)
    expect(plain.locator("[data-errors] li")).to_have_count(2)
    assert plain.inner_text("[data-errors]") == page.inner_text("[data-errors]")


def test_a_suggested_reason_is_put_where_it_can_be_changed(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    with server.database.write() as session:
        post = put_up(session, estate, "bent")
        amina = writing(session, estate, "amina")
        why = "Det er ikke rart."
        report(session, amina, post, ReportedKind.POST, post.id, why, "da", clock.now())
    page = page_for("chair")
    page.goto("/moderation/1")
    suggestion = page.locator("[data-suggests]").first
    suggestion.click()
    expect(page.locator("[name=reason]")).to_have_value(suggestion.inner_text())
    expect(page.locator("[name=reason]")).to_be_focused()
    page.fill("[name=reason]", "Tag navnet ud.")
    suggestion.click()
    suggestion.click()
    both = f"Tag navnet ud. {suggestion.inner_text()}"
    expect(page.locator("[name=reason]")).to_have_value(both)


def test_the_room_left_is_told_when_it_becomes_narrow(page: Page) -> None:
    room = page.locator("[data-room]")
    page.fill("[name=title]", "x" * 90)
    expect(room).to_have_count(0)
    page.fill("[name=title]", "x" * 110)
    expect(room).to_contain_text("10")
    page.fill("[name=title]", "x" * 123)
    expect(room).to_have_class("problem")
    expect(room).to_contain_text("3")
