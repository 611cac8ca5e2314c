"""Reading aloud: which words are spoken in which language.

A headless browser has no voices, so a stand-in for the phone's notes what it is given to say.
"""

from typing import Any

import pytest
from playwright.sync_api import Page

from estate.giving.actions import give_notice
from estate.letters.rules import Draft, PlaceKind
from tests.browser.phones import until
from tests.browser.watching import PageFor
from tests.builders import Estate
from tests.posts import put_up
from tests.serving import Serving

VOICES = """(languages) => {
  window.spoken = [];
  window.did = [];
  const all = languages.map((lang) => ({ lang: lang, name: lang, localService: !window.remote }));
  const speech = new EventTarget();
  Object.assign(speech, {
    getVoices: () => (window.late ? [] : all),
    speak: (said) => { window.spoken.push(said); },
    pause: () => window.did.push('pause'),
    resume: () => window.did.push('resume'),
    cancel: () => window.did.push('cancel'),
  });
  Object.defineProperty(window, 'speechSynthesis', { value: speech });
  window.SpeechSynthesisUtterance = function (text) { this.text = text; };
}"""
SPOKEN = "spoken.map((one) => [one.text, one.lang, one.voice.lang])"
TEXT = "Må jeg låne din boremaskine? Jeg har kun brug for den i en time."


@pytest.fixture
def address(server: Serving, estate: Estate) -> str:
    """A post of yasmin's, in Danish."""
    with server.database.write() as session:
        return f"/board/{put_up(session, estate, 'yasmin', text=TEXT).id}"


def with_voices(page: Page, *languages: str, late: bool = False, remote: bool = False) -> Page:
    """A phone that has voices for these languages; `remote` ones send away what they are to say."""
    start = ("window.late = true;" if late else "") + ("window.remote = true;" if remote else "")
    page.add_init_script(f"{start} ({VOICES})({list(languages)!r})")
    return page


def spoken(page: Page) -> Any:
    return page.evaluate(SPOKEN)


def test_a_post_is_read_in_the_language_it_was_written_in(page_for: PageFor, address: str) -> None:
    page = with_voices(page_for("amina"), "en-GB", "da-DK")
    page.goto(address)
    assert spoken(page) == [], "Nothing is said before somebody asks."
    page.click("[data-read]")
    assert spoken(page) == [
        ["Må jeg låne din boremaskine?", "da", "da-DK"],
        ["Jeg har kun brug for den i en time.", "da", "da-DK"],
    ]


def test_without_a_voice_for_its_language_a_post_has_no_button(
    page_for: PageFor, address: str
) -> None:
    english = with_voices(page_for("amina"), "en-GB", "ar-SA")
    english.goto(address)
    assert english.locator("[data-read-aloud]").is_hidden()
    silent = page_for("amina")  # as headless chromium is
    silent.goto(address)
    assert silent.locator("[data-read-aloud]").is_hidden()


def test_a_voice_that_sends_the_text_away_is_none(page_for: PageFor, address: str) -> None:
    page = with_voices(page_for("amina"), "da-DK", remote=True)
    page.goto(address)
    assert page.locator("[data-read-aloud]").is_hidden()


def opened(page: Page, path: str) -> bool:
    """Whether a page is there by now."""
    answer = page.goto(path)
    return answer is not None and answer.ok


def test_a_letter_is_read_in_each_language_it_is_written_in(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    texts = {"da": ("Nye vinduer", "Vi skifter vinduer."), "en": ("New windows", "We come soon.")}
    places = [(PlaceKind.SECTION, estate.section)]
    with server.database.write() as session:
        letter = give_notice(session, Draft(estate.section, "works", texts, places), None, "")
    page = with_voices(page_for("amina"), "en-GB", "da-DK")
    until(page, lambda: opened(page, f"/letters/{letter}"))
    for language, title in (("da", "Nye vinduer"), ("en", "New windows")):
        if language != "da":
            page.click(
                "main summary:has([lang=en])"
            )  # languages that are not the reader's are folded
        page.click(f"[data-read-aloud=letter-{language}] [data-read]")
        said = spoken(page)
        assert {one[1] for one in said} == {language}
        assert title in [one[0] for one in said]
        page.evaluate("window.spoken = []")


def test_a_voice_that_comes_late_brings_the_button(page_for: PageFor, address: str) -> None:
    page = with_voices(page_for("amina"), "da-DK", late=True)
    page.goto(address)
    assert page.locator("[data-read-aloud]").is_hidden()
    page.evaluate("window.late = false; speechSynthesis.dispatchEvent(new Event('voiceschanged'))")
    assert page.locator("[data-read]").is_visible()


def test_reading_is_paused_gone_on_with_and_stopped_by_the_keyboard(
    page_for: PageFor, address: str
) -> None:
    page = with_voices(page_for("amina"), "da-DK")
    page.goto(address)
    page.focus("[data-read]")
    for button in ("data-pause", "data-go-on", "data-pause"):
        page.keyboard.press("Enter")
        assert page.evaluate(f"document.activeElement.hasAttribute('{button}')")
    assert page.evaluate("did.filter((one) => one !== 'cancel')") == ["pause", "resume"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hasAttribute('data-stop')")
    page.keyboard.press("Enter")
    assert page.evaluate("did[did.length - 1]") == "cancel"
    assert page.evaluate("document.activeElement.hasAttribute('data-read')")


def test_what_was_read_to_its_end_can_be_read_again(page_for: PageFor, address: str) -> None:
    page = with_voices(page_for("amina"), "da-DK")
    page.goto(address)
    page.click("[data-read]")
    assert page.locator("[data-stop]").is_visible()
    page.evaluate("spoken[spoken.length - 1].onend()")
    assert page.locator("[data-stop]").is_hidden()
    page.click("[data-read]")
    assert len(spoken(page)) == 4


def test_a_long_sentence_is_said_in_parts_and_none_of_it_is_lost(
    page_for: PageFor, server: Serving, estate: Estate
) -> None:
    long = " ".join(f"ord{number}" for number in range(120))
    with server.database.write() as session:
        post = put_up(session, estate, "yasmin", text=long).id
    page = with_voices(page_for("amina"), "da-DK")
    page.goto(f"/board/{post}")
    page.click("[data-read]")
    said = [text for text, _, _ in spoken(page)]
    assert max(map(len, said)) <= 200
    assert " ".join(said) == long


def test_an_answer_that_arrives_meanwhile_disturbs_no_reading(
    page_for: PageFor, address: str
) -> None:
    page, writer = with_voices(page_for("amina"), "da-DK"), page_for("jonas")
    page.goto(address)
    page.wait_for_selector("html[data-live-state=on]")
    page.focus("[data-read]")
    page.keyboard.press("Enter")
    writer.goto(address)
    answer = writer.locator("form[data-outbox]").first
    answer.locator("textarea").fill("Jeg har en")
    answer.locator("button[type=submit]").click()
    page.wait_for_selector("text=Jeg har en")
    assert page.evaluate("document.activeElement.hasAttribute('data-pause')")
    assert page.locator("[data-stop]").is_visible()
    assert page.evaluate("did.slice(1)") == [], "It was neither stopped nor paused."
