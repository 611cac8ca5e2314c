"""Signing in and out."""

import math
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import Response

from estate.access import actions as access
from estate.access.rules import Beginning, own_path
from estate.codes import actions as codes
from estate.codes.queries import Ticket, ticket_of
from estate.codes.rules import address_problem, is_number, plain_address, typed_code
from estate.invitations import actions as invitations
from estate.invitations.queries import Letter, letter_of
from estate.language import N_, Message, say
from estate.passkeys import actions as passkeys
from estate.people.queries import persons_by_email
from estate.permissions import Permission
from estate.phones import actions as phones
from estate.refusals import Missing, TooMany
from estate.texts.rules import e164, shown_number
from web.arriving import (
    ADDRESS_COOKIE,
    SPENT,
    WRONG_CODE,
    arrive,
    count,
    count_code,
    forgive,
    forgive_code,
    network,
    offices_to_ask,
    passkey_owner,
    relying_party,
    sign_in_values,
)
from web.demo import DEMO_ROLES
from web.passkeys import ceremonies
from web.routing import page
from web.visits import SESSION_COOKIE, Answer, Cookie, Go, Show, Visit

A_QUARTER = 900


def sign_in(visit: Visit) -> Answer:
    """The sign-in page: e-mail or phone, passkey, the letter's code, the card."""
    values = sign_in_values(visit.session, visit.house, visit.asked("next", "/"))
    by_letter = visit.asked("with") == "letter"
    return visit.show("sign_in/sign_in.html", by_letter=by_letter, **values)


def _again(visit: Visit, problems: dict[str, Message]) -> Answer:
    values = sign_in_values(visit.session, visit.house, visit.form.text("next", "/"))
    values |= {"problems": problems, "typed": visit.form.typed()}
    return visit.show("sign_in/sign_in.html", status=422, **values)


def _with_next(address: str, next_page: str) -> str:
    wanted = own_path(next_page)
    return address if wanted == "/" else f"{address}?next={quote(wanted, safe='/')}"


def sign_in_email(visit: Visit) -> Answer:
    """Send a code by mail or SMS; the answer is the same whether or not anybody is known by it."""
    typed, next_page = visit.form.text("email"), visit.form.text("next", "/")
    problem = address_problem(typed)
    if problem is not None:
        return _again(visit, {"email": problem})
    address = plain_address(typed)
    count(visit, "network", network(visit))
    count_code(visit, address)
    _send_code(visit, address, next_page)
    kept = Cookie(ADDRESS_COOKIE, quote(address), A_QUARTER)
    return Go(_with_next(visit.url_for("sign_in_code"), next_page), cookies=(kept,))


def _send_code(visit: Visit, address: str, next_page: str) -> None:
    session, key, settings = visit.session, visit.house.key, visit.house.settings
    if is_number(address):
        codes.text_sign_in(session, key, address, visit.language, settings.host, visit.now)
        return
    link = settings.base_url + _with_next("/sign-in/{token}", next_page)
    codes.mail_sign_in(session, key, address, visit.language, link, visit.now)


def sign_in_code(visit: Visit) -> Answer:
    """Where the six digits are typed."""
    name = visit.house.cookie_name(ADDRESS_COOKIE)
    address = unquote(visit.request.cookies.get(name, ""))
    return _code_page(visit, address, visit.asked("next", "/"))


def _code_page(
    visit: Visit,
    address: str,
    next_page: str,
    status: int = 200,
    problems: dict[str, Message] | None = None,
    wait: int = 0,
) -> Show:
    number = e164(address) if address and is_number(address) else None
    return visit.show(
        "sign_in/code.html",
        status=status,
        problems=problems or {},
        email=address,
        number=shown_number(number) if number else "",
        next=own_path(next_page),
        wait=wait,
        offices=offices_to_ask(visit.session) if wait else (),
    )


def sign_in_code_check(visit: Visit) -> Answer:
    """Let somebody in by an address or number and the code that was sent to it."""
    address, next_page = plain_address(visit.form.text("email")), visit.form.text("next", "/")
    count(visit, "network", network(visit))
    try:
        count(visit, "code", address)
    except TooMany as enough:
        codes.end_digits(visit.session, address, visit.now)
        minutes = math.ceil((enough.seconds - 1) / 60)
        shown = _code_page(visit, address, next_page, 429, wait=minutes)
        return replace(shown, headers={"Retry-After": str(enough.seconds)})
    person = codes.spend_code(
        visit.session, visit.house.key, address, visit.form.text("code"), visit.now
    )
    if person is None:
        return _code_page(visit, address, next_page, 422, {"code": say(WRONG_CODE)})
    forgive_code(visit, address)
    forgive(visit, "network", network(visit))
    if is_number(address):
        phones.note_number(visit.session, person, address, visit.now)
        return arrive(visit, person, Beginning.SMS, next_page)
    codes.note_address(visit.session, person, address, visit.now)
    return arrive(visit, person, Beginning.EMAIL, next_page)


