"""An answer of GeoReport v2 in both its notations.

The same value makes both: what is a list becomes a bare array in JSON (the Spark convention), and
in XML an element with one child for each item.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias
from xml.sax.saxutils import escape

Written: TypeAlias = (
    bool | int | float | str | datetime | Sequence["Written"] | Mapping[str, "Written"] | None
)
"""What can be written: `None` is an empty element, or `null`."""

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
ITEMS: Mapping[str, str] = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
"""What each item of a list is called in XML, by what the list is called."""

UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say."""


class Notation(StrEnum):
    """The two notations, by how an address ends."""

    XML = "xml"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """What an answer in it says that it is."""
        kind = "text/xml" if self is Notation.XML else "application/json"
        return f"{kind}; charset=utf-8"


def notation_of(path: str) -> Notation:
    """How an address asks to be answered; XML, which everybody must speak, if it does not say."""
    return Notation.JSON if path.endswith(".json") else Notation.XML


def written(root: str, value: Written, notation: Notation) -> bytes:
    """An answer as it goes over the wire; `root`, its outermost element, is left out in JSON."""
    if notation is Notation.JSON:
        return json.dumps(_plain(value), ensure_ascii=False).encode(errors="replace")
    return f"{DECLARATION}\n{_element(root, value)}\n".encode(errors="replace")


def _plain(value: Written) -> object:
    match value:
        case datetime():
            return w3c(value)
        case str() | None | bool() | int() | float():
            return value
        case Mapping():
            return {name: _plain(one) for name, one in value.items()}
        case _:
            return [_plain(one) for one in value]


def _element(name: str, value: Written) -> str:
    inside = _inside(name, value)
    return f"<{name}>{inside}</{name}>" if inside else f"<{name}/>"


def _inside(name: str, value: Written) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return w3c(value)
        case str():
            return escape(UNWRITABLE.sub("", value), {"\r": "&#13;"})
        case int() | float():
            return str(value)
        case Mapping():
            return "".join(_element(part, one) for part, one in value.items())
        case _:
            return "".join(_element(ITEMS[name], one) for one in value)


def w3c(moment: datetime) -> str:
    """A moment as the standard wants it: whole seconds, in UTC."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
