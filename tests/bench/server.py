"""The house as `opgang serve` runs it, and beside it, in the same process, a bare response.

`python -m tests.bench.server FILE`: `/bare/page` answers FILE's bytes by nothing but Starlette.
"""

import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from estate.database import Database
from estate.settings import Settings
from web.app import create_app
from web.commands.serve import listening, run
from web.logs import configure_logs


class Beside(Starlette):
    """The house, save for one address that the bare application answers before it is reached."""

    def __init__(self, house: Starlette, file: Path) -> None:
        self.house = house
        self.file = file
        self.body: bytes | None = None
        self.bare = Starlette(routes=[Route("/bare/page", self.page)])

    async def page(self, request: Request) -> Response:
        """The bytes that the page itself answered, read once."""
        if self.body is None:
            self.body = self.file.read_bytes()
        return Response(self.body, media_type="text/html")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on to one of the two."""
        bare = scope["type"] == "http" and scope["path"] == "/bare/page"
        await (self.bare if bare else self.house)(scope, receive, send)


def main(file: Path) -> None:
    """Serve until SIGTERM."""
    settings = Settings()
    configure_logs(pretty=False)
    database = Database(settings.database_url, origin="bench")
    with listening(settings) as bound:
        run(settings, Beside(create_app(settings, database, demo=True), file), bound)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
