"""Passkeys in a real browser with a virtual authenticator, from the first one to the last."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, CDPSession, Page, expect
from sqlalchemy import select, update

from estate.access.rules import Beginning
from estate.passkeys.models import Passkey
from tests.browser.watching import PageFor
from tests.serving import Serving


def authenticator(page: Page, *, unlocks: bool = True) -> CDPSession:
    """Give a browser a phone's own authenticator; `unlocks` is whether the finger fits."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": unlocks,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return cdp


def add_passkey(page: Page, name: str = "") -> None:
    """From my devices to a new passkey, by its button."""
    page.goto("/me/devices")
    page.locator('a[href="/me/devices/passkey"]').click()
    if name:
        page.locator("#f-name").fill(name)
    page.locator("#f-passkey").click()
    page.wait_for_url("**/me/devices")


def sign_out(page: Page) -> None:
    """Leave, by one's own page."""
    page.goto("/me")
    page.locator('form[action="/sign-out"] button').click()
    page.wait_for_url("**/sign-in*")


def test_a_passkey_is_added_and_opens_the_door_after_signing_out(
    page_for: PageFor, server: Serving
) -> None:
    page = page_for("amina")
    authenticator(page)
    add_passkey(page, "Min telefon")
    expect(page.locator(".rows")).to_contain_text(["", "Min telefon"])
    sign_out(page)
    page.goto("/me/email")
    page.locator("#f-passkey").click()
    page.wait_for_url("**/me/email")
    expect(page.locator("main")).to_contain_text("amina@example.org")
    with server.database.read() as session:
        key = session.scalars(select(Passkey)).one()
        assert key.person_id == server.people["amina"]
        assert key.used_at is not None
        assert key.sign_count > 0


def test_the_whole_way_can_be_gone_with_the_keyboard(page_for: PageFor) -> None:
    page = page_for("amina")
    authenticator(page)
    page.goto("/me/devices/passkey")
    page.locator("#f-passkey").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/me/devices")
    sign_out(page)
    page.locator("#f-email").focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "f-passkey":
            break
    assert page.evaluate("document.activeElement.id") == "f-passkey"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/$"))


def test_a_session_the_office_began_cannot_add_a_passkey(page_for: PageFor) -> None:
    page = page_for("amina", began=Beginning.OFFICE)
    authenticator(page)
    answer = page.goto("/me/devices/passkey")
    assert answer is not None
    assert answer.status == 403
    assert page.locator('[data-passkey="create"]').count() == 0
    refused = page.evaluate(
        "fetch('/me/devices/passkey/options', {method: 'POST'}).then((a) => a.status)"
    )
    assert refused == 403


def test_an_earlier_passkey_confirms_a_session_the_office_began(
    context_for: Callable[..., BrowserContext], server: Serving
) -> None:
    context = context_for("amina")
    page = context.new_page()
    authenticator(page)
    add_passkey(page)
    context.add_cookies([server.cookie("amina", Beginning.OFFICE)])  # type: ignore[list-item]
    page.goto("/me/devices/confirm")
    page.locator("#f-passkey").click()
    page.wait_for_url("**/me/devices")
    answer = page.goto("/me/devices/passkey")
    assert answer is not None
    assert answer.status == 200


def test_somebody_elses_passkey_confirms_nothing(
    context_for: Callable[..., BrowserContext], server: Serving
) -> None:
    context = context_for("bent")
    page = context.new_page()
    authenticator(page)
    add_passkey(page)
    with server.database.write() as session:
        session.add(
            Passkey(
                person_id=server.people["amina"],
                credential_id=b"elsewhere",
                public_key=b"",
                sign_count=0,
                name="Elsewhere",
                added_at=session.scalars(select(Passkey.added_at)).one(),
            )
        )
    context.add_cookies([server.cookie("amina", Beginning.OFFICE)])  # type: ignore[list-item]
    page.goto("/me/devices/confirm")
    page.locator("#f-passkey").click()
    expect(page.locator("[data-errors]")).to_be_visible()
    answer = page.goto("/me/devices/passkey")
    assert answer is not None
    assert answer.status == 403


def test_a_removed_passkey_opens_nothing(page_for: PageFor) -> None:
    page = page_for("amina")
    authenticator(page)
    add_passkey(page)
    page.locator("details summary").first.click()
    page.locator('form[action$="/name"] input').fill("Gammel telefon")
    page.locator('form[action$="/name"] button').click()
    expect(page.locator("main")).to_contain_text("Gammel telefon")
    page.locator("details summary").first.click()
    page.locator('form[action$="/remove"] button').click()
    expect(page.locator("main")).not_to_contain_text("Gammel telefon")
    sign_out(page)
    page.locator("#f-passkey").click()
    expect(page.locator("[data-errors]")).to_be_visible()


def test_a_copied_passkey_is_found_out_by_its_counter(page_for: PageFor, server: Serving) -> None:
    page = page_for("amina")
    authenticator(page)
    add_passkey(page)
    with server.database.write() as session:
        session.execute(update(Passkey).values(sign_count=10_000))
    sign_out(page)
    page.locator("#f-passkey").click()
    expect(page.locator("[data-errors]")).to_be_visible()


def test_a_finger_that_does_not_fit_is_told_beside_the_button(page_for: PageFor) -> None:
    page = page_for("amina")
    authenticator(page, unlocks=False)
    page.goto("/me/devices/passkey")
    page.locator("#f-passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_be_visible()
    expect(page.locator("#f-passkey")).to_be_focused()


def test_the_office_hands_over_a_code_that_a_phone_types(page_for: PageFor) -> None:
    desk, phone = page_for("office"), page_for()
    desk.goto("/desk/people?q=amina")
    desk.locator(".rows a").first.click()
    desk.locator('form[action*="/link"] button').first.click()
    code = desk.locator(".handover-code").inner_text()
    phone.goto("/sign-in")
    phone.locator("details summary").first.click()
    phone.locator("#f-letter").fill(code.lower())
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/sign-in/*")
    phone.locator("main form button").click()
    phone.wait_for_url(re.compile(r"/$"))
    phone.goto("/me/devices")
    expect(phone.locator(".notice.wait")).to_be_visible()


def test_without_scripts_one_signs_in_by_code_and_sees_no_passkey_button(
    page_for: PageFor,
) -> None:
    page = page_for(java_script_enabled=False)
    page.goto("/sign-in")
    assert page.locator('[data-passkey="get"]').is_hidden()
    page.locator("#f-email").fill("amina@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/code")
    assert page.locator("#f-code").is_visible()
