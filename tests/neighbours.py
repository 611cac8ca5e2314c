"""The people of the builders' estate at their browsers, and what they send."""

from collections.abc import Callable
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from tests.builders import Estate
from web.visits import SESSION_COOKIE

OWN = {"sec-fetch-site": "same-origin"}


class Neighbour:
    """Somebody of the estate at a browser."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client = client
        self.headers = {**OWN, "cookie": f"{SESSION_COOKIE}={token}", "accept-language": "en"}

    def get(self, path: str, **headers: str) -> Response:
        """A page, without following."""
        return self.client.get(path, headers={**self.headers, **headers}, follow_redirects=False)

    def post(
        self, path: str, data: dict[str, Any] | None = None, files: Any = None, **headers: str
    ) -> Response:
        """A form, without following."""
        return self.client.post(
            path,
            data=data or {},
            files=files,
            headers={**self.headers, **headers},
            follow_redirects=False,
        )


Who = Callable[[str], Neighbour]
"""A browser for anybody of the estate, by name."""


def form(estate: Estate, **more: Any) -> dict[str, Any]:
    """A post that Amina can put up."""
    return {
        "kind": "give",
        "title": "To børnecykler",
        "text": "Fejler ikke noget.",
        "to": f"stairwell:{estate.stairwell}",
        **more,
    }
