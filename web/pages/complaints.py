"""Complaints: the household's log of dates and what it consents to, and the office's steps."""

from collections.abc import Mapping

from engagement.cases.queries import Desk
from engagement.complaints import actions, queries
from engagement.complaints.rules import LINES, SHORT_LENGTH, TEXT_LENGTH, Line, MayTell
from engagement.complaints.rules import line_problems as problems_of
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.refusals import Refused
from web.complaint_words import MAY_TELL, complaint_told, steps_shown
from web.routing import page
from web.visits import Answer, Visit

REPORT, COMPLAINTS = Permission.REPORT_CASES, Permission.HANDLE_COMPLAINTS
NOT_ONE = N_("This is not a complaint.")

LABELS: Mapping[str, str] = {
    "day": N_("Which day was it?"),
    "begun": N_("From when?"),
    "lasted": N_("How long?"),
    "text": N_("What happened?"),
}
FIELDS: Mapping[str, Message] = {
    f"{name}-{number}": say(label)
    for number in range(1, LINES + 1)
    for name, label in LABELS.items()
}


def _own(visit: Visit) -> queries.Kept:
    kept = queries.to_tell(visit.session, visit.scope, visit.part("case"))
    if kept is None:
        raise Refused(NOT_ONE)
    return kept


def complaint_log(visit: Visit) -> Answer:
    """The form of the log: several days at once."""
    _own(visit)
    return _log(visit, {})


def _log(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    return visit.show(
        "complaints/log.html",
        status=422 if problems else 200,
        case=visit.part("case"),
        numbers=range(1, LINES + 1),
        labels=LABELS,
        fields=FIELDS,
        problems=problems,
        typed=visit.form.typed(),
        text_length=TEXT_LENGTH,
        short_length=SHORT_LENGTH,
    )


def complaint_log_add(visit: Visit) -> Answer:
    """Write down when it happened."""
    _own(visit)
    form, today = visit.form, clock.local(visit.now).date()
    lines = [
        Line(
            form.day(f"day-{number}"),
            form.text(f"begun-{number}"),
            form.text(f"lasted-{number}"),
            form.text(f"text-{number}"),
        )
        for number in range(1, LINES + 1)
    ]
    problems = problems_of(lines, today)
    if problems:
        return _log(visit, problems)
    number = visit.part("case")
    actions.add_dates(visit.session, visit.scope, number, lines, visit.language, visit.now)
    return visit.go("case_page", say(N_("It is in the log.")), case=number)


def complaint_form(visit: Visit) -> Answer:
    """What was tried, and what the office may say."""
    return _form(visit, {})


def _form(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    kept = _own(visit)
    known = queries.tried_before(clock.local(visit.now).date())
    return visit.show(
        "complaints/form.html",
        status=422 if problems else 200,
        case=visit.part("case"),
        tried=[(one.code, one.name(visit.language)) for one in known.values()],
        ticked=list(kept.tried),
        may_tell=kept.may_tell.value,
        choices_to_tell=[(one.value, say(label)) for one, label in MAY_TELL.items()],
        fields={"may_tell": say(N_("Who may be told?"))},
        problems=problems,
    )


def complaint_say(visit: Visit) -> Answer:
    """Say what was tried, and what the office may say."""
    given = visit.form.text("may_tell")
    if given not in set(MayTell):
        return _form(visit, {"may_tell": say(N_("Choose who may be told."))})
    number, tried = visit.part("case"), visit.form.all("tried")
    actions.say_how(visit.session, visit.scope, number, tried, MayTell(given))
    return visit.go("case_page", say(N_("The office sees it now.")), case=number)


def _desk(visit: Visit) -> Desk:
    return Desk(visit.scope_of(Permission.HANDLE_CASES), visit.scope)


def complaint_steps(visit: Visit) -> Answer:
    """The office's steps of a complaint: what was done, what usually follows, and words for it."""
    return _steps(visit, {})


def _steps(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number, today = visit.part("case"), clock.local(visit.now).date()
    kept = queries.to_decide(visit.session, _desk(visit), number)
    if kept is None:
        raise Refused(NOT_ONE)
    following, shown = queries.follows(kept.steps, today), steps_shown(visit)
    return visit.show(
        "desk_complaints/steps.html",
        status=422 if problems else 200,
        case=number,
        told=complaint_told(visit, kept),
        taken=kept.steps,
        names={one.code: one.name for one in shown},
        steps=shown,
        next=following[0].code if following else "",
        due=following[1] if following else None,
        typed={"step": following[0].code if following else "", **visit.form.typed()},
        today=today.isoformat(),
        fields={"step": say(N_("Step")), "day": say(N_("Day")), "note": say(N_("Note"))},
        problems=problems,
    )


def complaint_step(visit: Visit) -> Answer:
    """Write down a step that was taken."""
    form, today = visit.form, clock.local(visit.now).date()
    day, step, problems = form.day("day"), form.text("step"), dict[str, Message]()
    if step not in queries.steps(today):
        problems["step"] = say(N_("Choose which step it is."))
    if day is None or day > today:
        problems["day"] = say(N_("Choose the day it was done."))
    if len(form.text("note")) > TEXT_LENGTH:
        problems["note"] = say(N_("At most {count} letters, please."), count=TEXT_LENGTH)
    if problems or day is None:
        return _steps(visit, problems)
    number, note = visit.part("case"), form.text("note")
    actions.take_step(
        visit.session, _desk(visit), number, step, day, note, visit.language, visit.now
    )
    return visit.go("complaint_steps", say(N_("The step is written down.")), case=number)


AT = "/faults/{case:int}"

PAGES = [
    page(f"{AT}/log", complaint_log, allow=REPORT),
    page(f"{AT}/log", complaint_log_add, allow=REPORT, method="POST", once=True),
    page(f"{AT}/complaint", complaint_form, allow=REPORT),
    page(f"{AT}/complaint", complaint_say, allow=REPORT, method="POST", once=True),
    page(f"/desk{AT}/steps", complaint_steps, allow=COMPLAINTS),
    page(f"/desk{AT}/steps", complaint_step, allow=COMPLAINTS, method="POST", once=True),
]
