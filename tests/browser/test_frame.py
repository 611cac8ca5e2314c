"""The frame around every page, in a real browser."""

from tests.browser.watching import PageFor, Troubles


def test_a_signed_in_person_is_greeted_by_the_tabs(page_for: PageFor) -> None:
    page = page_for("amina")
    page.goto("/")
    assert page.locator("nav.rail a[aria-current=page]").count() == 1
    assert page.evaluate("document.documentElement.lang") == "da"


def test_somebody_signed_out_is_asked_to_sign_in(page_for: PageFor) -> None:
    page = page_for()
    answer = page.goto("/")
    assert answer is not None
    assert answer.status == 401


def test_a_script_that_the_policy_refuses_is_noticed(page_for: PageFor, troubles: Troubles) -> None:
    page = page_for("amina")
    page.goto("/")
    with page.expect_console_message(lambda m: "Content Security Policy" in m.text):
        page.evaluate("document.body.appendChild(document.createElement('script')).text = '1'")
    (complaint,) = troubles.seen
    assert "script-src" in complaint
    troubles.seen.clear()
