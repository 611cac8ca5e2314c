"""Agreeing when somebody comes to a home, from both sides."""

from collections.abc import Mapping

from engagement.cases import queries as cases
from engagement.cases import rules as case_rules
from engagement.cases.actions import Words
from engagement.cases.queries import Desk
from engagement.phrases.rules import Side
from engagement.visits import actions, queries, rules
from engagement.visits.rules import Slot
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Refused
from web.case_visits import arranged, calendar
from web.case_words import VALUES, read_phrase, sentences
from web.routing import page
from web.visits import Answer, Visit

REPORT, HANDLE = Permission.REPORT_CASES, Permission.HANDLE_CASES

LEAST_SLOTS = 2

FIELDS: Mapping[str, Message] = {
    "text": say(N_("What would suit you?")),
    **{f"day{n}": say(N_("Time {number}"), number=n) for n in range(1, rules.MOST_SLOTS + 1)},
    **{name: say(label) for name, (label, _) in VALUES.items()},
}


def _desk(visit: Visit) -> Desk:
    return Desk(visit.scope_of(HANDLE), visit.scope_of(Permission.HANDLE_COMPLAINTS))


# The household's side


def visit_page(visit: Visit) -> Answer:
    """None of the times suits, or the agreed one not after all: what would."""
    return _own(visit, {})


