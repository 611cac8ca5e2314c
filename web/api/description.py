"""`/api/openapi.json`: the API described in its own standard."""

from pathlib import Path

from starlette.responses import Response

from estate.permissions import Permission
from web.routing import page
from web.visits import Answer, Visit

OPENAPI = Path(__file__).parent / "openapi.json"


def openapi(visit: Visit) -> Answer:
    """The description, the same for everybody."""
    return Response(
        OPENAPI.read_bytes(),
        headers={"Cache-Control": "public, max-age=3600"},
        media_type="application/json",
    )


PAGES = [page("/api/openapi.json", openapi, allow=Permission.VISIT)]
