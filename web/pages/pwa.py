"""What makes a phone treat the pages as an app."""

from starlette.responses import JSONResponse

from estate.permissions import Permission
from web.routing import Answer, Visit, page


def manifest(visit: Visit) -> Answer:
    """The web app manifest."""
    return JSONResponse({"name": "Opgang"}, media_type="application/manifest+json")


PAGES = [page("/manifest.webmanifest", manifest, allow=Permission.VISIT)]
