"""Today: what needs me now, most urgent first. Each subject adds its card here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engagement.board import queries as board
from engagement.board.queries import BoardToday
from engagement.moderation.queries import RulingLine, answered_count, hidden_lately, waiting_count
from engagement.moderation.rules import FRESH
from engagement.notices import queries as notices
from engagement.pauses.queries import PauseLine, own_pauses
from engagement.threads.queries import ThreadLine, threads
from estate import clock
from estate.deliveries.queries import devices_of
from estate.households.queries import WaitingLine, waiting_members
from estate.language import N_
from estate.passkeys.queries import passkeys_of
from estate.permissions import Permission
from estate.receiving.queries import OwnLine, own_letters
from estate.refusals import Missing
from web.notices import Shown, shown
from web.routing import page
from web.visits import Answer, Cookie, Go, Visit

SHOWN = 3
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Hint:
    """Something worth doing once on this device; the cookie remembers a no."""

    name: str
    handler: str
    icon: str
    title: str
    text: str
    action: str

    @property
    def cookie(self) -> str:
        """The cookie of the browser that has had enough of it."""
        return f"no-{self.name}"


HINTS = (
    Hint(
        "passkey",
        "passkey_offer",
        "fingerprint",
        N_("Sign in with your finger or your face"),
        N_("A passkey on this device replaces codes by letter and e-mail."),
        N_("Add a passkey"),
    ),
    Hint(
        "push",
        "notification_settings",
        "bell",
        N_("Would you like your phone to tell you?"),
        N_("It can say when somebody in your stairwell writes, or answers you."),
        N_("Turn on notifications"),
    ),
    Hint(
        "install",
        "install_help",
        "mobile",
        N_("Put Opgang on your phone"),
        N_("Then it opens like any other app, also offline."),
        N_("Show me how"),
    ),
)


def today(visit: Visit) -> Answer:
    """The first page of everybody who is signed in."""
    reads_board = visit.reader.may(Permission.READ_BOARD)
    found = _board(visit) if reads_board else None
    return visit.show(
        "today/today.html",
        block="cards",
        notices=_notices(visit),
        reads_notices=visit.reader.may(Permission.READ_NOTICES),
        board=found,
        new=_new(visit, found),
        threads=_threads(visit),
        letters=_letters(visit),
        rulings=_rulings(visit),
        pauses=_pauses(visit),
        moderate=waiting_count(visit.session, visit.scope_of(Permission.MODERATE)),
        answers=answered_count(visit.session, visit.scope_of(Permission.MODERATE), visit.now),
        members=_members(visit),
        hint=_hint(visit),
        today=clock.local(visit.now).date(),
        may_post=visit.reader.may(Permission.POST_ON_BOARD),
    )


def _notices(visit: Visit) -> list[Shown]:
    """What is closed or out of order where one lives or serves, or is to be within a day."""
    if not visit.reader.may(Permission.READ_NOTICES):
        return []
    scope = visit.scope_of(Permission.READ_NOTICES)
    speeches = visit.house.templates.speeches
    found = notices.for_today(visit.session, scope, visit.now)
    return [shown(speeches, one, visit.language, visit.now) for one in found]


def _board(visit: Visit) -> BoardToday:
    tomorrow = clock.local(visit.now).date() + timedelta(days=1)
    until = datetime.combine(tomorrow + timedelta(days=1), time(), clock.LOCAL)
    scope = visit.scope_of(Permission.READ_BOARD)
    return board.for_today(visit.session, scope, visit.now, until, SHOWN)


def _new(visit: Visit, found: BoardToday | None) -> set[int]:
    if found is None:
        return set()
    lines = (*found.pinned, *found.lines)
    return {line.id for line in lines if found.read.new(line, visit.reader.id)}


def _threads(visit: Visit) -> list[ThreadLine]:
    if not visit.reader.may(Permission.POST_ON_BOARD):
        return []
    scope = visit.scope_of(Permission.POST_ON_BOARD)
    return list(threads(visit.session, scope, unread=True))[:SHOWN]


def _rulings(visit: Visit) -> Sequence[RulingLine]:
    if not visit.reader.may(Permission.POST_ON_BOARD):
        return ()
    return hidden_lately(visit.session, visit.reader.id, visit.now)


def _pauses(visit: Visit) -> Sequence[PauseLine]:
    """Pauses of one's own that began lately; the form to post tells of them to the last day."""
    if not visit.reader.may(Permission.POST_ON_BOARD):
        return ()
    found = own_pauses(visit.session, visit.reader.id, visit.now)
    return [pause for pause in found if visit.now - pause.starts_at < FRESH]


def _members(visit: Visit) -> Sequence[WaitingLine]:
    if not visit.reader.may(Permission.CONFIRM_MEMBERS):
        return ()
    scope = visit.scope_of(Permission.CONFIRM_MEMBERS)
    return waiting_members(visit.session, scope, clock.local(visit.now).date())


def _letters(visit: Visit) -> Sequence[OwnLine]:
    if not visit.reader.may(Permission.READ_LETTERS):
        return ()
    scope = visit.scope_of(Permission.READ_LETTERS)
    return own_letters(visit.session, scope, visit.language, unread=True, most=SHOWN)


def _hint(visit: Visit) -> Hint | None:
    """The first thing worth doing that was neither done nor waved away on this device.

    Nothing is worth setting up on a borrowed one.
    """
    if visit.reader.borrowed:
        return None
    for hint in HINTS:
        waved = visit.request.cookies.get(visit.house.cookie_name(hint.cookie))
        known = visit.house.templates.addresses.known(hint.handler)
        if known and not waved and not _done(visit, hint.name):
            return hint
    return None


def _done(visit: Visit, name: str) -> bool:
    if name == "push":
        return bool(devices_of(visit.session, visit.reader.id))
    if name == "passkey":
        return not visit.reader.trusted or bool(passkeys_of(visit.session, visit.reader.id))
    return False


def hint_dismiss(visit: Visit) -> Answer:
    """Not this, not on this device."""
    for hint in HINTS:
        if hint.name == visit.part("hint"):
            return Go(visit.url_for("today"), cookies=(Cookie(hint.cookie, "1", A_YEAR),))
    raise Missing


PAGES = [
    page("/", today, allow=Permission.OWN_PAGES, inline=True),
    page("/today/{hint}/dismiss", hint_dismiss, allow=Permission.OWN_PAGES, method="POST"),
]
