"""My own page: who I am here, how I am shown, my language, my e-mail address."""

from typing import Any
from urllib.parse import quote, unquote

from engagement.moderation.queries import has_reported
from estate import clock
from estate.codes import actions as codes
from estate.codes.rules import Purpose
from estate.helping import actions as helping
from estate.language import LANGUAGES, N_, Message, say
from estate.people.actions import choose_alias, choose_language
from estate.people.queries import names_around, person_by_id
from estate.people.rules import ALIAS_LENGTH, alias_problem, email_problem, plain_email, shown_name
from estate.permissions import Permission, Role
from estate.receiving.queries import own_letters
from estate.refusals import Missing
from estate.standings.queries import tasks_of
from estate.texts.rules import shown_number
from web.arriving import NEW_ADDRESS_COOKIE, WRONG_CODE, ask_own, count, forgive, network
from web.routing import page
from web.visits import Answer, Cookie, Go, Visit

A_QUARTER = 900
A_YEAR = 365 * 24 * 3600


def me(visit: Visit) -> Answer:
    """My own page."""
    person = person_by_id(visit.session, visit.reader.id)
    return visit.show(
        "me/me.html",
        email=(person.email or "") if person else "",
        phone=shown_number(person.phone) if person and person.phone else "",
        household=bool(visit.scope_of(Permission.MANAGE_HOUSEHOLD).households),
        tasks=tasks_of(visit.session, visit.reader.id, clock.local(visit.now).date()),
        letters=_unread(visit),
        helps=Role.HELPER in visit.reader.roles(),
        history=visit.reader.may(Permission.OWN_HISTORY),
        reported=visit.reader.may(Permission.POST_ON_BOARD)
        and has_reported(visit.session, visit.reader.id),
    )


def _unread(visit: Visit) -> int | None:
    """How many letters to my household I have not read; None where nobody sends me any."""
    scope = visit.scope_of(Permission.READ_LETTERS)
    if not scope.households:
        return None
    return len(own_letters(visit.session, scope, visit.language, unread=True))


def shown_as(visit: Visit) -> Answer:
    """How neighbours see me on the noticeboard."""
    return _shown_as(visit, {})


def _shown_as(visit: Visit, problems: dict[str, Message]) -> Answer:
    person = person_by_id(visit.session, visit.reader.id)
    if person is None:
        raise Missing
    return visit.show(
        "me/shown_as.html",
        status=422 if problems else 200,
        problems=problems,
        typed=visit.form.typed(),
        first_name=shown_name(person.given_name, None, protected=person.protected),
        alias=person.alias or "",
        protected=person.protected,
        most=ALIAS_LENGTH,
    )


def shown_as_save(visit: Visit) -> Answer:
    """From now on show me by my first name, or by an alias."""
    alias = " ".join(visit.form.text("alias").split())
    named = visit.form.text("shown") == "name" and not visit.reader.protected
    if named or (visit.reader.protected and not alias):
        alias = ""
    else:
        taken = names_around(visit.session, visit.scope, clock.local(visit.now).date())
        problem = alias_problem(alias, taken)
        if problem is not None:
            return _shown_as(visit, {"alias": problem})
    choose_alias(visit.session, visit.scope, alias, visit.house.erasures)
    return visit.go("me", say(N_("That is how new posts show you.")))


def language(visit: Visit) -> Answer:
    """Choose the language Opgang speaks to me."""
    return _languages(visit, 200, {})


def _languages(visit: Visit, status: int, problems: dict[str, Message]) -> Answer:
    names = list(LANGUAGES.items())
    return visit.show("me/language.html", status=status, problems=problems, own_names=names)


def language_save(visit: Visit) -> Answer:
    """Speak this language to me from now on."""
    tag = visit.form.text("language")
    if tag not in LANGUAGES:
        return _languages(visit, 422, {"language": say(N_("Choose a language."))})
    choose_language(visit.session, visit.scope, tag)
    return Go(visit.url_for("me"), cookies=(Cookie("language", tag, A_YEAR),))


def _email_values(visit: Visit, problems: dict[str, Message], new: str) -> dict[str, Any]:
    person = person_by_id(visit.session, visit.reader.id)
    return {
        "problems": problems,
        "typed": visit.form.typed(),
        "new": new,
        "email": person.email if person else None,
        "contact_email": person.contact_email if person else None,
    }


def email(visit: Visit) -> Answer:
    """The address I sign in with, and how to change it."""
    name = visit.house.cookie_name(NEW_ADDRESS_COOKIE)
    new = unquote(visit.request.cookies.get(name, "")) if visit.asked("sent") == "yes" else ""
    return visit.show("me/email.html", **_email_values(visit, {}, new))


def email_change(visit: Visit) -> Answer:
    """Send a code to the address I want to use."""
    ask_own(visit)
    new = visit.form.text("email")
    problem = email_problem(new)
    if problem is not None:
        values = _email_values(visit, {"email": problem}, "")
        return visit.show("me/email.html", status=422, **values)
    new = plain_email(new)
    count(visit, "network", network(visit))
    count(visit, "address", new)
    codes.mail_own_code(
        visit.session,
        visit.house.key,
        visit.scope,
        Purpose.ADDRESS,
        new,
        visit.language,
        visit.now,
    )
    kept = Cookie(NEW_ADDRESS_COOKIE, quote(new), A_QUARTER)
    return Go(visit.url_for("email") + "?sent=yes", cookies=(kept,))


def email_confirm(visit: Visit) -> Answer:
    """The code came back: this is my address now."""
    ask_own(visit)
    new = plain_email(visit.form.text("email"))
    count(visit, "code", new)
    key, text = visit.house.key, visit.form.text("code")
    whose = codes.spend_code(visit.session, key, new, text, visit.now, Purpose.ADDRESS)
    if whose != visit.reader.id:
        values = _email_values(visit, {"code": say(WRONG_CODE)}, new)
        return visit.show("me/email.html", status=422, **values)
    forgive(visit, "code", new)
    helping.take_over(visit.session, visit.reader.id, new)
    codes.change_address(visit.session, visit.scope, new, visit.now, visit.house.erasures)
    flash = say(N_("From now on you sign in with {email}."), email=new)
    return Go(visit.url_for("me"), flash, cookies=(Cookie(NEW_ADDRESS_COOKIE, "", 0),))


OWN = Permission.OWN_PAGES

PAGES = [
    page("/me", me, allow=OWN),
    page("/me/name", shown_as, allow=Permission.MANAGE_HOUSEHOLD),
    page("/me/name", shown_as_save, allow=Permission.MANAGE_HOUSEHOLD, method="POST"),
    page("/me/language", language, allow=OWN),
    page("/me/language", language_save, allow=OWN, method="POST"),
    page("/me/email", email, allow=OWN),
    page("/me/email", email_change, allow=OWN, method="POST"),
    page("/me/email/code", email_confirm, allow=OWN, method="POST"),
]
