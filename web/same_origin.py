"""Is this post from one of our own pages? Decided by the browser's word, not by tokens.

A token minted on Monday would refuse the report that an offline phone sends on Wednesday.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

DEFAULT_PORTS = {"http": 80, "https": 443}


def same_origin(headers: Headers, host: str | None, port: int | None) -> bool:
    """Whether Sec-Fetch-Site says so; where that is missing, whether Origin equals the Host."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(headers.get("origin", ""))
    try:
        origin_port = origin.port or DEFAULT_PORTS.get(origin.scheme)
    except ValueError:
        return False
    if origin_port is None or origin.hostname is None:
        return False
    return (origin.hostname, origin_port) == (host, port or DEFAULT_PORTS.get(origin.scheme))
