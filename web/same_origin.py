"""Is this post from one of our own pages? Decided by the browser's word, not by tokens.

A token minted on Monday would refuse the report that an offline phone sends on Wednesday.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers

DEFAULT_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Where a page comes from; `port` is None where the scheme's own is meant."""

    scheme: str
    host: str | None
    port: int | None


def same_origin(headers: Headers, own: Origin) -> bool:
    """Whether Sec-Fetch-Site says so; where that is missing, whether Origin is our own."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(headers.get("origin", ""))
    try:
        port = origin.port
    except ValueError:
        return False
    usual = DEFAULT_PORTS.get(own.scheme)
    return (origin.scheme, origin.hostname, port or usual) == (
        own.scheme,
        own.host,
        own.port or usual,
    )
