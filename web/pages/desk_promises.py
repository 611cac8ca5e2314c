"""What each section agreed on service: how soon one hears, and how soon it is fixed."""

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter

from engagement.categories.rules import Urgency
from engagement.pace.queries import usual_in
from engagement.promises import actions, queries, rules
from engagement.promises.rules import Agreement, agreement_problems, around_the_clock, hours
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import sections_in
from web.case_words import URGENCIES
from web.expecting import spoken
from web.routing import page
from web.visits import Answer, Visit

AGREE = Permission.AGREE_PROMISES

FIELDS: Mapping[str, str] = {
    "section": N_("Section"),
    "urgency": N_("How much it hurries"),
    "first_answer_hours": N_("First answer within hours"),
    "fixed_hours": N_("Fixed within hours"),
    "decision": N_("Where it was agreed"),
    "agreed_on": N_("Agreed on"),
    "valid_from": N_("Holds from"),
}


def promise_list(visit: Visit) -> Answer:
    """What is promised in every section, what was before, and the form for what was agreed anew."""
    return _show(visit, {}, {})


def _show(visit: Visit, problems: Mapping[str, Message], typed: Mapping[str, str]) -> Answer:
    today = clock.local(visit.now).date()
    agreed = sorted(queries.agreed(visit.session, visit.scope), key=attrgetter("section"))
    history = {key: list(rows) for key, rows in groupby(agreed, attrgetter("section"))}
    sections = sections_in(visit.session, visit.scope)
    return visit.show(
        "desk_promises/list.html",
        status=422 if problems else 200,
        sections=[
            (
                one,
                queries.promises_in(visit.session, one.id, today),
                usual_in(visit.session, one.id),
                history.get(one.id, []),
            )
            for one in sections
        ],
        choices=[("", say(N_("Choose"))), *((one.id, one.name) for one in sections)],
        urgencies=[(one, say(URGENCIES[one]), around_the_clock(one)) for one in Urgency],
        spoken=spoken,
        fields={name: say(label) for name, label in FIELDS.items()},
        problems=problems,
        typed={"agreed_on": "", "valid_from": today.isoformat(), **typed},
        today=today,
        decision_length=rules.DECISION_LENGTH,
    )


def promise_agree(visit: Visit) -> Answer:
    """Write down what a section agreed."""
    form, typed = visit.form, visit.form.typed()
    problems = agreement_problems(typed, clock.local(visit.now).date())
    section, urgency = form.number("section"), form.text("urgency")
    if section not in visit.scope.sections:
        problems["section"] = say(N_("Choose a section."))
    if urgency not in set(Urgency):
        problems["urgency"] = say(N_("Choose how much it hurries."))
    agreed_on = rules.day_of(form.text("agreed_on"))
    begins = rules.day_of(form.text("valid_from"))
    if problems or section is None or agreed_on is None or begins is None:
        return _show(visit, problems, typed)
    agreement = Agreement(
        section,
        Urgency(urgency),
        hours(form.text("first_answer_hours")),
        hours(form.text("fixed_hours")),
        agreed_on,
        form.text("decision"),
        begins,
    )
    actions.agree(visit.session, visit.scope, agreement)
    return visit.go("promise_list", say(N_("Written down. Residents see it before they write.")))


PAGES = [
    page("/desk/promises", promise_list, allow=AGREE),
    page("/desk/promises", promise_agree, allow=AGREE, method="POST", once=True),
]
