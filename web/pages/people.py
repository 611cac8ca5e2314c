"""The office's people: finding a household, inviting it, helping at the counter."""

from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from estate import clock
from estate.cards.queries import cards_in
from estate.channels.queries import channel_of, demands_of
from estate.channels.rules import CHANNELS
from estate.codes import actions as codes
from estate.codes.rules import shown_code
from estate.helping.queries import helpers_in
from estate.households import actions as households
from estate.households.queries import (
    HouseholdPage,
    household_list,
    household_page,
    left_by_themselves,
    waiting_members,
)
from estate.invitations import actions as invitations
from estate.invitations.queries import Batch, come_in, letter_places, live_letter, printing
from estate.language import DEFAULT, LANGUAGES, N_, direction, say
from estate.permissions import Permission
from estate.refusals import Missing
from estate.values.queries import default_number
from web.arriving import count
from web.catalogues import Speech
from web.print import qr
from web.routing import page
from web.visits import Answer, Go, Show, Visit

A_PAGE = 40
NOT_KEPT = {"Cache-Control": "no-store"}

LETTER = (
    N_("Welcome to Opgang"),
    N_("Opgang is your stairwell on the phone: the noticeboard, news from the office, and help."),
    N_("Come in with the code in the box. It lets in every adult of the household once."),
    N_("Each uses a phone or computer of their own. The last day of the code is {day}."),
    N_("Keep the letter to yourselves: whoever has the code can come in as one of you."),
)
SCAN = N_("Point your phone's camera at the square. Or go to this address and type the code:")
WAY_IN = N_("Your way into Opgang, the noticeboard of your stairwell")
STEPS = (
    N_("Point your phone’s camera at the square and tap the link that appears."),
    N_("Or go to the address in the box, and type the code there."),
    N_("Tap your name. Then you are in, and your phone remembers it."),
    N_("Is the page in another language? At its foot you can choose “{language}”."),
)
HELP_ENDS = N_(
    "The code works until {day}, once for every adult of the household. Keep it to yourselves. "
    "This is help: what counts is the letter in Danish."
)


class Help(NamedTuple):
    """The letter for those who read another language than Danish: how to come in, step by step."""

    language: str
    direction: str
    title: str
    steps: list[str]
    ending: str


class LetterText(NamedTuple):
    """A letter's words: in full in Danish, and the way in in every other language there is."""

    title: str
    lines: list[str]
    scan: str
    helps: list[Help]


def people_list(visit: Visit) -> Answer:
    """Households within reach, found by name or address; those who wait come first."""
    return visit.show("people/people.html", **_listed(visit))


def _listed(visit: Visit) -> dict[str, Any]:
    """What the list holds, on its own page and beside a household on a wide screen."""
    day, text = clock.local(visit.now).date(), visit.asked("q")[:100]
    after = visit.asked_number("after")
    asked = urlencode({name: value for name, value in (("q", text), ("after", after)) if value})
    found = household_list(visit.session, visit.scope, text, day, after, A_PAGE + 1)
    waiting = () if text or after else waiting_members(visit.session, visit.scope, day)
    return {
        "households": found[:A_PAGE],
        "more": found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        "q": text,
        "came_from": f"?{asked}" if asked else "",
        "waiting": waiting,
    }


def people_waiting(visit: Visit) -> Answer:
    """Who was added by a tenant and waits to be confirmed, oldest first."""
    day = clock.local(visit.now).date()
    return visit.show(
        "people/waiting.html", waiting=waiting_members(visit.session, visit.scope, day)
    )


def _household(visit: Visit) -> HouseholdPage:
    day = clock.local(visit.now).date()
    found = household_page(visit.session, visit.scope, visit.part("household"), day)
    if found is None:
        raise Missing
    return found


def household_view(visit: Visit) -> Answer:
    """One household: its members, who has come in, its letter."""
    found = _household(visit)
    persons = [member.person for member in found.members]
    return visit.show(
        "people/household.html",
        household=found,
        left=left_by_themselves(visit.session, found),
        helpers=helpers_in(visit.session, visit.scope, found.id, clock.local(visit.now).date()),
        inside=come_in(visit.session, persons),
        letter=live_letter(visit.session, found.id, visit.now),
        cards=cards_in(visit.session, found.id, clock.local(visit.now).date()),
        channel=channel_of(visit.session, found.id),
        channels=CHANNELS,
        demands=demands_of(visit.session, found.id),
        sends=visit.reader.may(Permission.SEND_LETTERS),
        files=visit.reader.may(Permission.HANDLE_CASES),
        **_listed(visit),
    )


def letters(visit: Visit) -> Answer:
    """How far the letters have come, stairwell by stairwell, and printing more."""
    day = clock.local(visit.now).date()
    return visit.show("people/letters.html", places=letter_places(visit.session, visit.scope, day))


def letter_print(visit: Visit) -> Answer:
    """A new letter for one household; asked first where a letter that works ends by it."""
    batch = Batch(household=visit.part("household"), everybody=True)
    address = visit.as_searched("letter_print", household=batch.household)
    back = visit.as_searched("household_view", household=batch.household)
    return _asked_first(visit, batch, address, back)


