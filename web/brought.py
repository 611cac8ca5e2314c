"""Files that people brought, on their way to a reader."""

from collections.abc import Mapping
from pathlib import Path

from starlette.responses import FileResponse

BROUGHT: Mapping[str, str] = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


def hand_over(path: Path, name: str) -> FileResponse:
    """A PDF as a file to keep: never shown as a page of ours, whatever scripts are in it."""
    return FileResponse(path, filename=name, media_type="application/pdf", headers=BROUGHT)
