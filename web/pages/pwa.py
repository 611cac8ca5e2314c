"""What makes a phone treat the pages as an app: manifest, service worker, help, what waits."""

import functools
import hashlib
import json

from starlette.responses import JSONResponse, Response

from estate.language import LANGUAGES, N_, direction, say
from estate.permissions import Permission
from estate.submissions.queries import became
from web.routing import page
from web.templating import STATIC
from web.visits import Answer, Visit

WORKER = STATIC / "js" / "service-worker.js"
KEPT = (
    "css/tokens.css",
    "css/base.css",
    "css/parts.css",
    "vendor/htmx-4.0.1.min.js",
    "js/outbox.js",
    "js/app.js",
    "js/fields.js",
    "js/photos.js",
    "js/forms.js",
    "js/live.js",
    "js/phone.js",
    "js/offline.js",
    "js/contact.js",
    "js/read-aloud.js",
    "icons.svg",
    "favicon.svg",
    "icon-192.png",
)
"""What a page needs without network, also one that has not been seen before."""

ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)
SHORTCUTS = (("post_new", N_("New post")), ("post_list", N_("Board")), ("offline", N_("Waiting")))


def manifest(visit: Visit) -> Answer:
    """The web app manifest, in its page's language: browsers fetch it without cookies."""
    asked = visit.asked("language")
    tongue = asked if asked in LANGUAGES else visit.language
    speech = visit.house.templates.speeches[tongue]
    addresses = visit.house.templates.addresses
    description = N_("Your stairwell's noticeboard, and what is happening where you live.")
    return JSONResponse(
        {
            "id": "/",
            "name": "Opgang",
            "short_name": "Opgang",
            "description": speech.say(say(description)),
            "lang": tongue,
            "dir": direction(tongue),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f7f4ee",
            "theme_color": "#f7f4ee",
            "icons": [
                {
                    "src": addresses.asset(file),
                    "sizes": sizes,
                    "type": "image/png",
                    "purpose": purpose,
                }
                for file, sizes, purpose in ICONS
            ],
            "shortcuts": [
                {"name": speech.say(say(label)), "url": addresses.url_for(handler)}
                for handler, label in SHORTCUTS
                if addresses.known(handler)
            ],
        },
        headers={"Cache-Control": "public, max-age=3600", "Vary": "Accept-Language"},
        media_type="application/manifest+json",
    )


@functools.cache
def worker_source() -> str:
    """The worker as written, read once a process."""
    return WORKER.read_text(encoding="utf-8")


def service_worker(visit: Visit) -> Answer:
    """The worker, told which assets there are; any change of them makes it a new worker."""
    asset = visit.house.templates.addresses.asset
    speech = visit.house.templates.speeches[visit.language]
    assets = [asset(file) for file in KEPT]
    total = hashlib.sha256("\n".join([*assets, worker_source()]).encode())
    house = {
        "version": total.hexdigest()[:12],
        "assets": assets,
        "outbox": asset("js/outbox.js"),
        "offline": visit.url_for("offline"),
        "devices": "/me/devices/push",
        "icons": [asset("icon-192.png"), asset("icon-192.png")],
        "words": {
            "title": "Opgang",
            "body": speech.say(say(N_("There is something new for you."))),
            "lang": visit.language,
        },
    }
    return Response(
        f"self.HOUSE = {json.dumps(house)};\n{worker_source()}",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"},
        media_type="text/javascript",
    )


def offline(visit: Visit) -> Answer:
    """What waits on this phone, what works without network, and which pages can be read again."""
    return visit.show("pwa/offline.html")


def submission_state(visit: Visit) -> Answer:
    """Whether a form of mine came under this id, and what it became (JSON)."""
    address = became(visit.session, visit.scope, visit.asked("id"))
    return JSONResponse({"address": address}, headers={"Cache-Control": "no-store"})


def install_help(visit: Visit) -> Answer:
    """How to put Opgang among the apps of a phone or a computer."""
    return visit.show("pwa/install.html")


PAGES = [
    page("/manifest.webmanifest", manifest, allow=Permission.VISIT),
    page("/service-worker.js", service_worker, allow=Permission.VISIT),
    page("/offline", offline, allow=Permission.VISIT),
    page("/submissions", submission_state, allow=Permission.OWN_PAGES),
    page("/install", install_help, allow=Permission.VISIT),
]
