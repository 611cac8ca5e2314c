"""Who of the staff is away, and what of theirs waits for somebody else."""

from collections.abc import Mapping

from engagement.absences import actions, queries
from engagement.absences.rules import problems as day_problems
from engagement.cases.queries import Desk
from engagement.handling import actions as handling
from engagement.handling.queries import left_behind
from engagement.visits.queries import uncertain
from engagement.visits.rules import VisitState
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from web.case_words import rows
from web.routing import page
from web.visits import Answer, Visit

FIELDS: Mapping[str, str] = {
    "person": N_("Who is away?"),
    "starts_on": N_("First day"),
    "ends_on": N_("Last day"),
}


def absence_list(visit: Visit) -> Answer:
    """Who is away now or soon, and the cases and visits that need somebody meanwhile."""
    day = clock.local(visit.now).date()
    desk = Desk(visit.scope, visit.scope_of(Permission.HANDLE_COMPLAINTS))
    return visit.show(
        "desk_absences/list.html",
        block="absences",
        lines=queries.coming(visit.session, visit.scope, day),
        cases=rows(visit, left_behind(visit.session, desk)),
        visits=[
            (line.case, line.agreed if line.state is VisitState.AGREED else None)
            for line in uncertain(visit.session, desk, visit.now)
        ],
        today=day,
        me=visit.reader.id,
        now=visit.now,
    )


def absence_new(visit: Visit) -> Answer:
    """The form to say that oneself or a colleague is away."""
    return _form(visit, {})


def _form(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    day = clock.local(visit.now).date()
    return visit.show(
        "desk_absences/form.html",
        status=422 if problems else 200,
        problems=problems,
        typed=visit.form.typed(),
        fields=FIELDS,
        persons=[
            (str(number), name) for number, name in queries.names(visit.session, visit.scope, day)
        ],
        me=str(visit.reader.id),
        today=day.isoformat(),
    )


def absence_write(visit: Visit) -> Answer:
    """Write down the days; what they have stands with everybody's meanwhile."""
    day, form = clock.local(visit.now).date(), visit.form
    starts_on, ends_on = form.day("starts_on"), form.day("ends_on")
    problems = day_problems(starts_on, ends_on, day)
    person = next(iter(form.numbers("person")), None)
    if person not in queries.colleagues(visit.session, visit.scope, day):
        problems["person"] = say(N_("Choose somebody who works there."))
    if problems or person is None or starts_on is None or ends_on is None:
        return _form(visit, problems)
    handling.be_away(visit.session, visit.scope, person, (starts_on, ends_on), visit.now)
    flash = N_("Noted. What they have stands with everybody’s while they are away.")
    return visit.go("absence_list", say(flash))


def absence_end(visit: Visit) -> Answer:
    """They are back, or do not go."""
    day = clock.local(visit.now).date()
    actions.be_back(visit.session, visit.scope, visit.part("absence"), day)
    return visit.go("absence_list", say(N_("Noted. What nobody took is theirs again.")))


HANDLE = Permission.HANDLE_CASES

PAGES = [
    page("/desk/absences", absence_list, allow=HANDLE),
    page("/desk/absences/new", absence_new, allow=HANDLE),
    page("/desk/absences/new", absence_write, allow=HANDLE, method="POST", once=True),
    page("/desk/absences/{absence:int}/end", absence_end, allow=HANDLE, method="POST"),
]