def sign_in_letter(visit: Visit) -> Answer:
    """Go on with a code typed from a letter or from the office's screen."""
    code, next_page = typed_code(visit.form.text("letter")), visit.form.text("next", "/")
    if not code:
        return _again(visit, {"letter": say(N_("Write the code from your letter."))})
    if _way_in(visit, code) is None:
        return _again(visit, {"letter": say(WRONG_CODE)})
    return Go(_with_next(visit.url_for("way_in", code=code), next_page))


def _way_in(visit: Visit, code: str) -> Letter | Ticket | None:
    """What a code opens. Each wrong one counts against the network it comes from."""
    count(visit, "code", network(visit))
    session, key, now = visit.session, visit.house.key, visit.now
    found = letter_of(session, key, code, now) or ticket_of(session, key, code, now)
    if found is not None:
        forgive(visit, "code", network(visit))
    return found


def way_in(visit: Visit) -> Answer:
    """What a letter's or a link's address opens: one question, and nothing is used up yet."""
    found = _way_in(visit, visit.part("code"))
    if found is None:
        return _over(visit)
    return visit.show("sign_in/way_in.html", **_question(visit, found, visit.asked("next", "/")))


def _question(visit: Visit, found: Letter | Ticket, next_page: str) -> dict[str, Any]:
    return {
        "code": visit.part("code"),
        "letter": found if isinstance(found, Letter) else None,
        "ticket": found if isinstance(found, Ticket) else None,
        "next": own_path(next_page),
        "problems": {},
    }


def _over(visit: Visit) -> Answer:
    return visit.show("sign_in/over.html", status=404)


def way_in_take(visit: Visit) -> Answer:
    """Use up a link, or one adult's turn of a letter."""
    found, next_page = _way_in(visit, visit.part("code")), visit.form.text("next", "/")
    if found is None:
        return _over(visit)
    if isinstance(found, Ticket):
        made_by = codes.spend_ticket(visit.session, found.code, visit.now)
        return arrive(visit, found.person, found.began, next_page, made_by)
    member = visit.form.number("member")
    if member is None:
        values = _question(visit, found, next_page)
        values["problems"] = {"member": say(N_("Choose who you are."))}
        return visit.show("sign_in/way_in.html", status=422, **values)
    person = invitations.admit(
        visit.session, visit.house.key, visit.part("code"), member, visit.now
    )
    return arrive(visit, person, Beginning.INVITATION, next_page)


def passkey_request(visit: Visit) -> Answer:
    """What the browser is to ask its passkeys."""
    count(visit, "network", network(visit))
    challenge = passkeys.make_challenge(visit.session, None, visit.now)
    options = ceremonies().request_options(relying_party(visit), challenge)
    return Response(options, 200, {"Cache-Control": "no-store"}, "application/json")


def sign_in_passkey(visit: Visit) -> Answer:
    """Let somebody in by a passkey."""
    count(visit, "network", network(visit))
    person = passkey_owner(visit, None)
    if person is None:
        text = N_("That passkey is not known here. Use your e-mail address instead.")
        return _again(visit, {"passkey": say(text)})
    forgive(visit, "network", network(visit))
    return arrive(visit, person, Beginning.PASSKEY, visit.form.text("next", "/"))


def demo_sign_in(visit: Visit) -> Answer:
    """One tap into a demo role; there is no such page outside the demo."""
    if not visit.house.demo:
        raise Missing
    email = f"{visit.part('role')}@demo.example"
    if email not in dict(DEMO_ROLES):
        raise Missing
    (person,) = persons_by_email(visit.session, email)
    return arrive(visit, person.id, Beginning.DEMO, visit.form.text("next", "/"))


def sign_out(visit: Visit) -> Answer:
    """Leave this device; what it kept is emptied."""
    reader = visit.reader
    if reader.session is not None:
        access.end_session(visit.session, reader.session, reader.id)
    flash = say(N_("You are signed out."))
    return Go("/sign-in", flash, cookies=(Cookie(SESSION_COOKIE, "", 0), *SPENT), clear_site=True)


VISIT = Permission.VISIT

PAGES = [
    page("/sign-in", sign_in, allow=VISIT),
    page("/sign-in/email", sign_in_email, allow=VISIT, method="POST"),
    page("/sign-in/code", sign_in_code, allow=VISIT),
    page("/sign-in/code", sign_in_code_check, allow=VISIT, method="POST"),
    page("/sign-in/letter", sign_in_letter, allow=VISIT, method="POST"),
    page("/sign-in/passkey/options", passkey_request, allow=VISIT, method="POST"),
    page("/sign-in/passkey", sign_in_passkey, allow=VISIT, method="POST"),
    page("/sign-in/demo/{role}", demo_sign_in, allow=VISIT, method="POST"),
    page("/sign-out", sign_out, allow=Permission.OWN_PAGES, method="POST"),
    # A wrong code is counted, so looking at one writes.
    page("/sign-in/{code}", way_in, allow=VISIT, writes=True),
    page("/sign-in/{code}", way_in_take, allow=VISIT, method="POST"),
]
