"""The numbers that differ from place to place, as the office keeps them."""

from collections.abc import Mapping

from estate.contacts import actions, queries, rules
from estate.contacts.queries import ContactLine, Place
from estate.contacts.rules import CALLED, KEPT_BY_OFFICE, Contacting, Who
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Missing, Problems
from web.routing import page
from web.visits import Answer, Visit


def contact_list(visit: Visit) -> Answer:
    """Everybody the office has written down, place by place, and who is missing."""
    lines = queries.contacts(visit.session, visit.scope)
    places = queries.places(visit.session, visit.scope)
    written = {(line.key, line.who) for line in lines}
    whole = {place.organisation for place in places if place.section is None}
    return visit.show(
        "contact/desk.html",
        lines=lines,
        called={who: say(CALLED[who]) for who in KEPT_BY_OFFICE},
        own={place.key for place in places},
        missing=[
            (place, who)
            for place in places
            for who in KEPT_BY_OFFICE
            if _wanted(place, who, whole) and (place.key, who) not in written
        ],
    )


def _wanted(place: Place, who: Who, whole: set[int]) -> bool:
    """Whether a place should have one of its own: a board, and what no organisation has for it."""
    if who is Who.BOARD:
        return place.section is not None
    return place.section is None or place.organisation not in whole


def contact_new(visit: Visit) -> Answer:
    """The form to write somebody down."""
    asked = {"place": visit.asked("place"), "who": visit.asked("who")}
    return _form(visit, {}, asked)


def _form(
    visit: Visit,
    problems: Mapping[str, Message],
    typed: Mapping[str, str],
    line: ContactLine | None = None,
) -> Answer:
    places = queries.places(visit.session, visit.scope)
    return visit.show(
        "contact/form.html",
        status=422 if problems else 200,
        line=line,
        places=[(place.key, place.name) for place in places],
        kinds=[(who.value, say(CALLED[who])) for who in KEPT_BY_OFFICE],
        called=say(CALLED[line.who]) if line else None,
        problems=problems,
        typed=typed,
    )


def _typed(visit: Visit) -> Contacting:
    form = visit.form
    return Contacting(
        name=form.text("name"),
        phone=form.text("phone"),
        email=form.text("email"),
        web=form.text("web"),
        note=form.text("note"),
        language=visit.language,
    )


def contact_add(visit: Visit) -> Answer:
    """Write somebody down for an organisation or a section."""
    typed = _typed(visit)
    places = {one.key: one for one in queries.places(visit.session, visit.scope)}
    place = places.get(visit.form.text("place"))
    who = next((one for one in KEPT_BY_OFFICE if one.value == visit.form.text("who")), None)
    problems = rules.contact_problems(typed)
    if place is None:
        problems["place"] = say(N_("Choose for whom it is."))
    if who is None:
        problems["who"] = say(N_("Choose who it is."))
    if problems or place is None or who is None:
        return _form(visit, problems, visit.form.typed())
    try:
        actions.add(visit.session, visit.scope, place, who, typed)
    except Problems as trouble:
        return _form(visit, trouble.problems, visit.form.typed())
    return visit.go("contact_list", say(N_("Written down. Everybody there can see it now.")))


def _line(visit: Visit) -> ContactLine:
    found = queries.contact(visit.session, visit.scope, visit.part("contact"))
    if found is None or found.key not in {
        place.key for place in queries.places(visit.session, visit.scope)
    }:
        raise Missing
    return found


def contact_edit(visit: Visit) -> Answer:
    """The form to change what is written about somebody."""
    line = _line(visit)
    return _form(visit, {}, {field: str(value) for field, value in line._asdict().items()}, line)


def contact_change(visit: Visit) -> Answer:
    """Write down something else about somebody."""
    line, typed = _line(visit), _typed(visit)
    problems = rules.contact_problems(typed)
    if problems:
        return _form(visit, problems, visit.form.typed(), line)
    actions.change(visit.session, visit.scope, line.id, typed, visit.house.erasures)
    return visit.go("contact_list", say(N_("Changed. Everybody there can see it now.")))


def contact_remove(visit: Visit) -> Answer:
    """Take somebody off the list."""
    actions.remove(visit.session, visit.scope, _line(visit).id, visit.house.erasures)
    return visit.go("contact_list", say(N_("It is gone from the contacts.")))


PAGES = [
    page("/desk/contacts", contact_list, allow=Permission.EDIT_CONTACTS),
    page("/desk/contacts/new", contact_new, allow=Permission.EDIT_CONTACTS),
    page(
        "/desk/contacts/new", contact_add, allow=Permission.EDIT_CONTACTS, method="POST", once=True
    ),
    page("/desk/contacts/{contact:int}", contact_edit, allow=Permission.EDIT_CONTACTS),
    page(
        "/desk/contacts/{contact:int}",
        contact_change,
        allow=Permission.EDIT_CONTACTS,
        method="POST",
        once=True,
    ),
    page(
        "/desk/contacts/{contact:int}/remove",
        contact_remove,
        allow=Permission.EDIT_CONTACTS,
        method="POST",
    ),
]
