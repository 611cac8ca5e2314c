"""My phone number: where codes and urgent SMS go, beside what the administration has."""

from urllib.parse import quote, unquote

from estate.codes import actions as codes
from estate.codes.rules import Purpose
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.phones import actions as phones
from estate.phones.queries import numbers_of
from estate.texts.rules import e164, phone_problem, shown_number
from web.arriving import (
    NEW_NUMBER_COOKIE,
    WRONG_CODE,
    ask_own,
    count,
    count_code,
    forgive_code,
    network,
)
from web.routing import page
from web.visits import Answer, Cookie, Go, Visit

A_QUARTER = 900


def phone(visit: Visit) -> Answer:
    """The number codes and urgent SMS go to, and how to change it."""
    name = visit.house.cookie_name(NEW_NUMBER_COOKIE)
    new = unquote(visit.request.cookies.get(name, "")) if visit.asked("sent") == "yes" else ""
    return _shown(visit, e164(new) or "")


def _shown(visit: Visit, new: str, problems: dict[str, Message] | None = None) -> Answer:
    numbers = numbers_of(visit.session, visit.reader.id)
    return visit.show(
        "me/phone.html",
        status=422 if problems else 200,
        problems=problems or {},
        typed=visit.form.typed(),
        new=new,
        new_shown=shown_number(new) if new else "",
        own=shown_number(numbers.own) if numbers.own else "",
        contact=numbers.contact or "",
    )


def phone_change(visit: Visit) -> Answer:
    """Text a code to the number I want to use."""
    ask_own(visit)
    typed = visit.form.text("phone")
    problem = phone_problem(typed)
    if problem is not None:
        return _shown(visit, "", {"phone": problem})
    number = e164(typed) or ""
    count(visit, "network", network(visit))
    count_code(visit, number)
    count(visit, "number", str(visit.reader.id))
    codes.text_own_code(
        visit.session,
        visit.house.key,
        visit.scope,
        Purpose.NUMBER,
        number,
        visit.language,
        visit.house.settings.host,
        visit.now,
    )
    kept = Cookie(NEW_NUMBER_COOKIE, quote(number), A_QUARTER)
    return Go(visit.url_for("phone") + "?sent=yes", cookies=(kept,))


def phone_confirm(visit: Visit) -> Answer:
    """The code came back: this is my number now."""
    ask_own(visit)
    new = e164(visit.form.text("phone")) or ""
    count(visit, "code", new)
    key, text = visit.house.key, visit.form.text("code")
    whose = codes.spend_code(visit.session, key, new, text, visit.now, Purpose.NUMBER)
    if whose != visit.reader.id:
        return _shown(visit, new, {"code": say(WRONG_CODE)})
    forgive_code(visit, new)
    phones.change_number(visit.session, key, visit.scope, new, visit.now, visit.house.erasures)
    flash = say(N_("From now on codes by SMS go to {number}."), number=shown_number(new))
    return Go(visit.url_for("me"), flash, cookies=(Cookie(NEW_NUMBER_COOKIE, "", 0),))


def phone_remove(visit: Visit) -> Answer:
    """No longer use my number."""
    ask_own(visit)
    house = visit.house
    phones.remove_number(visit.session, house.key, visit.scope, visit.now, house.erasures)
    return visit.go("phone", say(N_("The number is removed.")))


OWN = Permission.OWN_PAGES

PAGES = [
    page("/me/phone", phone, allow=OWN),
    page("/me/phone", phone_change, allow=OWN, method="POST"),
    page("/me/phone/code", phone_confirm, allow=OWN, method="POST"),
    page("/me/phone/remove", phone_remove, allow=OWN, method="POST"),
]
