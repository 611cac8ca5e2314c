"""The tabs below a phone's page and on the desk's rail; and the links at the foot."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from estate.language import N_, Message, say
from estate.permissions import Permission, Reader
from web.templating import Addresses


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab as `base.html` draws it."""

    name: str
    address: str
    label: str
    icon: str
    current: bool
    badge: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A page with a tab of its own: its handler, label, icon, and who has the tab."""

    handler: str
    label: str
    icon: str
    permission: Permission


PLACES = (
    Place("today", N_("Today"), "home", Permission.OWN_PAGES),
    Place("post_list", N_("Board"), "board", Permission.READ_BOARD),
    Place("moderation", N_("Moderation"), "flag", Permission.MODERATE),
    Place("people_list", N_("People"), "people", Permission.SEE_PEOPLE),
    Place("part_list", N_("Parts"), "tool", Permission.SEE_PARTS),
    Place("me", N_("Me"), "person", Permission.OWN_PAGES),
)

FOOTER: tuple[tuple[str, str], ...] = (
    ("privacy", N_("Privacy")),
    ("accessibility", N_("Accessibility")),
    ("install_help", N_("Put Opgang on your phone")),
)


def tabs(
    addresses: Addresses, speak: Callable[[Message], str], path: str, reader: Reader | None
) -> tuple[Tab, ...]:
    """The tabs of one reader; nobody signed in has none."""
    if reader is None:
        return ()
    granted = frozenset(place.permission for place in PLACES if reader.may(place.permission))
    return _tabs(addresses, speak, path, granted)


@lru_cache(maxsize=1000)
def _tabs(
    addresses: Addresses,
    speak: Callable[[Message], str],
    path: str,
    granted: frozenset[Permission],
) -> tuple[Tab, ...]:
    shown = []
    for place in PLACES:
        if not addresses.known(place.handler) or place.permission not in granted:
            continue
        address = addresses.url_for(place.handler)
        current = path == address if address == "/" else path.startswith(address)
        shown.append(Tab(place.handler, address, speak(say(place.label)), place.icon, current))
    return tuple(shown)


@lru_cache(maxsize=50)
def footer(addresses: Addresses, speak: Callable[[Message], str]) -> tuple[tuple[str, str], ...]:
    """The links at the foot of every page."""
    return tuple(
        (addresses.url_for(handler), speak(say(label)))
        for handler, label in FOOTER
        if addresses.known(handler)
    )
