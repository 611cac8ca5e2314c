"""The staff's inbox: messages, faults and complaints, and everything done with one."""

from collections.abc import Mapping, Sequence

from engagement.belonging.actions import put_right
from engagement.belonging.queries import work_of, works_for
from engagement.bringing.queries import bring_for
from engagement.cases import actions, queries, rules
from engagement.cases.actions import Author, Words
from engagement.cases.queries import Desk, Filter
from engagement.cases.rules import OWNER, Draft, Kind, Origin, Place, Seen, Step, Visits
from engagement.categories.queries import categories
from engagement.categories.rules import COMPLAINT
from engagement.complaints.queries import to_decide
from engagement.fittings.queries import homes_found
from engagement.handling import actions as handling
from engagement.handling.queries import is_offered
from engagement.overdue.queries import is_overdue
from engagement.phrases.rules import Side
from engagement.spots import queries as spots
from engagement.tasks import actions as tasks
from engagement.topics.queries import topics
from engagement.visits.queries import nobody_comes, to_plan
from estate import clock
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.places.queries import sections_in
from estate.refusals import Missing, Refused
from web.bring_words import bring_shown, card_offer
from web.case_visits import arranged
from web.case_words import (
    KINDS,
    STATES,
    TONES,
    URGENCIES,
    VALUES,
    is_late,
    promised_next,
    read_phrase,
    rows,
    sentences,
    told,
)
from web.case_words import title as called
from web.routing import page
from web.shown_photos import shown_photos
from web.visits import Answer, Visit
from web.work_words import work_name

HANDLE = Permission.HANDLE_CASES

FIELDS: Mapping[str, str] = {
    "text": N_("Answer"),
    "note": N_("Note"),
    "visits": N_("Solved on which visit?"),
    "category": N_("What is wrong?"),
    "q": N_("Street, number, floor"),
    "origin": N_("How were you told?"),
    "into": N_("Number of the other case"),
    **{name: label for name, (label, _) in VALUES.items()},
}

WHY_MORE: Sequence[tuple[str, str]] = (
    ("part", N_("The part was missing")),
    ("nobody_home", N_("Nobody was home")),
    ("unclear", N_("It was something else than reported")),
    ("specialist", N_("It needed a specialist")),
    ("other", N_("Something else")),
)


def _desk(visit: Visit) -> Desk:
    return Desk(visit.scope_of(HANDLE), visit.scope_of(Permission.HANDLE_COMPLAINTS))


def case_inbox(visit: Visit) -> Answer:
    """What is open, what hurries most first; the filters stay in the address."""
    wanted = _filter(visit)
    late = [is_overdue(visit.now)] if wanted.late else []
    found = queries.inbox(visit.session, _desk(visit), wanted, *late)
    return visit.show(
        "desk_cases/inbox.html",
        block="inbox",
        rows=rows(visit, found[: queries.SHOWN]),
        more=len(found) > queries.SHOWN,
        wanted=wanted,
        choices=_choices(visit, wanted),
        sections=[(one.id, one.name) for one in sections_in(visit.session, visit.scope)],
        now=visit.now,
        me=visit.reader.id,
    )


def _filter(visit: Visit) -> Filter:
    whose, kind = visit.asked("whose"), visit.asked("kind")
    return Filter(
        whose if whose in {"mine", "free"} else "",
        Kind(kind) if kind in set(Kind) else None,
        visit.asked("turn") == "yes",
        visit.asked_number("section"),
        visit.asked("late") == "yes",
    )


def _choices(visit: Visit, wanted: Filter) -> list[tuple[str, str, bool]]:
    """The segments above the inbox: address, label, whether it is the present one."""
    here, speech = visit.url_for("case_inbox"), visit.house.templates.speeches[visit.language]
    section = f"&section={wanted.section}" if wanted.section else ""
    kinds = [Kind.FAULT, Kind.MESSAGE]
    if visit.scope_of(Permission.HANDLE_COMPLAINTS).sections:
        kinds.append(Kind.COMPLAINT)
    none = not (wanted.whose or wanted.kind or wanted.turn or wanted.late)
    return [
        (f"{here}?{section[1:]}", speech.say(say(N_("All"))), none),
        (f"{here}?turn=yes{section}", speech.say(say(N_("Wait for an answer"))), wanted.turn),
        (f"{here}?late=yes{section}", speech.say(say(N_("Overdue"))), wanted.late),
        (f"{here}?whose=mine{section}", speech.say(say(N_("Mine"))), wanted.whose == "mine"),
        (f"{here}?whose=free{section}", speech.say(say(N_("Nobody’s"))), wanted.whose == "free"),
        *(
            (f"{here}?kind={kind.value}{section}", speech.say(say(MANY[kind])), wanted.kind is kind)
            for kind in kinds
        ),
    ]


