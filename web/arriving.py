"""Signing in on a device: what every way in ends with, and what the sign-in page needs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from estate import clock
from estate.access import actions as access
from estate.access.queries import session_lasts
from estate.access.rules import Beginning, own_path
from estate.codes.rules import is_number
from estate.language import N_
from estate.passkeys import actions as passkeys
from estate.passkeys.queries import credential
from estate.people.actions import speak_first
from estate.people.queries import person_by_id
from estate.places.queries import OfficeLine, offices
from estate.refusals import Forbidden
from estate.tries.actions import count_try, forgive_try
from estate.tries.rules import network_of
from web.demo import DEMO_ROLES
from web.passkeys import NoPasskey, RelyingParty, ceremonies
from web.visits import SESSION_COOKIE, Cookie, Go, House, Visit

WRONG_CODE = N_("That code is not right, or it has run out. Check it, or ask for a new one.")
ADDRESS_COOKIE = "arriving"
"""The address a code was sent to, so that the page that asks for the code survives a reload."""

PROVIDER_COOKIE = "provider"
"""What was asked of a provider, so that only this browser can come back with the answer."""

NEW_ADDRESS_COOKIE, NEW_NUMBER_COOKIE = "new-address", "new-number"
"""The address or number somebody wants to change to, while the code is on its way."""

SPENT = tuple(
    Cookie(name, "", 0)
    for name in (ADDRESS_COOKIE, PROVIDER_COOKIE, NEW_ADDRESS_COOKIE, NEW_NUMBER_COOKIE)
)
"""Nobody who uses the browser next needs to know, or to come in by, what was asked before."""


FEW_OFFICES = 3
"""So many are shown to somebody nobody knows yet; among more they could not choose."""


def sign_in_values(session: Session, house: House, next_page: str) -> dict[str, Any]:
    """What `sign_in/sign_in.html` shows, wherever it is shown."""
    return {
        "problems": {},
        "typed": {},
        "next": own_path(next_page),
        "demo_roles": DEMO_ROLES if house.demo else (),
        "oidc_name": house.settings.oidc_name if house.settings.oidc_issuer else "",
        "offices": offices_to_ask(session),
    }


def offices_to_ask(session: Session) -> Sequence[OfficeLine]:
    """The offices somebody nobody knows yet is sent to, when they are few."""
    return offices(session, clock.now(), FEW_OFFICES)


def arrive(
    visit: Visit,
    person: int,
    began: Beginning,
    next_page: str,
    begun_by: int | None = None,
    *,
    confirmed: bool = False,
) -> Go:
    """Begin a session in this browser, ending the one before, and go where one was going."""
    before = visit.maybe_reader
    if before is not None and before.session is not None:
        access.end_session(visit.session, before.session, before.id)
    user_agent = visit.request.headers.get("user-agent", "")
    token = access.begin_session(
        visit.session, person, began, user_agent, begun_by, confirmed=confirmed
    )
    lasts = int(session_lasts(began, clock.local(visit.now).date()).total_seconds())
    cookies: tuple[Cookie, ...] = (
        Cookie(SESSION_COOKIE, token, lasts),
        *SPENT,
    )
    known = person_by_id(visit.session, person)
    if known is not None and known.language:
        cookies += (Cookie("language", known.language, lasts),)
    elif began is Beginning.INVITATION:  # on a phone of their own: what they read, they are told in
        speak_first(visit.session, person, visit.language)
    return Go(own_path(next_page), cookies=cookies)


def ask_own(visit: Visit) -> None:
    """Forbidden while the session was begun by somebody else and is not confirmed yet."""
    if not visit.reader.trusted:
        raise Forbidden


def network(visit: Visit) -> str:
    """Whose tries this request counts as."""
    client = visit.request.client
    return network_of(client.host if client else "")


def count(visit: Visit, kind: str, what: str) -> None:
    """Count a try of one kind; TooMany when there were enough."""
    count_try(visit.session, visit.house.key, kind, what, visit.now)


def count_code(visit: Visit, address: str) -> None:
    """Count a code about to be sent to an address or number.

    An SMS costs, and disturbs whoever gets it: to one number only so many go in a day.
    """
    count(visit, "address", address)
    if is_number(address):
        count(visit, "text", address)


def forgive_code(visit: Visit, address: str) -> None:
    """Take back what was counted of a code that came back right."""
    forgive(visit, "code", address)
    if is_number(address):
        forgive(visit, "text", address)


def count_at_once(visit: Visit, kind: str, what: str) -> None:
    """The same on a page that only reads: counted before it asks elsewhere, which may take long."""
    with visit.house.database.write() as session:
        count_try(session, visit.house.key, kind, what, visit.now)


def forgive(visit: Visit, kind: str, what: str) -> None:
    """Take a counted try back: it was right."""
    forgive_try(visit.session, visit.house.key, kind, what)


def relying_party(visit: Visit) -> RelyingParty:
    """Whom passkeys are for; on this machine itself the port may be another."""
    settings = visit.house.settings
    origins = [settings.base_url]
    if not settings.public and visit.request.url.hostname == settings.host:
        origins.append(f"{visit.request.url.scheme}://{visit.request.url.netloc}")
    return RelyingParty(settings.host, origins)


def passkey_owner(visit: Visit, asked_of: int | None) -> int | None:
    """Whose passkey signed the answer in the form; None when it is nobody's.

    `asked_of` is the person the challenge was made for, if it was made for one.
    """
    answer = visit.form.text("credential")
    try:
        challenge = ceremonies().challenge_in(answer, created=False)
        known = credential(visit.session, ceremonies().credential_in(answer))
        fresh = passkeys.spend_challenge(visit.session, challenge, asked_of, visit.now)
        if known is None or not fresh:
            return None
        counter = ceremonies().signed(relying_party(visit), answer, challenge, known)
    except NoPasskey:
        return None
    passkeys.note_passkey_used(visit.session, known.passkey, counter, visit.now)
    return known.person