def letters_print(visit: Visit) -> Answer:
    """New letters for a stairwell or a section; asked first where letters that work end by it."""
    batch = Batch(
        stairwell=visit.form.number("stairwell"),
        section=visit.form.number("section"),
        after=visit.form.number("after") or 0,
        everybody=visit.form.checked("everybody"),
    )
    return _asked_first(visit, batch, visit.url_for("letters_print"), visit.url_for("letters"))


def _asked_first(visit: Visit, batch: Batch, address: str, back: str) -> Answer:
    """The letters, or the question whether those that work are to end by it."""
    if not visit.form.checked("confirmed"):
        found = printing(visit.session, visit.scope, batch, visit.now)
        if found is not None and found.ends:
            return visit.show(
                "people/letters_again.html",
                batch=batch,
                printing=found,
                address=address,
                most=default_number("letters_at_once", clock.local(visit.now).date()),
                back=back,
            )
    return _printed(visit, batch, back)


def _printed(visit: Visit, batch: Batch, back: str) -> Answer:
    made = invitations.print_letters(visit.session, visit.house.key, visit.scope, batch, visit.now)
    today = clock.local(visit.now).date()
    more = len(made) == default_number("letters_at_once", today)
    base = visit.house.settings.base_url
    values = {
        "letters": [
            {"to": to, "code": shown_code(code), "address": f"{base}/sign-in/{code}"}
            for to, code in made
        ],
        "qr": qr,
        "front": base.split("://", 1)[1] + visit.url_for("sign_in"),
        "text": _letter_text(visit),
        "back": back,
        "batch": batch,
        "after": made[-1][0].household if more and batch.household is None else None,
        "today": today,
    }
    return Show("people/letters_print.html", values, headers=NOT_KEPT)


def _letter_text(visit: Visit) -> LetterText:
    """The letter's words, whoever prints it: Danish first."""
    lasts = timedelta(days=default_number("invitation_days", clock.local(visit.now).date()))
    day = clock.last_day(visit.now + lasts)
    speeches = visit.house.templates.speeches
    danish = speeches[DEFAULT]
    title, *lines = [danish.say(say(text, day=day)) for text in LETTER]
    helps = [_help(speeches[tag], own, day) for tag, own in LANGUAGES.items() if tag != DEFAULT]
    return LetterText(title, lines, danish.say(say(SCAN)), helps)


def _help(speech: Speech, own_name: str, day: date) -> Help:
    return Help(
        speech.language,
        direction(speech.language),
        speech.say(say(WAY_IN)),
        [speech.say(say(step, language=own_name)) for step in STEPS],
        speech.say(say(HELP_ENDS, day=day)),
    )


def link_issue(visit: Visit) -> Answer:
    """A way in for somebody who stands at the counter, to be handed over on the spot."""
    found = _household(visit)
    person = visit.part("person")
    adult = [m for m in found.members if m.person == person and m.adult and m.confirmed_at]
    if not adult:
        raise Missing
    count(visit, "counter", str(visit.reader.id))
    code = codes.issue_counter_code(visit.session, visit.house.key, person, visit.reader.id)
    values = {
        "household": found,
        "back": visit.as_searched("household_view", household=found.id),
        "name": adult[0].name,
        "code": shown_code(code),
        "address": f"{visit.house.settings.base_url}/sign-in/{code}",
        "qr": qr,
        "front": visit.house.settings.base_url.split("://", 1)[1] + visit.url_for("sign_in"),
    }
    return Show("people/link.html", values, headers=NOT_KEPT)


def member_confirm(visit: Visit) -> Answer:
    """Say that a person lives here."""
    number = visit.part("household")
    households.confirm_member(visit.session, visit.scope, number, visit.part("member"))
    flash = say(N_("Confirmed. The household has been told."))
    return Go(visit.as_searched("household_view", household=number), flash)


def member_decline(visit: Visit) -> Answer:
    """Say that a person does not live here."""
    number = visit.part("household")
    member, log = visit.part("member"), visit.house.erasures
    households.decline_member(visit.session, visit.scope, number, member, log)
    flash = say(N_("Declined. The household has been told."))
    return Go(visit.as_searched("household_view", household=number), flash)


HOUSEHOLD = "/desk/people/{household:int}"
INVITE = Permission.INVITE
CONFIRM = Permission.CONFIRM_MEMBERS

PAGES = [
    page("/desk/people", people_list, allow=Permission.SEE_PEOPLE),
    page("/desk/people/waiting", people_waiting, allow=CONFIRM),
    page("/desk/people/letters", letters, allow=INVITE),
    page("/desk/people/letters", letters_print, allow=INVITE, method="POST"),
    page(HOUSEHOLD, household_view, allow=Permission.SEE_PEOPLE),
    page(f"{HOUSEHOLD}/letter", letter_print, allow=INVITE, method="POST"),
    page(
        f"{HOUSEHOLD}/people/{{person:int}}/link",
        link_issue,
        allow=Permission.ISSUE_LINK,
        method="POST",
    ),
    page(
        f"{HOUSEHOLD}/members/{{member:int}}/confirm", member_confirm, allow=CONFIRM, method="POST"
    ),
    page(
        f"{HOUSEHOLD}/members/{{member:int}}/decline", member_decline, allow=CONFIRM, method="POST"
    ),
]