MANY: Mapping[Kind, str] = {
    Kind.FAULT: N_("Faults"),
    Kind.MESSAGE: N_("Messages"),
    Kind.COMPLAINT: N_("Complaints"),
}


ORIGINS: Sequence[tuple[str, str]] = (
    (Origin.PHONE, N_("On the phone")),
    (Origin.COUNTER, N_("At the counter")),
)


def case_file_form(visit: Visit) -> Answer:
    """Write down what somebody told: first which home, then what."""
    home = visit.asked_number("home")
    origin = visit.asked("origin")
    return _file_form(visit, home, {}, {"origin": origin if origin in dict(ORIGINS) else "phone"})


def _file_form(
    visit: Visit, home: int | None, problems: Mapping[str, Message], typed: Mapping[str, str]
) -> Answer:
    words, day = visit.asked("q"), clock.local(visit.now).date()
    found = _home(visit, home)
    if home is not None and found is None:
        raise Missing
    return visit.show(
        "desk_cases/new.html",
        status=422 if problems else 200,
        home=home,
        address=found[1] if found else "",
        homes=homes_found(visit.session, visit.scope, words) if home is None else (),
        q=words,
        categories=[
            ("", say(N_("A question or message"))),
            *((one.name, one.title(visit.language)) for one in categories(day).values()),
        ],
        origins=[(code, say(label)) for code, label in ORIGINS],
        topics=[(one.code, one.name(visit.language)) for one in topics(day).values()],
        fields={name: say(label) for name, label in FIELDS.items()},
        problems=problems,
        typed=typed,
        text_length=rules.TEXT_LENGTH,
    )


def _home(visit: Visit, home: int | None) -> tuple[Place, str] | None:
    day = clock.local(visit.now).date()
    return spots.home_served(visit.session, visit.scope, home, day) if home is not None else None


def case_file(visit: Visit) -> Answer:
    """Open a case for a household, as somebody told it; the household sees it and is told."""
    form, day = visit.form, clock.local(visit.now).date()
    home = form.number("home")
    if home is None:
        return _file_form(visit, None, {"q": say(N_("Choose which home it is."))}, form.typed())
    found = _home(visit, home)
    if found is None:
        raise Missing
    category, topic = (
        categories(day).get(form.text("category")),
        topics(day).get(form.text("topic")),
    )
    draft = Draft(
        kind=Kind.FAULT if category else Kind.MESSAGE,
        text=form.text("text"),
        category=category.name if category else "",
        topic=topic.code if topic else "",
    )
    problems = rules.problems(draft, category, found[0])
    if not draft.text and not draft.topic:
        problems["text"] = say(N_("Write something first."))
    if form.text("origin") not in dict(ORIGINS):
        problems["origin"] = say(N_("Choose how you were told."))
    if problems:
        return _file_form(visit, home, problems, form.typed())
    origin = Origin(form.text("origin"))
    author = Author(origin, filed_by=visit.reader.id, language=visit.language)
    case = actions.open_case(visit.session, author, draft, found[0], visit.made, visit.now)
    flash = say(N_("It is written down, and the household can see it."))
    if case.kind is Kind.COMPLAINT and not visit.reader.may(Permission.HANDLE_COMPLAINTS):
        return visit.go("case_inbox", flash)
    return visit.go("desk_case", flash, case=case.id)


def desk_case(visit: Visit) -> Answer:
    """One case with what only the staff see, and everything that can be done with it."""
    return _case(visit, {})


