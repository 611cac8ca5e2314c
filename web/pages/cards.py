"""The household card: coming in with it, making one at the counter, ending one's own."""

from typing import NamedTuple

from estate import clock
from estate.access.rules import Beginning, own_path
from estate.cards import actions as cards
from estate.cards.queries import Held, card_of
from estate.cards.rules import LEAST_DIGITS, MOST_DIGITS, CardState, choice_problems, typed_pin
from estate.codes.rules import shown_code, typed_code
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.values.queries import default_number
from web.arriving import (
    WRONG_CODE,
    arrive,
    ask_own,
    count,
    forgive,
    network,
    offices_to_ask,
)
from web.print import qr
from web.routing import page
from web.visits import Answer, Show, Visit

NOT_KEPT = {"Cache-Control": "no-store"}
WRONG_PIN = N_("That PIN is not right. After a few wrong ones the card locks.")

TITLE = N_("Your card for Opgang")
LINES = (
    N_("With it you come in without e-mail or phone: at the library, or on a neighbour's tablet."),
    N_("Point a camera at the square, or go to the address and type the code on the card."),
    N_(
        "The first time you choose a PIN of {least} to {most} digits. Only you know it, not even "
        "the office does. Never write it on the card."
    ),
    N_("Lost the card, or forgot the PIN? The office makes a new one, and this one ends."),
    N_("Sign out when you are done, if the device is not yours."),
)


def card_sign_in(visit: Visit) -> Answer:
    """Where the code of a household card is typed."""
    return _code_page(visit, visit.asked("next", "/"))


def _code_page(visit: Visit, next_page: str, problems: dict[str, Message] | None = None) -> Answer:
    return visit.show(
        "sign_in/card.html",
        status=422 if problems else 200,
        problems=problems or {},
        typed=visit.form.typed(),
        next=own_path(next_page),
    )


def card_find(visit: Visit) -> Answer:
    """On to the PIN of the card whose code was typed."""
    code, next_page = typed_code(visit.form.text("card")), visit.form.text("next", "/")
    if not code:
        return _code_page(visit, next_page, {"card": say(N_("Write the code from your card."))})
    held = _held(visit, code)
    if held is None:
        return _code_page(visit, next_page, {"card": say(WRONG_CODE)})
    return _pin_page(visit, held, code, next_page)


def _held(visit: Visit, code: str) -> Held | None:
    """The card of a code. Each wrong one counts against the network it comes from."""
    count(visit, "code", network(visit))
    held = card_of(visit.session, visit.house.key, code, visit.now)
    if held is not None:
        forgive(visit, "code", network(visit))
    return held


def _pin_page(
    visit: Visit,
    held: Held,
    code: str,
    next_page: str,
    problems: dict[str, Message] | None = None,
) -> Show:
    locked = held.state is CardState.LOCKED
    values = {
        "name": held.name,
        "state": held.state.value,
        "code": code,
        "least": LEAST_DIGITS,
        "most": MOST_DIGITS,
        "next": own_path(next_page),
        "problems": problems or {},
        "hours": default_number("borrowed_session_hours", clock.local(visit.now).date()),
        "offices": offices_to_ask(visit.session) if locked else (),
    }
    status = 409 if locked else 422 if problems else 200
    return Show("sign_in/card_pin.html", values, status=status, headers=NOT_KEPT)


def card_open(visit: Visit) -> Answer:
    """What the square on a card opens: its PIN is asked, or chosen the first time."""
    code = typed_code(visit.part("code"))
    held = _held(visit, code)
    if held is None:
        return visit.show("sign_in/over.html", status=404)
    return _pin_page(visit, held, code, visit.asked("next", "/"))


