"""The office's people: finding a household, inviting it, helping at the counter."""

from typing import NamedTuple

from estate import clock
from estate.access import actions as access
from estate.access.rules import shown_code
from estate.helping.queries import helpers_in
from estate.households import actions as households
from estate.households.queries import (
    HouseholdPage,
    household_list,
    household_page,
    waiting_members,
)
from estate.invitations import actions as invitations
from estate.invitations.queries import Batch, come_in, letter_places, live_letter
from estate.language import N_, say
from estate.permissions import Permission
from estate.refusals import Missing
from estate.values.queries import default_number
from web.arriving import count
from web.print import qr
from web.routing import Answer, Show, Visit, page

A_PAGE = 40
NOT_KEPT = {"Cache-Control": "no-store"}

LETTER = (
    N_("Welcome to Opgang"),
    N_("Opgang is your stairwell on the phone: the noticeboard, news from the office, and help."),
    N_("Come in with the code in the box. It lets in every adult of the household once."),
    N_("Each uses a phone or computer of their own. The code works for {days} days."),
    N_("Keep the letter to yourselves: whoever has the code can come in as one of you."),
)
SCAN = N_("Point your phone's camera at the square, or write the address and type the code:")


class LetterText(NamedTuple):
    """A letter's words in one language."""

    language: str
    title: str
    lines: list[str]
    scan: str


def people_list(visit: Visit) -> Answer:
    """Households within reach, found by name or address; those who wait come first."""
    day, text = clock.local(visit.now).date(), visit.asked("q")[:100]
    after = visit.asked_number("after")
    found = household_list(visit.session, visit.scope, text, day, after, A_PAGE + 1)
    waiting = () if text or after else waiting_members(visit.session, visit.scope, day)
    return visit.show(
        "people/people.html",
        households=found[:A_PAGE],
        more=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
        q=text,
        waiting=waiting,
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
        helpers=helpers_in(visit.session, visit.scope, found.id, clock.local(visit.now).date()),
        inside=come_in(visit.session, persons),
        letter=live_letter(visit.session, found.id, visit.now),
    )


def letters(visit: Visit) -> Answer:
    """How far the letters have come, stairwell by stairwell, and printing more."""
    day = clock.local(visit.now).date()
    return visit.show("people/letters.html", places=letter_places(visit.session, visit.scope, day))


def letter_print(visit: Visit) -> Answer:
    """A new letter for one household; the one before no longer opens anything."""
    batch = Batch(household=visit.part("household"), everybody=True)
    return _printed(visit, batch, visit.url_for("household_view", household=batch.household))


def letters_print(visit: Visit) -> Answer:
    """New letters for a stairwell or a section, as many as fit one printing."""
    batch = Batch(
        stairwell=visit.form.number("stairwell"),
        section=visit.form.number("section"),
        after=visit.form.number("after") or 0,
        everybody=visit.form.checked("everybody"),
    )
    return _printed(visit, batch, visit.url_for("letters"))


def _printed(visit: Visit, batch: Batch, back: str) -> Answer:
    made = invitations.print_letters(visit.session, visit.house.key, visit.scope, batch, visit.now)
    base = visit.house.settings.base_url
    values = {
        "letters": [
            {"to": to, "code": shown_code(code), "address": f"{base}/sign-in/{code}"}
            for to, code in made
        ],
        "qr": qr,
        "front": base.split("://", 1)[1] + visit.url_for("sign_in"),
        "texts": _letter_texts(visit),
        "back": back,
        "batch": batch,
        "after": made[-1][0].household if made and batch.household is None else None,
        "today": clock.local(visit.now).date(),
    }
    return Show("people/letters_print.html", values, headers=NOT_KEPT)


def _letter_texts(visit: Visit) -> list[LetterText]:
    """The letter's words in Danish and then in English, whoever prints it."""
    days = default_number("invitation_days", clock.local(visit.now).date())
    told = [say(text, days=days) for text in LETTER]
    texts = []
    for language in ("da", "en"):
        speech = visit.house.templates.speeches[language]
        title, *lines = [speech.say(message) for message in told]
        texts.append(LetterText(language, title, lines, speech.say(say(SCAN))))
    return texts


def link_issue(visit: Visit) -> Answer:
    """A way in for somebody who stands at the counter, to be handed over on the spot."""
    found = _household(visit)
    person = visit.part("person")
    adult = [m for m in found.members if m.person == person and m.adult and m.confirmed_at]
    if not adult:
        raise Missing
    count(visit, "counter", str(visit.reader.id))
    code = access.issue_counter_code(visit.session, visit.house.key, person, visit.reader.id)
    values = {
        "household": found,
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
    return visit.go("household_view", flash, household=number)


def member_decline(visit: Visit) -> Answer:
    """Say that a person does not live here."""
    number = visit.part("household")
    households.decline_member(visit.session, visit.scope, number, visit.part("member"))
    flash = say(N_("Declined. The household has been told."))
    return visit.go("household_view", flash, household=number)


HOUSEHOLD = "/desk/people/{household:int}"
INVITE = Permission.INVITE
CONFIRM = Permission.CONFIRM_MEMBERS

PAGES = [
    page("/desk/people", people_list, allow=Permission.SEE_PEOPLE),
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
