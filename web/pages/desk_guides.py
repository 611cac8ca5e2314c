"""Guides at the desk: how each sort of work is done, read without network too."""

from collections.abc import Mapping

from engagement.guides import actions, queries, rules
from engagement.guides.rules import OWNER, Draft, steps_of
from engagement.tasks.queries import types
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Missing
from web.routing import page
from web.shown_photos import shown_photos
from web.visits import Answer, Visit

DO, KEEP = Permission.DO_TASKS, Permission.KEEP_PLAN

FIELDS: Mapping[str, str] = {
    "title": N_("What is the guide about?"),
    "type": N_("What sort of work?"),
    "steps": N_("The steps, one a line"),
    "organisation": N_("Organisation"),
    "photos": N_("Photos"),
}


def guide_list(visit: Visit) -> Answer:
    """Every guide by the sort of work it is for."""
    sorts = types(clock.local(visit.now).date())
    found = queries.guides(visit.session, visit.scope)
    return visit.show(
        "desk_guides/list.html",
        groups=[
            (sort.name(visit.language), [one for one in found if one.type == code])
            for code, sort in sorts.items()
            if any(one.type == code for one in found)
        ],
        writes=visit.reader.may(KEEP),
    )


def guide_page(visit: Visit) -> Answer:
    """One guide: its steps, its pictures, and how it read before."""
    number = visit.part("guide")
    guide = queries.guide(visit.session, visit.scope, number)
    known = types(clock.local(visit.now).date()).get(guide.type)
    return visit.show(
        "desk_guides/guide.html",
        guide=guide,
        sort=known.name(visit.language) if known else "",
        steps=steps_of(guide.steps),
        photos=shown_photos(
            visit, OWNER, number, lambda n: visit.url_for("guide_photo", guide=number, n=n)
        ),
        earlier=[
            (one.title, steps_of(one.steps), one.until)
            for one in queries.earlier(visit.session, visit.scope, number)
        ],
        writes=visit.reader.may(KEEP),
    )


def guide_form(visit: Visit) -> Answer:
    """Write a new guide."""
    return _form(visit, {"type": visit.asked("type") or "repair"}, {})


def _form(
    visit: Visit,
    typed: Mapping[str, str],
    problems: Mapping[str, Message],
    number: int | None = None,
) -> Answer:
    return visit.show(
        "desk_guides/form.html",
        status=422 if problems else 200,
        number=number,
        organisations=queries.organisations(visit.session, visit.scope),
        types=[
            (one.code, one.name(visit.language))
            for one in types(clock.local(visit.now).date()).values()
        ],
        fields={name: say(label) for name, label in FIELDS.items()},
        typed=typed,
        problems=problems,
        most_photos=rules.MOST_PHOTOS,
        steps_length=rules.STEPS_LENGTH,
    )


def _draft(visit: Visit, organisation: int) -> tuple[Draft, dict[str, Message]]:
    form = visit.form
    draft = Draft(organisation, form.text("type"), form.text("title"), form.text("steps"))
    found = rules.problems(draft, types(clock.local(visit.now).date()))
    return draft, {**found, **visit.problems}


def guide_write(visit: Visit) -> Answer:
    """Write it down."""
    organisations = queries.organisations(visit.session, visit.scope)
    asked = visit.form.number("organisation")
    if not organisations:
        raise Missing
    organisation = asked if asked in dict(organisations) else organisations[0][0]
    draft, problems = _draft(visit, organisation)
    if problems:
        return _form(visit, visit.form.typed(), problems)
    number = actions.write(
        visit.session,
        visit.scope,
        draft,
        visit.language,
        visit.form.pictures,
        visit.house.photos,
        visit.now,
    )
    return visit.go("guide_page", say(N_("The guide is there.")), guide=number)


def guide_edit(visit: Visit) -> Answer:
    """The form to change a guide."""
    guide = queries.guide(visit.session, visit.scope, visit.part("guide"))
    typed = {
        "title": guide.title,
        "type": guide.type,
        "steps": guide.steps,
        "seen": str(guide.version),
    }
    return _form(visit, typed, {}, guide.id)


def guide_change(visit: Visit) -> Answer:
    """Change it; what it said before stays to be read."""
    guide = queries.guide(visit.session, visit.scope, visit.part("guide"))
    draft, problems = _draft(visit, guide.organisation)
    if problems:
        return _form(visit, visit.form.typed(), problems, guide.id)
    chosen = visit.form.pictures
    actions.change(
        visit.session,
        visit.scope,
        guide.id,
        draft,
        visit.form.number("seen") or 0,
        chosen if chosen or visit.form.checked("no_photos") else None,
        visit.house.photos,
        visit.now,
    )
    return visit.go("guide_page", say(N_("The guide is changed.")), guide=guide.id)


def guide_remove(visit: Visit) -> Answer:
    """Take it away."""
    actions.take_away(visit.session, visit.scope, visit.part("guide"))
    return visit.go("guide_list", say(N_("The guide is gone.")))


AT = "/desk/guides/{guide:int}"

PAGES = [
    page("/desk/guides", guide_list, allow=DO),
    page("/desk/guides/new", guide_form, allow=KEEP),
    page("/desk/guides/new", guide_write, allow=KEEP, method="POST", once=True, photos=6),
    page(AT, guide_page, allow=DO),
    page(f"{AT}/edit", guide_edit, allow=KEEP),
    page(f"{AT}/edit", guide_change, allow=KEEP, method="POST", once=True, photos=6),
    page(f"{AT}/remove", guide_remove, allow=KEEP, method="POST"),
]
