"""Pages that belong to no subject: language, health, figures."""

import secrets
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from estate.access.rules import own_path
from estate.language import LANGUAGES
from estate.permissions import Permission
from estate.refusals import Missing
from web.health import database_trouble, disk_trouble
from web.middleware import plain_address
from web.routing import page
from web.visits import Answer, Cookie, Go, Visit

A_YEAR = 365 * 24 * 3600
UNKEPT = {"Cache-Control": "no-store"}
ASKING_FOR_TOKEN = {"WWW-Authenticate": "Bearer"}


def language_choose(visit: Visit) -> Answer:
    """Speak this language from now on in this browser, and go back to where one came from."""
    tag = visit.part("tag")
    if tag not in LANGUAGES:
        raise Missing
    came_from = urlsplit(visit.request.headers.get("referer", ""))
    own = came_from.hostname == visit.request.url.hostname
    shown = visit.house.templates.addresses.shown_at(came_from.path)
    asked = came_from.query if shown == came_from.path else ""
    back = f"{shown}?{asked}" if asked else shown
    return Go(own_path(back) if own else "/", cookies=(Cookie("language", tag, A_YEAR),))


def healthz(visit: Visit) -> Answer:
    """Whether the process answers."""
    return PlainTextResponse("ok\n", headers=UNKEPT)


def readyz(visit: Visit) -> Answer:
    """Whether the house can work: 503 with what is wrong, in words, else."""
    house = visit.house
    found = (
        database_trouble(house.database, house.settings.data),
        disk_trouble(house.settings.data),
    )
    troubles = [trouble for trouble in found if trouble]
    if troubles:
        return PlainTextResponse("\n".join(troubles) + "\n", 503, UNKEPT)
    return PlainTextResponse("ready\n", headers=UNKEPT)


def metrics(visit: Visit) -> Answer:
    """Figures for Prometheus: to this machine itself, or to whoever has the token."""
    if not asked_from_here(visit.request) or visit.house.settings.trusted_proxies:
        token = visit.house.settings.metrics_token
        if not token:
            raise Missing
        given = visit.request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return PlainTextResponse("Bearer token, please.\n", 401, UNKEPT | ASKING_FOR_TOKEN)
    return Response(generate_latest(), headers=UNKEPT, media_type=CONTENT_TYPE_LATEST)


def asked_from_here(request: Request) -> bool:
    """Whether a request comes straight from this machine, through no proxy."""
    address = plain_address(request.client.host) if request.client else None
    passed_on = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via"))
    return address is not None and address.is_loopback and not passed_on


PAGES = [
    page("/languages/{tag}", language_choose, allow=Permission.VISIT),
    page("/healthz", healthz, allow=Permission.VISIT),
    page("/readyz", readyz, allow=Permission.VISIT),
    page("/metrics", metrics, allow=Permission.VISIT),
]
