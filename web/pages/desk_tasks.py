"""The day's tasks: what is to be done, building by building, each with its clock."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from engagement.cases.queries import Desk
from engagement.fittings.queries import homes_found
from engagement.guides.queries import guides
from engagement.plans import actions as plans
from engagement.plans.rules import occurrence_of
from engagement.tasks import actions, queries, rules
from engagement.tasks.queries import Filter, TaskLine
from engagement.tasks.rules import Draft, Kind, State, Step
from engagement.visits.queries import of_staff
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import parts_in, sections_in
from estate.refusals import Refused
from web.forms import whole_number
from web.routing import page
from web.task_words import KINDS, STATES, TONES, day_of, estimated, since, told
from web.visits import Answer, Visit

DO = Permission.DO_TASKS

FIELDS: Mapping[str, str] = {
    "title": N_("What is to be done?"),
    "type": N_("What sort of work?"),
    "text": N_("More about it"),
    "place": N_("Where?"),
    "q": N_("Street and number, or what the part is called"),
    "estimate": N_("About how many minutes?"),
    "due": N_("To be done on"),
    "latest": N_("At the latest"),
    "assignee": N_("Who does it?"),
    "note": N_("Note"),
    "photos": N_("Photos"),
    "why": N_("Why not?"),
}
WHOSE: Sequence[tuple[str, str]] = (
    ("", N_("Mine and free")),
    ("mine", N_("Mine")),
    ("free", N_("Nobody’s")),
    ("all", N_("Everybody’s")),
)


def task_list(visit: Visit) -> Answer:
    """What is to be done today: what is late first, then building by building; the rest folded."""
    day = clock.local(visit.now).date()
    wanted = Filter(
        visit.asked("whose") if visit.asked("whose") in dict(WHOSE) else "",
        visit.asked_number("section"),
    )
    found = queries.to_do(visit.session, visit.scope, wanted, day)
    shown = found[: queries.SHOWN]
    late = [line for line in shown if line.overdue(day)]
    now = [line for line in shown if not line.overdue(day) and (not line.due or line.due <= day)]
    return visit.show(
        "desk_tasks/list.html",
        block="tasks",
        running=queries.running(visit.session, visit.scope),
        late=late,
        places=_by_building(now),
        coming=[line for line in shown if line.due and line.due > day],
        visits=of_staff(visit.session, [visit.reader.id], day),
        more=len(found) > queries.SHOWN,
        wanted=wanted,
        choices=_choices(visit, wanted),
        sections=[(one.id, one.name) for one in sections_in(visit.session, visit.scope)],
        states=STATES,
        tones=TONES,
        day=day,
        day_of=day_of,
        estimated=estimated,
        since=since,
        now=visit.now,
        me=visit.reader.id,
    )


def _by_building(lines: Sequence[TaskLine]) -> list[tuple[str, str, list[TaskLine]]]:
    """Section, building, and what is to be done there, in the order of the list."""
    return [
        (section, building, list(group))
        for (section, building), group in groupby(
            lines, key=lambda line: (line.section_name, line.building_name)
        )
    ]


def _choices(visit: Visit, wanted: Filter) -> list[tuple[str, str, bool]]:
    here, speech = visit.url_for("task_list"), visit.house.templates.speeches[visit.language]
    section = f"&section={wanted.section}" if wanted.section else ""
    return [
        (f"{here}?whose={code}{section}", speech.say(say(label)), wanted.whose == code)
        for code, label in WHOSE
    ]


def task_form(visit: Visit) -> Answer:
    """Write a task down: what, where, and when it is due."""
    return _form(visit, {}, {"place": visit.asked("place"), "assignee": "me"})


def _form(visit: Visit, problems: Mapping[str, Message], typed: Mapping[str, str]) -> Answer:
    day, words = clock.local(visit.now).date(), visit.asked("q")
    place = queries.place_of(visit.session, visit.scope, typed.get("place", ""))
    sections = [(f"section:{one.id}", one.name) for one in sections_in(visit.session, visit.scope)]
    return visit.show(
        "desk_tasks/new.html",
        status=422 if problems else 200,
        place=place,
        sections=sections,
        q=words,
        found=_found(visit, words),
        kinds=[(kind.value, say(KINDS[kind])) for kind in (Kind.AD_HOC, Kind.OFFICE)],
        types=[(one.code, one.name(visit.language)) for one in queries.types(day).values()],
        whom=[("me", say(N_("I do"))), ("", say(N_("Whoever has time")))],
        fields={name: say(label) for name, label in FIELDS.items()},
        typed=typed,
        problems=problems,
        today=day,
        text_length=rules.TEXT_LENGTH,
    )


def _found(visit: Visit, words: str) -> list[tuple[str, str]]:
    """Homes and parts whose name has every word, as keys of places."""
    if not words:
        return []
    homes = homes_found(visit.session, visit.scope_of(Permission.KEEP_FITTINGS), words)
    parts = parts_in(visit.session, visit.scope, text=words, limit=20)
    return [
        *((f"part:{one.id}", one.name) for one in parts),
        *((f"home:{one.home}", one.name) for one in homes),
    ]


def task_open(visit: Visit) -> Answer:
    """Write it down; the page of the task follows."""
    form, day = visit.form, clock.local(visit.now).date()
    place = queries.place_of(visit.session, visit.scope, form.text("place"))
    kind = form.text("kind")
    types = queries.types(day)
    estimate = whole_number(form.text("estimate"), rules.LONGEST_ESTIMATE)
    draft = Draft(
        kind=Kind(kind) if kind in {Kind.AD_HOC, Kind.OFFICE} else Kind.AD_HOC,
        title=form.text("title"),
        type=form.text("type"),
        text=form.text("text"),
        estimate=estimate,
        due=form.day("due"),
        latest=form.day("latest"),
    )
    problems = rules.problems(draft, types, day)
    if form.text("estimate") and estimate is None:
        problems["estimate"] = say(N_("Between 1 minute and 40 hours, please."))
    if place is None:
        problems["place"] = say(N_("Choose where it is."))
    if problems or place is None:
        return _form(visit, problems, form.typed())
    number = actions.open_task(
        visit.session,
        draft,
        place[0],
        visit.now,
        by=visit.reader.id,
        assignee=visit.reader.id if form.text("assignee") == "me" else None,
        language=visit.language,
    )
    return visit.go("task_page", say(N_("It is written down.")), task=number)


def task_page(visit: Visit) -> Answer:
    """One task: its clock, where it is, what is known, and what was done."""
    return _task(visit, {})


def _task(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number = visit.part("task")
    task = queries.to_work(visit.session, visit.scope, number)
    line, day = task.line, clock.local(visit.now).date()
    known = queries.types(day).get(line.type)
    mine = line.assignee == visit.reader.id
    free = queries.is_free(visit.session, number, day)
    return visit.show(
        "desk_tasks/task.html",
        status=422 if problems else 200,
        block="piece",
        task=task,
        line=line,
        kind=KINDS[line.kind],
        sort=known.name(visit.language) if known else "",
        state=STATES[line.state],
        tone=TONES[line.state],
        due=day_of(line, day),
        late=line.overdue(day),
        worked=rules.minutes(rules.worked(task.spells, visit.now)),
        estimated=estimated(line),
        since=since,
        now=visit.now,
        mine=mine,
        can={step.value for step in Step if rules.allowed(line.state, step)},
        theirs=not mine and not free,
        free=free,
        pauses=[
            (one.code, one.name(visit.language))
            for one in queries.pauses(day).values()
            if one.tapped
        ],
        colleagues=queries.colleagues(visit.session, visit.scope, line.section, day),
        course=told(visit, queries.course(visit.session, visit.scope, number), number),
        running=queries.running(visit.session, visit.scope),
        guides=guides(visit.session, visit.scope, line.type),
        plan_item=_plan_item(visit, task.origin),
        handles=visit.reader.may(Permission.HANDLE_CASES),
        fields={name: say(label) for name, label in FIELDS.items()},
        typed=visit.form.typed(),
        problems=problems,
        most_photos=rules.MOST_PHOTOS,
        open_state=State.OPEN,
    )


def _plan_item(visit: Visit, origin: str | None) -> int | None:
    """The item of the plan a task was opened from, for whoever keeps the plan."""
    occurrence = occurrence_of(origin)
    return occurrence[0] if occurrence and visit.reader.may(Permission.KEEP_PLAN) else None


def _back(visit: Visit, flash: Message | None = None) -> Answer:
    return visit.go("task_page", flash, task=visit.part("task"))


def task_clock(visit: Visit) -> Answer:
    """Start, pause or finish: one address, so that what waits on a phone comes in its order."""
    number, step = visit.part("task"), visit.form.text("step")
    session, scope = visit.session, visit.scope
    match step:
        case Step.START:
            actions.start(session, scope, number, visit.told, visit.now)
        case Step.PAUSE:
            actions.pause(session, scope, number, visit.form.text("pause"), visit.told, visit.now)
        case Step.FINISH:
            actions.finish(session, scope, number, visit.told, visit.now)
            plans.task_finished(session, scope, number, visit.now)
            return _finished(visit)
        case _:
            queries.to_work(session, scope, number)
            raise Refused(N_("Choose what you do."))
    return _back(visit)


def _finished(visit: Visit) -> Answer:
    """What belongs to a case goes on there: on which visit was it solved?"""
    line = queries.to_work(visit.session, visit.scope, visit.part("task")).line
    if line.case is not None and visit.reader.may(Permission.HANDLE_CASES):
        flash = say(N_("The clock stands. Is the fault mended? Then say so to the household."))
        return visit.go("desk_case", flash, case=line.case)
    return _back(visit, say(N_("Done.")))


def task_take(visit: Visit) -> Answer:
    """Take it; whoever comes second hears who was quicker."""
    actions.take(visit.session, visit.scope, visit.part("task"), visit.now)
    return _back(visit, say(N_("It is yours.")))


def task_release(visit: Visit) -> Answer:
    """Let it go, for whoever has time."""
    actions.release(visit.session, visit.scope, visit.part("task"), visit.now)
    return _back(visit, say(N_("It is open for whoever has time.")))


def task_give(visit: Visit) -> Answer:
    """Give it to a colleague."""
    to = visit.form.number("to")
    queries.to_work(visit.session, visit.scope, visit.part("task"))
    if to is None:
        raise Refused(N_("Choose somebody who works there."))
    actions.give(visit.session, visit.scope, visit.part("task"), to, visit.now)
    return _back(visit, say(N_("Your colleague is told.")))


def task_note(visit: Visit) -> Answer:
    """Write what was found, with photos."""
    text, pictures = visit.form.text("note"), visit.form.pictures
    problems = dict(visit.problems)
    if not text and not pictures:
        problems.setdefault("note", say(N_("Write something first.")))
    if len(text) > rules.NOTE_LENGTH:
        problems["note"] = say(N_("At most {count} letters, please."), count=rules.NOTE_LENGTH)
    if problems:
        return _task(visit, problems)
    actions.note(
        visit.session,
        visit.scope,
        visit.part("task"),
        text,
        visit.language,
        pictures,
        visit.house.photos,
        visit.told,
        visit.now,
    )
    return _back(visit)


def task_drop(visit: Visit) -> Answer:
    """It is not to be done after all, and why."""
    why = visit.form.text("why")
    if not why or len(why) > rules.NOTE_LENGTH:
        return _task(visit, {"why": say(N_("Say in a line why it is not to be done."))})
    actions.drop(visit.session, visit.scope, visit.part("task"), why, visit.now)
    return _back(visit, say(N_("It is off the list.")))


def task_reopen(visit: Visit) -> Answer:
    """It is to be done again, or still."""
    actions.reopen(visit.session, visit.scope, visit.part("task"), visit.now)
    return _back(visit, say(N_("It is on the list again.")))


def case_task(visit: Visit) -> Answer:
    """Start the clock of a case: its task is made if there is none."""
    desk = Desk(
        visit.scope_of(Permission.HANDLE_CASES), visit.scope_of(Permission.HANDLE_COMPLAINTS)
    )
    number = actions.open_for_case(visit.session, desk, visit.scope, visit.part("case"), visit.now)
    actions.start(visit.session, visit.scope, number, visit.told, visit.now)
    return visit.go("task_page", say(N_("The clock runs.")), task=number)


AT = "/desk/tasks/{task:int}"

PAGES = [
    page("/desk/tasks", task_list, allow=DO),
    page("/desk/tasks/new", task_form, allow=DO),
    page("/desk/tasks/new", task_open, allow=DO, method="POST", once=True),
    page(AT, task_page, allow=DO),
    page(f"{AT}/clock", task_clock, allow=DO, method="POST", once=True),
    page(f"{AT}/take", task_take, allow=DO, method="POST"),
    page(f"{AT}/release", task_release, allow=DO, method="POST"),
    page(f"{AT}/give", task_give, allow=DO, method="POST"),
    page(f"{AT}/note", task_note, allow=DO, method="POST", once=True, photos=3),
    page(f"{AT}/drop", task_drop, allow=DO, method="POST", once=True),
    page(f"{AT}/reopen", task_reopen, allow=DO, method="POST"),
    page("/desk/faults/{case:int}/task", case_task, allow=DO, method="POST", once=True),
]
