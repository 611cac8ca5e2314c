"""Signing in by an OpenID Connect provider, where one is configured: MitID through a broker.

A person is found by the provider's subject alone, which they linked themselves while signed in;
never by a name or an address.
"""

import functools
import hmac
import importlib
import json
import secrets
from typing import Any
from urllib.parse import quote, unquote

import structlog
from starlette.responses import RedirectResponse

from estate.access.rules import Beginning, own_path
from estate.identities import actions as identities
from estate.identities.queries import person_of_identity
from estate.language import N_, say
from estate.permissions import Permission
from estate.refusals import Missing, Refused
from estate.settings import Settings
from web.answers import set_cookie
from web.arriving import (
    PROVIDER_COOKIE,
    SPENT,
    arrive,
    ask_own,
    count,
    count_at_once,
    network,
)
from web.routing import page
from web.visits import Answer, Cookie, Go, Visit

log = structlog.get_logger("opgang")

MINUTES = 10
AWAY = N_("{provider} cannot be reached just now. Sign in another way, or try again later.")
FAILED = N_("That did not work. Start again from the sign-in page.")


@functools.lru_cache(maxsize=4)
def _provider(settings: Settings) -> Any:
    # Half a second of start-up that an installation without a provider need not wait for.
    module = importlib.import_module("web.oidc")
    back = f"{settings.base_url}/sign-in/provider/back"
    return module.Provider(
        settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, back
    )


def _ready(visit: Visit) -> Any:
    if not visit.house.settings.oidc_issuer:
        raise Missing
    return _provider(visit.house.settings)


def provider_start(visit: Visit) -> Answer:
    """Off to the provider, remembering in this browser what was asked."""
    provider = _ready(visit)
    count_at_once(visit, "network", network(visit))
    linking = visit.asked("link") == "yes"
    if linking:
        ask_own(visit)
    asked = {
        "state": secrets.token_urlsafe(24),
        "nonce": secrets.token_urlsafe(24),
        "verifier": secrets.token_urlsafe(48),
    }
    address = _asking(visit, provider, "address", **asked)
    kept = asked | {"next": own_path(visit.asked("next", "/")), "link": linking}
    response = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    cookie = Cookie(PROVIDER_COOKIE, quote(json.dumps(kept)), MINUTES * 60)
    set_cookie(visit.house, response, cookie)
    return response


def _asking(visit: Visit, provider: Any, what: str, **asked: str) -> str:
    oidc = importlib.import_module("web.oidc")
    try:
        found: str = getattr(provider, what)(**asked)
    except oidc.ProviderTrouble as trouble:
        log.warning("provider", asked=what, error=str(trouble))
        away = isinstance(trouble, oidc.ProviderAway)
        name = visit.house.settings.oidc_name
        raise Refused(AWAY if away else FAILED, provider=name) from None
    return found


def _kept(visit: Visit) -> dict[str, Any]:
    value = visit.request.cookies.get(visit.house.cookie_name(PROVIDER_COOKIE), "")
    try:
        kept = json.loads(unquote(value))
    except ValueError:
        raise Refused(FAILED) from None
    if not isinstance(kept, dict) or not {"state", "nonce", "verifier", "next"} <= kept.keys():
        raise Refused(FAILED)
    return kept


def provider_back(visit: Visit) -> Answer:
    """The provider sends somebody back: one button, whose post signs in or links."""
    provider, kept = _ready(visit), _kept(visit)
    if not _same(visit.asked("state"), str(kept["state"])):
        raise Refused(FAILED)
    count_at_once(visit, "network", network(visit))
    subject = _asking(
        visit,
        provider,
        "subject",
        answer=str(visit.request.url),
        state=str(kept["state"]),
        nonce=str(kept["nonce"]),
        verifier=str(kept["verifier"]),
    )
    until = str(int(visit.now.timestamp()) + MINUTES * 60)
    return visit.show(
        "sign_in/provider.html",
        subject=subject,
        until=until,
        seal=_seal(visit, subject, until, str(kept["state"])),
        linking=bool(kept.get("link")),
        oidc_name=visit.house.settings.oidc_name,
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _seal(visit: Visit, *parts: str) -> str:
    """What only this house can have written, so that a subject cannot be made up."""
    text = "\n".join(("provider", visit.house.settings.oidc_issuer, *parts))
    return hmac.new(visit.house.key, text.encode(), "sha256").hexdigest()


def provider_finish(visit: Visit) -> Answer:
    """Sign in whoever linked this subject, or link it to the person who is signed in."""
    _ready(visit)
    kept, subject, until = _kept(visit), visit.form.text("subject"), visit.form.number("until")
    seal = _seal(visit, subject, str(until), str(kept["state"]))
    count(visit, "network", network(visit))
    if not _same(seal, visit.form.text("seal")) or (until or 0) < visit.now.timestamp():
        raise Refused(FAILED)
    issuer = visit.house.settings.oidc_issuer
    if kept.get("link"):
        return _link(visit, issuer, subject)
    person = person_of_identity(visit.session, issuer, subject)
    if person is None:
        name = visit.house.settings.oidc_name
        return visit.show("sign_in/not_linked.html", status=403, oidc_name=name)
    return arrive(visit, person, Beginning.OIDC, str(kept["next"]))


def _link(visit: Visit, issuer: str, subject: str) -> Answer:
    ask_own(visit)
    scope = visit.scope_of(Permission.OWN_PAGES)
    identities.link(visit.session, scope, issuer, subject, visit.now)
    name = visit.house.settings.oidc_name
    flash = say(N_("{provider} is connected to you now."), provider=name)
    return Go(visit.url_for("devices"), flash, cookies=SPENT)


PAGES = [
    page("/sign-in/provider", provider_start, allow=Permission.VISIT, passing=True),
    page("/sign-in/provider/back", provider_back, allow=Permission.VISIT, passing=True),
    page("/sign-in/provider/finish", provider_finish, allow=Permission.VISIT, method="POST"),
]