def _own(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number = visit.part("case")
    case = cases.to_read(visit.session, visit.scope, number)
    line = queries.to_agree(visit.session, visit.scope, number)
    return visit.show(
        "cases/visit_page.html",
        status=422 if problems else 200,
        number=number,
        arranged=arranged(visit, line),
        sentences=sentences(visit, Side.RESIDENT, case.line.category),
        values=VALUES,
        fields=FIELDS,
        typed=visit.form.typed(),
        problems=problems,
    )


def visit_take(visit: Visit) -> Answer:
    """One tap takes one of the times."""
    number, key = visit.part("case"), visit.form.text("slot")
    actions.take(visit.session, visit.scope, number, key, visit.now)
    return visit.go("case_page", say(N_("The visit is agreed. We remind you.")), case=number)


def visit_not(visit: Visit) -> Answer:
    """None suits: by a sentence of the phrase book, or in one's own words."""
    number = visit.part("case")
    phrase, values, problems = read_phrase(visit, Side.RESIDENT)
    text = visit.form.text("text")
    if not phrase:
        problems = case_rules.line_problems(text)
    if problems:
        return _own(visit, problems)
    words = Words(text, visit.language, phrase, values)
    actions.suits_not(visit.session, visit.scope, number, words, visit.now)
    return visit.go(
        "case_page", say(N_("The caretaker is told, and suggests others.")), case=number
    )


def visit_calendar(visit: Visit) -> Answer:
    """The agreed visit for one's own calendar; called off, it goes from there."""
    number = visit.part("case")
    case = cases.to_read(visit.session, visit.scope, number)
    return calendar(
        visit, case.line, queries.to_agree(visit.session, visit.scope, number), "case_page"
    )


# The staff's side


def desk_visit(visit: Visit) -> Answer:
    """Suggest times for a visit, or others than those before."""
    return _plan(visit, {})


def _plan(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number, desk = visit.part("case"), _desk(visit)
    case = cases.to_handle(visit.session, desk, number)
    return visit.show(
        "desk_cases/visit_page.html",
        status=422 if problems else 200,
        number=number,
        line=case.line,
        arranged=arranged(visit, queries.to_plan(visit.session, desk, number)),
        private=cases.private(visit.session, desk, number),
        slots=range(1, rules.MOST_SLOTS + 1),
        sentences=sentences(visit, Side.STAFF, case.line.category, case_rules.Step.PLAN),
        values=VALUES,
        fields=FIELDS,
        typed=visit.form.typed(),
        problems=problems,
    )


def desk_visit_propose(visit: Visit) -> Answer:
    """Offer times to choose from; what was agreed before falls away."""
    number, desk = visit.part("case"), _desk(visit)
    cases.to_handle(visit.session, desk, number)
    slots, problems = _slots(visit, number)
    phrase, values, wrong = read_phrase(visit, Side.STAFF)
    if problems or wrong:
        return _plan(visit, {**problems, **wrong})
    words = Words(phrase=phrase, values=values)
    actions.propose(visit.session, desk, number, slots, words, visit.now)
    return visit.go("desk_case", say(N_("The household is asked to choose.")), case=number)


def _slots(visit: Visit, number: int) -> tuple[list[Slot], dict[str, Message]]:
    taken = [
        line.agreed
        for line in queries.promised_by(visit.session, visit.reader.id, visit.now)
        if line.agreed is not None and line.case != number
    ]
    slots: list[Slot] = []
    problems: dict[str, Message] = {}
    for n in range(1, rules.MOST_SLOTS + 1):
        names = (f"day{n}", f"begins{n}", f"ends{n}")
        if not any(visit.form.text(name) for name in names):
            continue
        starts, ends = visit.form.moment(names[0], names[1]), visit.form.moment(names[0], names[2])
        if starts is None or ends is None:
            problems[names[0]] = say(N_("Fill in the day, from and until."))
            continue
        slot = Slot(starts, ends)
        problem = rules.slot_problem(slot, visit.now, taken)
        if problem is None and any(slot.overlaps(other) for other in slots):
            problem = say(N_("You have suggested this time above."))
        if problem is not None:
            problems[names[0]] = problem
        slots.append(slot)
    if not problems and len(slots) < LEAST_SLOTS:
        missing = say(N_("Suggest at least two times, so that there is something to choose."))
        problems[f"day{len(slots) + 1}"] = missing
    return slots, problems


def desk_visit_cancel(visit: Visit) -> Answer:
    """Call a visit off; the household is told."""
    number = visit.part("case")
    actions.call_off(visit.session, _desk(visit), number, Words(), visit.now)
    return visit.go(
        "desk_case", say(N_("It is called off, and the household is told.")), case=number
    )


def desk_visit_come(visit: Visit) -> Answer:
    """Come to a visit in place of somebody who is away."""
    number = visit.part("case")
    actions.come_instead(visit.session, _desk(visit), number, visit.now)
    return visit.go("desk_case", say(N_("You come to this visit.")), case=number)


def desk_visit_came(visit: Visit) -> Answer:
    """Somebody was there, or stood before a closed door."""
    number, how = visit.part("case"), visit.form.text("how")
    if how == "came":
        actions.came(visit.session, _desk(visit), number, visit.now)
        return visit.go("desk_case", case=number)
    if how == "nobody":
        actions.nobody_home(visit.session, _desk(visit), number, visit.now)
        flash = say(N_("The household is told. Suggest other times when you like."))
        return visit.go("desk_case", flash, case=number)
    cases.to_handle(visit.session, _desk(visit), number)
    raise Refused(N_("Say whether somebody was home."))


def desk_visit_calendar(visit: Visit) -> Answer:
    """The agreed visit for the calendar of whoever comes."""
    number, desk = visit.part("case"), _desk(visit)
    case = cases.to_handle(visit.session, desk, number)
    return calendar(visit, case.line, queries.to_plan(visit.session, desk, number), "desk_case")


AT, DESK = "/faults/{case:int}", "/desk/faults/{case:int}"

PAGES = [
    page(f"{AT}/visit", visit_page, allow=REPORT),
    page(f"{AT}/visit", visit_not, allow=REPORT, method="POST", once=True),
    page(f"{AT}/visit/take", visit_take, allow=REPORT, method="POST"),
    page(f"{AT}/visit.ics", visit_calendar, allow=REPORT),
    page(f"{DESK}/visit", desk_visit, allow=HANDLE),
    page(f"{DESK}/visit", desk_visit_propose, allow=HANDLE, method="POST", once=True),
    page(f"{DESK}/visit/cancel", desk_visit_cancel, allow=HANDLE, method="POST"),
    page(f"{DESK}/visit/come", desk_visit_come, allow=HANDLE, method="POST"),
    page(f"{DESK}/visit/came", desk_visit_came, allow=HANDLE, method="POST"),
    page(f"{DESK}/visit.ics", desk_visit_calendar, allow=HANDLE),
]
