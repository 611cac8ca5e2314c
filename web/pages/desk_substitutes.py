"""Who stands in for a caretaker, and the local notes of each section and stairwell."""

from collections.abc import Mapping

from estate import clock
from estate.language import N_, Message, say
from estate.people.rules import email_problem, plain_email
from estate.permissions import Permission
from estate.places.queries import sections_in
from estate.refusals import Missing, Problems
from estate.substitutes import actions, queries
from estate.substitutes.queries import NotePlace
from estate.substitutes.rules import Naming, naming_problems, note_problems
from estate.values.queries import default_number
from web.routing import page
from web.visits import Answer, Visit

FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "email": N_("E-mail"),
    "sections": N_("Sections"),
    "starts_on": N_("First day"),
    "ends_on": N_("Last day"),
}


def substitute_list(visit: Visit) -> Answer:
    """Who stands in at present or will, with how long."""
    day = clock.local(visit.now).date()
    return visit.show(
        "desk_substitutes/list.html",
        lines=queries.substitutes(visit.session, visit.scope, day),
        today=day,
    )


def substitute_new(visit: Visit) -> Answer:
    """The form to let somebody stand in."""
    return _form(visit, {})


def _form(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    sections = sections_in(visit.session, visit.scope)
    chosen = visit.form.all("sections")
    return visit.show(
        "desk_substitutes/form.html",
        status=422 if problems else 200,
        problems=problems,
        typed=visit.form.typed(),
        fields=FIELDS,
        sections=[(str(one.id), one.name) for one in sections],
        chosen=chosen or ([str(sections[0].id)] if len(sections) == 1 else []),
        today=clock.local(visit.now).date().isoformat(),
    )


def substitute_name(visit: Visit) -> Answer:
    """Let somebody stand in from one day to another."""
    form, day = visit.form, clock.local(visit.now).date()
    naming = Naming(
        name=" ".join(form.text("name").split()),
        email=plain_email(form.text("email")),
        starts_on=form.day("starts_on"),
        ends_on=form.day("ends_on"),
        sections=frozenset(form.numbers("sections")) & visit.scope.sections,
    )
    longest = default_number("substitute_days", day)
    problems = naming_problems(naming, email_problem(form.text("email")), day, longest)
    if problems:
        return _form(visit, problems)
    address = visit.house.settings.base_url + visit.url_for("sign_in")
    try:
        actions.let_stand_in(visit.session, visit.scope, naming, address)
    except Problems as found:
        return _form(visit, found.problems)
    return visit.go("substitute_list", say(N_("{name} is told, and stands in."), name=naming.name))


def substitute_end(visit: Visit) -> Answer:
    """End it before its last day."""
    actions.end_early(visit.session, visit.scope, visit.part("holding"), visit.house.erasures)
    return visit.go("substitute_list", say(N_("It has ended, and they are told.")))


def local_note_list(visit: Visit) -> Answer:
    """The sections and stairwells where this person works, each with its note."""
    return visit.show(
        "desk_substitutes/notes.html", sections=queries.local_notes(visit.session, visit.scope)
    )


def _place(visit: Visit) -> NotePlace:
    for section in queries.local_notes(visit.session, visit.scope):
        for place in section.places:
            if place.key == visit.part("place"):
                return place
    raise Missing


def local_note(visit: Visit) -> Answer:
    """The form of one note."""
    place = _place(visit)
    return _note_form(visit, place, place.text, {})


def _note_form(
    visit: Visit, place: NotePlace, text: str, problems: Mapping[str, Message]
) -> Answer:
    return visit.show(
        "desk_substitutes/note.html",
        status=422 if problems else 200,
        place=place,
        text=text,
        problems=problems,
    )


def local_note_write(visit: Visit) -> Answer:
    """Write down what is to be known there."""
    place, text = _place(visit), visit.form.text("text")
    problems = note_problems(text)
    if not problems and visit.form.text("was") != place.text:
        problems = {"text": say(N_("Somebody changed it meanwhile: “{said}”"), said=place.text)}
    if problems:
        return _note_form(visit, place, text, problems)
    actions.write_note(visit.session, visit.scope, place, text, visit.language)
    return visit.go("local_note_list", say(N_("Whoever works there sees it under Desk.")))


GIVE, NOTE = Permission.GIVE_ROLES, Permission.KEEP_LOCAL_NOTES

PAGES = [
    page("/desk/substitutes", substitute_list, allow=GIVE),
    page("/desk/substitutes/new", substitute_new, allow=GIVE),
    page("/desk/substitutes/new", substitute_name, allow=GIVE, method="POST", once=True),
    page("/desk/substitutes/{holding:int}/end", substitute_end, allow=GIVE, method="POST"),
    page("/desk/local-notes", local_note_list, allow=NOTE),
    page("/desk/local-notes/{place}", local_note, allow=NOTE),
    page("/desk/local-notes/{place}", local_note_write, allow=NOTE, method="POST", once=True),
]