def card_enter(visit: Visit) -> Answer:
    """Let somebody in by card and PIN, or choose the PIN."""
    code, pin = typed_code(visit.form.text("card")), typed_pin(visit.form.text("pin"))
    next_page = visit.form.text("next", "/")
    count(visit, "network", network(visit))
    held = _held(visit, code)
    if held is None:
        return _code_page(visit, next_page, {"card": say(WRONG_CODE)})
    session, key = visit.session, visit.house.key
    if held.state is CardState.NEW:
        if problems := choice_problems(pin, typed_pin(visit.form.text("again"))):
            return _pin_page(visit, held, code, next_page, problems)
        cards.choose_pin(session, key, held, pin, visit.now)
        return _come_in(visit, held, next_page)
    state = cards.try_pin(session, key, held, pin, visit.now)
    if state is CardState.READY:
        return _come_in(visit, held, next_page)
    if state is CardState.LOCKED:
        return _pin_page(visit, held._replace(state=state), code, next_page)
    return _pin_page(visit, held, code, next_page, {"pin": say(WRONG_PIN)})


def _come_in(visit: Visit, held: Held, next_page: str) -> Answer:
    forgive(visit, "network", network(visit))
    begun_by = None if held.confirmed else held.issued_by
    own = visit.form.text("device") == "own"
    began = Beginning.CARD if own else Beginning.BORROWED
    return arrive(visit, held.person, began, next_page, begun_by, confirmed=held.confirmed)


class CardText(NamedTuple):
    """What stands beside a card, in one language."""

    language: str
    title: str
    lines: list[str]


def card_issue(visit: Visit) -> Answer:
    """A card for somebody without e-mail or phone, to be printed and handed over on the spot."""
    count(visit, "counter", str(visit.reader.id))
    household, person = visit.part("household"), visit.part("person")
    made = cards.issue_card(
        visit.session, visit.house.key, visit.scope, household, person, visit.now
    )
    base = visit.house.settings.base_url
    values = {
        "holder": made.holder,
        "code": shown_code(made.code),
        "address": f"{base}{visit.url_for('card_open', code=made.code)}",
        "front": base.split("://", 1)[1] + visit.url_for("card_sign_in"),
        "qr": qr,
        "texts": _texts(visit),
        "back": visit.as_searched("household_view", household=household),
    }
    return Show("people/card.html", values, headers=NOT_KEPT)


def _texts(visit: Visit) -> list[CardText]:
    """How a card is used, in every language: Danish first."""
    numbers = {"least": LEAST_DIGITS, "most": MOST_DIGITS}
    speeches = visit.house.templates.speeches
    danish_first = sorted(speeches.values(), key=lambda speech: speech.language != "da")
    return [
        CardText(
            speech.language,
            speech.say(say(TITLE)),
            [speech.say(say(line, **numbers)) for line in LINES],
        )
        for speech in danish_first
    ]


def card_end(visit: Visit) -> Answer:
    """End my card."""
    ask_own(visit)
    cards.revoke_card(visit.session, visit.scope, visit.now)
    return visit.go("devices", say(N_("The card opens nothing any more.")))


def card_vouch(visit: Visit) -> Answer:
    """Say that the card is mine, on a device that is."""
    ask_own(visit)
    cards.vouch(visit.session, visit.scope, visit.now)
    return visit.go("devices", say(N_("From now on everything opens when you sign in with it.")))


VISIT, OWN = Permission.VISIT, Permission.OWN_PAGES

PAGES = [
    page("/sign-in/card", card_sign_in, allow=VISIT),
    page("/sign-in/card", card_find, allow=VISIT, method="POST"),
    page("/sign-in/card/pin", card_enter, allow=VISIT, method="POST"),
    # A wrong code is counted, so looking at one writes.
    page("/sign-in/card/{code}", card_open, allow=VISIT, writes=True),
    page("/me/devices/card/end", card_end, allow=OWN, method="POST"),
    page("/me/devices/card/mine", card_vouch, allow=OWN, method="POST"),
    page(
        "/desk/people/{household:int}/people/{person:int}/card",
        card_issue,
        allow=Permission.ISSUE_CARD,
        method="POST",
    ),
]