def _case(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number, desk = visit.part("case"), _desk(visit)
    case = queries.to_handle(visit.session, desk, number)
    line, day = case.line, clock.local(visit.now).date()
    known = categories(day)
    category = known.get(line.category)

    def may(step: Step) -> bool:
        return rules.allowed(line.kind, line.state, step)

    return visit.show(
        "desk_cases/case.html",
        status=422 if problems else 200,
        block="piece",
        case=case,
        line=line,
        kind=KINDS[line.kind],
        title=called(visit, line),
        typed_title=bool(line.title),
        state=STATES[line.state],
        tone=TONES[line.state],
        promised=promised_next(line),
        late=is_late(line, visit.now),
        urgency=URGENCIES[line.urgency],
        hurries=line.kind is Kind.FAULT,
        reporter=queries.reporter_name(visit.session, desk, number),
        private=queries.private(visit.session, desk, number),
        entries=told(
            visit,
            queries.timeline_to_handle(visit.session, desk, number),
            "desk_case_entry_photo",
            number,
        ),
        photos=shown_photos(
            visit, OWNER, number, lambda n: visit.url_for("desk_case_photo", case=number, n=n)
        ),
        answers=[
            (question.texts[visit.language], choice.texts[visit.language])
            for question in (category.questions if category else ())
            for choice in question.choices
            if case.answers.get(question.code) == choice.code
        ],
        steps={step.value for step in Step if may(step)},
        mine=line.holder == visit.reader.id,
        colleagues=list(queries.colleagues(visit.session, desk, number, day)),
        **_about(visit, desk, number),
        categories=[
            (one.name, one.title(visit.language)) for one in known.values() if one.name != COMPLAINT
        ],
        whys=[(code, say(label)) for code, label in WHY_MORE],
        visits=[(one.value, one.value) for one in Visits],
        sentences=sentences(visit, Side.STAFF, line.category),
        values=VALUES,
        fields={name: say(label) for name, label in FIELDS.items()},
        typed=visit.form.typed(),
        problems=problems,
        most_photos=rules.MOST_PHOTOS,
        staff_only=Seen.STAFF,
    )


def _about(visit: Visit, desk: Desk, number: int) -> Mapping[str, object]:
    """What to bring, which building project it belongs to, who comes, and who could take it."""
    day, keep = clock.local(visit.now).date(), visit.scope_of(Permission.KEEP_FITTINGS)
    nobody = nobody_comes(visit.session, desk, number, visit.now)
    return {
        "offered": is_offered(visit.session, number, day),
        "arranged": arranged(visit, to_plan(visit.session, desk, number), nobody=nobody),
        "complaint_here": to_decide(visit.session, desk, number) is not None,
        "bring": bring_shown(visit, bring_for(visit.session, desk, keep, number, day)),
        "work": work_of(visit.session, desk, number),
        "works": works_for(visit.session, desk, number, day),
        "work_name": work_name,
        "does_tasks": visit.reader.may(Permission.DO_TASKS),
    }


def _back(visit: Visit, flash: Message | None = None) -> Answer:
    return visit.go("desk_case", flash, case=visit.part("case"))


def _words(visit: Visit) -> tuple[Words, dict[str, Message]]:
    phrase, values, problems = read_phrase(visit, Side.STAFF)
    text, pictures = visit.form.text("text"), visit.form.pictures
    if not phrase:
        problems = rules.line_problems(text, len(pictures))
    return Words(text, visit.language, phrase, values, pictures), {**problems, **visit.problems}


def desk_case_take(visit: Visit) -> Answer:
    """Take care of it; whoever comes second hears who was quicker."""
    handling.take(visit.session, _desk(visit), visit.part("case"), visit.now)
    return _back(visit, say(N_("It is yours.")))


def desk_case_release(visit: Visit) -> Answer:
    """Let it go, for whoever has time."""
    handling.release(visit.session, _desk(visit), visit.part("case"), visit.now)
    return _back(visit, say(N_("It is open for whoever has time.")))


def desk_case_give(visit: Visit) -> Answer:
    """Give it to a colleague."""
    to = visit.form.number("to")
    queries.to_handle(visit.session, _desk(visit), visit.part("case"))
    if to is None:
        raise Refused(N_("Choose somebody who works there."))
    handling.give(visit.session, _desk(visit), visit.part("case"), to, visit.now)
    return _back(visit, say(N_("Your colleague is told.")))


def desk_case_answer(visit: Visit) -> Answer:
    """Answer, or say by a sentence of the phrase book what everybody reads in their language."""
    words, problems = _words(visit)
    if problems:
        return _case(visit, problems)
    number, desk = visit.part("case"), _desk(visit)
    if visit.form.checked("wait"):
        handling.wait_for(visit.session, desk, number, words, visit.house.photos, visit.now)
    else:
        handling.answer(visit.session, desk, number, words, visit.house.photos, visit.now)
    return _back(visit)


def desk_case_note(visit: Visit) -> Answer:
    """Write a note that only colleagues read."""
    problems = rules.line_problems(visit.form.text("note"))
    if problems:
        return _case(visit, {"note": problems["text"]})
    words = Words(visit.form.text("note"), visit.language)
    handling.note(visit.session, _desk(visit), visit.part("case"), words, visit.now)
    return _back(visit)


def desk_case_finish(visit: Visit) -> Answer:
    """It is done: on which visit, and if not on the first, why."""
    given, why = visit.form.text("visits"), visit.form.text("why")
    problems: dict[str, Message] = {}
    if given not in set(Visits):
        problems["visits"] = say(N_("Choose on which visit."))
    elif given != Visits.FIRST and why not in dict(WHY_MORE):
        problems["why"] = say(N_("Choose why not on the first."))
    if len(visit.form.text("text")) > rules.ANSWER_LENGTH:
        problems["text"] = say(N_("At most {count} letters, please."), count=rules.ANSWER_LENGTH)
    if problems:
        return _case(visit, problems)
    words = Words(visit.form.text("text"), visit.language)
    handling.finish(
        visit.session, _desk(visit), visit.part("case"), Visits(given), why, words, visit.now
    )
    tasks.finish_for_case(
        visit.session, visit.scope_of(Permission.DO_TASKS), visit.part("case"), visit.now
    )
    offer = card_offer(visit, _desk(visit), visit.part("case"))
    if offer is not None:
        return offer
    return _back(visit, say(N_("The household is asked whether it is fixed.")))


def desk_case_turn(visit: Visit) -> Answer:
    """Make a fault of a message."""
    category = visit.form.text("category")
    handling.turn(visit.session, _desk(visit), visit.part("case"), category, visit.now)
    return _back(visit, say(N_("It is a fault now.")))


def desk_case_project(visit: Visit) -> Answer:
    """Put right which building project it belongs to; what it was before stays written."""
    number, key = visit.part("case"), visit.form.text("work")
    put_right(visit.session, _desk(visit), number, key, visit.now)
    return _back(visit, say(N_("It is put right.")))


def desk_case_merge(visit: Visit) -> Answer:
    """Put it together with the case that goes on."""
    into = visit.form.number("into")
    if into is None:
        return _case(visit, {"into": say(N_("Write the number of the other case."))})
    handling.merge(
        visit.session, _desk(visit), visit.part("case"), into, visit.now, visit.house.erasures
    )
    return visit.go("desk_case", say(N_("They are one case now.")), case=into)


AT = "/desk/faults/{case:int}"

PAGES = [
    page("/desk/faults", case_inbox, allow=HANDLE),
    page("/desk/faults/new", case_file_form, allow=HANDLE),
    page("/desk/faults/new", case_file, allow=HANDLE, method="POST", once=True),
    page(AT, desk_case, allow=HANDLE),
    page(f"{AT}/take", desk_case_take, allow=HANDLE, method="POST"),
    page(f"{AT}/release", desk_case_release, allow=HANDLE, method="POST"),
    page(f"{AT}/give", desk_case_give, allow=HANDLE, method="POST"),
    page(f"{AT}/answer", desk_case_answer, allow=HANDLE, method="POST", once=True, photos=3),
    page(f"{AT}/note", desk_case_note, allow=HANDLE, method="POST", once=True),
    page(f"{AT}/finish", desk_case_finish, allow=HANDLE, method="POST", once=True),
    page(f"{AT}/turn", desk_case_turn, allow=HANDLE, method="POST"),
    page(f"{AT}/project", desk_case_project, allow=HANDLE, method="POST"),
    page(f"{AT}/merge", desk_case_merge, allow=HANDLE, method="POST"),
]
