"""Signing in and out."""

from estate.access import actions as access
from estate.access.models import Beginning
from estate.language import N_, say
from estate.people.queries import persons_by_email
from estate.permissions import Permission
from estate.refusals import Missing
from web.demo import DEMO_ROLES
from web.routing import SESSION_COOKIE, Answer, Cookie, Go, Visit, page

A_YEAR = 365 * 24 * 3600


def safe_next(address: str) -> str:
    """Where to go after signing in: a path of this house, never another site."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def sign_in(visit: Visit) -> Answer:
    """The sign-in page."""
    return visit.show(
        "sign_in/sign_in.html",
        problems={},
        typed={},
        next=safe_next(visit.asked("next", "/")),
        demo_roles=DEMO_ROLES if visit.house.demo else (),
    )


def demo_sign_in(visit: Visit) -> Answer:
    """One tap into a demo role; there is no such page outside the demo."""
    if not visit.house.demo:
        raise Missing
    email = f"{visit.part('role')}@demo.example"
    if email not in dict(DEMO_ROLES):
        raise Missing
    (person,) = persons_by_email(visit.session, email)
    token = access.begin_session(visit.session, person.id, Beginning.DEMO)
    return Go(safe_next(visit.form.text("next", "/")), cookies=(Cookie(SESSION_COOKIE, token, A_YEAR),))


def sign_out(visit: Visit) -> Answer:
    """Leave this device; what it kept is emptied."""
    reader = visit.reader
    if reader.session is not None:
        access.end_session(visit.session, reader.session, reader.id)
    flash = say(N_("You are signed out."))
    return Go("/sign-in", flash, cookies=(Cookie(SESSION_COOKIE, "", 0),), clear_site=True)


PAGES = [
    page("/sign-in", sign_in, allow=Permission.VISIT),
    page("/sign-in/demo/{role}", demo_sign_in, allow=Permission.VISIT, method="POST"),
    page("/sign-out", sign_out, allow=Permission.OWN_PAGES, method="POST"),
]
