"""The tabs below a phone's page and on the wide page's rail; the desk's pages; the links below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from estate.language import N_, Message, say
from estate.permissions import Permission, Reader
from web.templating import Addresses

PHONE_TABS = 5
"""As many as a thumb can tell apart at 320 px; the rest stand on the wide page's rail only."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab as `base.html` draws it.

    `current` is `page` on the place itself and its own pages; `true` on a place that holds the
    current one, as the desk does, where a phone's bar does not have that one: so one tab of a bar
    looks current, never two. `beyond` the phone's bar it stands on the rail only.
    """

    name: str
    address: str
    label: str
    icon: str
    current: str
    beyond: bool
    badge: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A page with a tab of its own: its handler, label, icon, and who has the tab."""

    handler: str
    label: str
    icon: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class DeskPlace(Place):
    """A page of the staff: `/desk` lists it with what it is for."""

    detail: str


DESK = (
    DeskPlace(
        "case_inbox",
        N_("Inbox"),
        "mail",
        Permission.HANDLE_CASES,
        N_("What residents write and report, what hurries most first"),
    ),
    DeskPlace(
        "task_list",
        N_("Today’s tasks"),
        "check",
        Permission.DO_TASKS,
        N_("What is to be done, building by building, each with its clock"),
    ),
    DeskPlace(
        "guide_list",
        N_("Guides"),
        "paper",
        Permission.DO_TASKS,
        N_("How each sort of work is done, also without network"),
    ),
    DeskPlace(
        "figures_page",
        N_("Figures"),
        "eye",
        Permission.SEE_FIGURES,
        N_("How soon, how well, and where the time goes; of sections, never of persons"),
    ),
    DeskPlace(
        "promise_list",
        N_("Service promises"),
        "calendar",
        Permission.AGREE_PROMISES,
        N_("How soon residents get an answer, as their section agreed"),
    ),
    DeskPlace(
        "notice_desk",
        N_("Service messages"),
        "notice",
        Permission.WRITE_NOTICES,
        N_("Water, heat, lift: told at once to the stairwells you choose"),
    ),
    DeskPlace(
        "people_list",
        N_("People"),
        "people",
        Permission.SEE_PEOPLE,
        N_("Households, letters of invitation, help at the counter"),
    ),
    DeskPlace(
        "desk_letters",
        N_("Letters"),
        "mail",
        Permission.SEND_LETTERS,
        N_("To households, with proof that each arrived"),
    ),
    DeskPlace(
        "letter_round",
        N_("Letters to hand over"),
        "door",
        Permission.DELIVER_LETTERS,
        N_("Door by door, ticked off on the phone"),
    ),
    DeskPlace(
        "part_list",
        N_("Parts"),
        "tool",
        Permission.SEE_PARTS,
        N_("Lifts, laundries, lamps and the rest, each with a label"),
    ),
    DeskPlace(
        "plan_list",
        N_("Maintenance plan"),
        "calendar",
        Permission.KEEP_PLAN,
        N_("What is looked after when, what is overdue, and what was done"),
    ),
    DeskPlace(
        "fitting_search",
        N_("What is fitted where"),
        "home",
        Permission.KEEP_FITTINGS,
        N_("Taps, thermostats, locks and cookers by home and part, and where to shut off"),
    ),
    DeskPlace(
        "local_note_list",
        N_("Local notes"),
        "key",
        Permission.KEEP_LOCAL_NOTES,
        N_("Where keys hang, and what else one must know of a place"),
    ),
    DeskPlace(
        "absence_list",
        N_("Who is away"),
        "calendar",
        Permission.HANDLE_CASES,
        N_("Days off and ill, and what somebody else takes over meanwhile"),
    ),
    DeskPlace(
        "substitute_list",
        N_("Substitutes"),
        "calendar",
        Permission.GIVE_ROLES,
        N_("Who stands in for a caretaker, and until when"),
    ),
    DeskPlace(
        "desk_papers",
        N_("Publish papers"),
        "paper",
        Permission.PUBLISH_PAPERS,
        N_("House rules, budgets, accounts and minutes, in versions"),
    ),
    DeskPlace(
        "contact_list",
        N_("Contacts"),
        "phone",
        Permission.EDIT_CONTACTS,
        N_("The numbers that residents find under Contact"),
    ),
    DeskPlace(
        "erasures",
        N_("What the nights erase"),
        "trash",
        Permission.SEE_ERASURES,
        N_("How much runs out, and how much went; never whose"),
    ),
)
"""What staff work with, in the order in which they need it."""

PLACES = (
    Place("today", N_("Today"), "home", Permission.OWN_PAGES),
    Place("post_list", N_("Board"), "board", Permission.READ_BOARD),
    Place("case_list", N_("Faults"), "tool", Permission.READ_CASES),
    Place("moderation", N_("Moderation"), "flag", Permission.MODERATE),
    Place("desk", N_("Desk"), "desk", Permission.USE_DESK),
    Place("contact", N_("Contact"), "phone", Permission.OWN_PAGES),
    Place("paper_list", N_("Papers"), "paper", Permission.READ_PAPERS),
    *DESK,
    Place("me", N_("Me"), "person", Permission.OWN_PAGES),
)
"""In the order of the rail; a phone's bar has the first five of one's own."""

FOOTER: tuple[tuple[str, str], ...] = (
    ("privacy", N_("Privacy")),
    ("accessibility_statement", N_("Accessibility statement")),
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
    own = [
        (place, addresses.url_for(place.handler))
        for place in PLACES
        if addresses.known(place.handler) and place.permission in granted
    ]
    holding = sorted((address for _, address in own if _holds(address, path)), key=len)
    marks = _marks(holding, [address for _, address in own[:PHONE_TABS]])
    return tuple(
        Tab(
            place.handler,
            address,
            speak(say(place.label)),
            place.icon,
            current=marks.get(address, ""),
            beyond=number >= PHONE_TABS,
        )
        for number, (place, address) in enumerate(own)
    )


def _holds(address: str, path: str) -> bool:
    return path == address or (address != "/" and path.startswith(f"{address}/"))


def _marks(holding: Sequence[str], bar: Sequence[str]) -> dict[str, str]:
    """`aria-current` of those that hold the page, of which the last is its own."""
    if not holding:
        return {}
    *above, own = holding
    return {own: "page"} if own in bar else {**dict.fromkeys(above, "true"), own: "page"}


def desk(addresses: Addresses, reader: Reader) -> tuple[DeskPlace, ...]:
    """The staff's pages that this reader may open."""
    return tuple(
        place for place in DESK if addresses.known(place.handler) and reader.may(place.permission)
    )


@lru_cache(maxsize=50)
def footer(addresses: Addresses, speak: Callable[[Message], str]) -> tuple[tuple[str, str], ...]:
    """The links at the foot of every page."""
    return tuple(
        (addresses.url_for(handler), speak(say(label)))
        for handler, label in FOOTER
        if addresses.known(handler)
    )
