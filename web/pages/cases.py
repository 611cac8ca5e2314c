"""What residents write to the office: messages and faults, and how each goes on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engagement.cases import actions, queries, rules
from engagement.cases.actions import Author, Words
from engagement.cases.queries import Whole
from engagement.cases.rules import OWNER, Draft, Kind, Origin, Place, Private, State
from engagement.categories.queries import categories
from engagement.categories.rules import (
    Calls,
    Category,
    Where,
    find,
    question_problems,
    urgency_of,
)
from engagement.complaints.queries import to_tell
from engagement.phrases.rules import Side
from engagement.spots import queries as spots
from engagement.topics.queries import topics
from engagement.visits.queries import to_agree
from estate import clock
from estate.contacts.queries import help_in
from estate.contacts.rules import Who, callable_number
from estate.finding.queries import filler
from estate.finding.rules import LONGEST_QUESTION
from estate.language import N_, Message, say
from estate.permissions import Permission
from estate.photos.store import Picture
from estate.refusals import Missing
from web.case_visits import arranged
from web.case_words import (
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
from web.complaint_words import complaint_told
from web.expecting import answer_expected, fault_expected
from web.kept_photos import KeptPhoto, keep_photos, kept_photos
from web.routing import page
from web.shown_photos import shown_photos
from web.visits import Answer, Visit

REPORT, READ = Permission.REPORT_CASES, Permission.READ_CASES

FIELDS: Mapping[str, str] = {
    "category": N_("What is wrong?"),
    "place": N_("Where is it?"),
    "title": N_("Headline"),
    "text": N_("Tell more"),
    "photos": N_("Photos"),
    "times": N_("When it suits you"),
    "pets": N_("Pets"),
    "phone": N_("Phone number"),
}

LABELS: Mapping[str, Message] = {name: say(label) for name, label in FIELDS.items()}

FACES: Sequence[tuple[int, str]] = (
    (1, N_("Very bad")),
    (2, N_("Bad")),
    (3, N_("All right")),
    (4, N_("Good")),
    (5, N_("Very good")),
)


def case_list(visit: Visit) -> Answer:
    """My own cases, and what is wrong in the common places where I live."""
    return visit.show(
        "cases/list.html",
        block="cases",
        own=rows(visit, queries.own(visit.session, visit.scope)),
        common=rows(visit, queries.in_common_places(visit.session, visit.scope)),
        may_report=visit.reader.may(REPORT),
    )


class Kinds(NamedTuple):
    """A category as the form offers it: what to try first, how much it hurries, whom to call."""

    category: Category
    title: str
    tip: str
    urgency: str
    expected: Message
    calls: Calls
    found: bool


def fault_new(visit: Visit) -> Answer:
    """The form to report a fault; `?q=` finds what is wrong by everyday words."""
    typed = {"category": visit.asked("category"), "place": _first_place(visit)}
    return _fault_form(visit, typed, {})


def _first_place(visit: Visit) -> str:
    part = visit.asked("part")
    if part:
        return f"part:{part}"
    homes = spots.home_places(visit.scope)
    return f"home:{homes[0].home}" if len(homes) == 1 else ""


def _section(visit: Visit) -> int | None:
    """Where this reader lives, as far as it is one place."""
    sections = {one.section for one in spots.home_places(visit.scope)}
    return min(sections) if len(sections) == 1 else None


def _kinds(visit: Visit) -> list[Kinds]:
    day = clock.local(visit.now).date()
    known = list(categories(day).values())
    question = visit.asked("q")[:LONGEST_QUESTION]
    found = find(known, question, filler(), visit.language) if question else []
    names = {one.name for one in found}
    order = [*found, *(one for one in known if one.name not in names)]
    expected = fault_expected(visit.session, _section(visit), day)
    return [
        Kinds(
            one,
            one.title(visit.language),
            one.tip(visit.language),
            URGENCIES[urgency_of(one, {}, day)],
            expected[urgency_of(one, {}, day)],
            one.calls,
            one.name in names,
        )
        for one in order
    ]


def _fault_form(
    visit: Visit,
    typed: Mapping[str, str],
    problems: Mapping[str, Message],
    same: Sequence[queries.CaseLine] = (),
    kept: Sequence[KeptPhoto] = (),
) -> Answer:
    return visit.show(
        "cases/fault_new.html",
        status=422 if problems else 200,
        block="kinds",
        typed=typed,
        problems=problems,
        fields=LABELS,
        kinds=_kinds(visit),
        question=visit.asked("q")[:LONGEST_QUESTION],
        homes=_homes(visit),
        spots=spots.common_spots(visit.session, visit.scope),
        home=Where.HOME,
        duty=_duty(visit),
        callable_number=callable_number,
        same=rows(visit, same),
        kept_photos=kept,
        most_photos=rules.MOST_PHOTOS,
        text_length=rules.TEXT_LENGTH,
    )


def _homes(visit: Visit) -> list[tuple[str, Message]]:
    homes = spots.home_places(visit.scope)
    if len(homes) == 1:
        return [(f"home:{homes[0].home}", say(N_("In my home")))]
    names = spots.home_names(visit.session, homes)
    return [
        (f"home:{one.home}", say(N_("In my home, {address}"), address=names[one.home]))
        for one in homes
        if one.home is not None
    ]


def _duty(visit: Visit) -> str:
    """The number of the duty phone where this reader lives, or nothing."""
    for section in sorted(visit.scope_of(Permission.READ_CONTACTS).sections):
        helping = help_in(
            visit.session, visit.scope_of(Permission.READ_CONTACTS), section, visit.now
        )
        if helping is not None and Who.DUTY in helping.reaches:
            return helping.reaches[Who.DUTY].phone
    return ""


def _place(visit: Visit) -> Place | None:
    kind, _, which = visit.form.text("place").partition(":")
    if kind == "home":
        for one in spots.home_places(visit.scope):
            if str(one.home) == which:
                return one
        return None
    for spot in spots.common_spots(visit.session, visit.scope):
        if spot.key == f"{kind}:{which}":
            return spot.place
    return None


def fault_report(visit: Visit) -> Answer:
    """Report a fault; the same fault of a common place is shown first, unless it waited offline."""
    form, day = visit.form, clock.local(visit.now).date()
    category = categories(day).get(form.text("category"))
    place, pictures = _place(visit), _pictures(visit)
    asked = category.questions if category else ()
    draft = Draft(
        kind=Kind.FAULT,
        text=form.text("text"),
        category=category.name if category else "",
        answers={one.code: form.text(f"q-{category.name}-{one.code}") for one in asked if category},
        private=_private(visit, place),
        photos=len(pictures),
    )
    problems = {
        **rules.problems(draft, category, place),
        **_unanswered(category, draft.answers),
        **visit.problems,
    }
    if problems or category is None or place is None:
        return _fault_form(visit, form.typed(), problems, kept=keep_photos(visit))
    if not form.checked("another") and visit.made == visit.now:
        same = queries.reported_already(
            visit.session, visit.scope, place, category.system, visit.now
        )
        if same:
            found = {"another": say(N_("Others have reported something there. Is it the same?"))}
            return _fault_form(visit, form.typed(), found, same, keep_photos(visit))
    return _open(visit, draft, place, pictures)


def _unanswered(category: Category | None, answers: Mapping[str, str]) -> dict[str, Message]:
    """Which of a category's questions want an answer, by the form's own fields."""
    if category is None:
        return {}
    found = question_problems(category, answers)
    return {f"q-{category.name}-{code}": problem for code, problem in found.items()}


def _private(visit: Visit, place: Place | None) -> Private:
    if place is None or place.home is None:
        return Private()
    form = visit.form
    return Private(
        form.checked("let_in"), form.text("times"), form.text("pets"), form.text("phone")
    )


def _pictures(visit: Visit) -> list[Picture]:
    return [*kept_photos(visit), *visit.form.pictures]


def _open(visit: Visit, draft: Draft, place: Place, pictures: Sequence[Picture]) -> Answer:
    if place.household is None:
        place = place._replace(household=_own_household(visit, place))
    author = Author(Origin.APP, reporter=visit.reader.id, language=visit.language)
    case = actions.open_case(visit.session, author, draft, place, visit.made, visit.now)
    for picture in pictures:
        actions.add_photo(visit.session, visit.house.photos, case, picture)
    return visit.go("case_page", say(N_("It is sent. You can follow it here.")), case=case.id)


def _own_household(visit: Visit, place: Place) -> int | None:
    """Whose a case of a common place is: the household of whoever reported it."""
    homes = spots.home_places(visit.scope)
    return next((one.household for one in homes if one.section == place.section), None)


def message_new(visit: Visit) -> Answer:
    """The form to write to the office about anything."""
    return _message_form(visit, {}, {})


def _message_form(
    visit: Visit,
    typed: Mapping[str, str],
    problems: Mapping[str, Message],
    kept: Sequence[KeptPhoto] = (),
) -> Answer:
    return visit.show(
        "cases/message_new.html",
        status=422 if problems else 200,
        typed=typed,
        problems=problems,
        fields=LABELS,
        topics=[("", say(N_("Choose"))), *_topics(visit)],
        homes=_homes(visit),
        expected=answer_expected(visit.session, _section(visit), visit.now),
        kept_photos=kept,
        most_photos=rules.MOST_PHOTOS,
        title_length=rules.TITLE_LENGTH,
        text_length=rules.TEXT_LENGTH,
    )


def _topics(visit: Visit) -> list[tuple[str, str]]:
    known = topics(clock.local(visit.now).date())
    return [(one.code, one.name(visit.language)) for one in known.values()]


def message_send(visit: Visit) -> Answer:
    """Write to the office."""
    homes, pictures = spots.home_places(visit.scope), _pictures(visit)
    place = homes[0] if len(homes) == 1 else _place(visit)
    draft = Draft(
        kind=Kind.MESSAGE,
        title=" ".join(visit.form.text("title").split()),
        text=visit.form.text("text"),
        topic=visit.form.text("topic") if visit.form.text("topic") in dict(_topics(visit)) else "",
        photos=len(pictures),
    )
    problems = {**rules.problems(draft, None, place), **visit.problems}
    if not draft.text:
        problems["text"] = say(N_("Write something first."))
    if problems or place is None:
        return _message_form(visit, visit.form.typed(), problems, keep_photos(visit))
    return _open(visit, draft, place, pictures)


def case_page(visit: Visit) -> Answer:
    """One case: what was reported, and everything that was said and done since."""
    return _case(visit, {})


def _case(visit: Visit, problems: Mapping[str, Message]) -> Answer:
    number = visit.part("case")
    case = queries.to_read(visit.session, visit.scope, number)
    entries = queries.timeline_to_read(visit.session, visit.scope, number)
    day = clock.local(visit.now).date()
    category = categories(day).get(case.line.category)
    at_home = case.line.household in visit.scope_of(REPORT).households
    hurries = category is not None and category.calls is not Calls.NOBODY and case.line.is_open
    return visit.show(
        "cases/case.html",
        status=422 if problems else 200,
        block="piece",
        case=case,
        line=case.line,
        title=called(visit, case.line),
        typed_title=bool(case.line.title),
        state=STATES[case.line.state],
        tone=TONES[case.line.state],
        promised=promised_next(case.line),
        late=is_late(case.line, visit.now),
        entries=told(visit, entries, "case_entry_photo", number),
        photos=_photos(visit, case),
        answers=_answers(visit, category, case.answers),
        tip=category.tip(visit.language) if category and case.line.is_open else "",
        calls=category.calls if category and hurries else Calls.NOBODY,
        duty=_duty(visit) if hurries else "",
        callable_number=callable_number,
        writes=case.line.state not in rules.FINAL and (at_home or case.follows),
        asked_if_fixed=at_home and case.line.state is State.DONE,
        may_follow=not case.own and case.line.state not in rules.FINAL,
        may_rate=at_home and case.line.state is State.CLOSED,
        faces=[(number, say(label)) for number, label in FACES],
        sentences=sentences(visit, Side.RESIDENT, case.line.category),
        values=VALUES,
        typed=visit.form.typed(),
        problems=problems,
        most_photos=rules.MOST_PHOTOS,
        complaint=complaint_told(visit, to_tell(visit.session, visit.scope, number)),
        complaint_open=at_home and case.line.state not in rules.FINAL,
        arranged=arranged(visit, to_agree(visit.session, visit.scope, number)) if at_home else None,
    )


def _photos(visit: Visit, case: Whole) -> Sequence[Mapping[str, object]]:
    """The photos of a report, of a common place too, are seen by its household only."""
    if not case.own:
        return ()
    number = case.line.id
    return shown_photos(
        visit, OWNER, number, lambda n: visit.url_for("case_photo", case=number, n=n)
    )


def _answers(
    visit: Visit, category: Category | None, answers: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The questions of a category with what was answered, in the reader's language."""
    asked = category.questions if category else ()
    found = []
    for question in asked:
        for choice in question.choices:
            if answers.get(question.code) == choice.code:
                text, said = question.texts, choice.texts
                found.append((text[visit.language], said[visit.language]))
    return found


def _words(visit: Visit) -> tuple[Words, dict[str, Message]]:
    phrase, values, problems = read_phrase(visit, Side.RESIDENT)
    text, pictures = visit.form.text("text"), visit.form.pictures
    if not phrase:
        problems = rules.line_problems(text, len(pictures))
    return Words(text, visit.language, phrase, values, pictures), {**problems, **visit.problems}


def case_write(visit: Visit) -> Answer:
    """One more line, in one's own words or by a sentence of the phrase book."""
    words, problems = _words(visit)
    if problems:
        return _case(visit, problems)
    case = queries.to_read(visit.session, visit.scope, visit.part("case"))
    if not (case.own or case.follows):
        raise Missing
    store = visit.house.photos
    actions.write(
        visit.session, visit.scope, visit.part("case"), words, store, visit.made, visit.now
    )
    return visit.go("case_page", case=visit.part("case"))


def case_fixed(visit: Visit) -> Answer:
    """It is fixed: one tap."""
    number = visit.part("case")
    actions.say_fixed(visit.session, visit.scope, number, visit.now, visit.house.erasures)
    return visit.go("case_page", say(N_("Good. Thank you for saying so.")), case=number)


def case_not_fixed(visit: Visit) -> Answer:
    """It is not fixed: one tap, and words if there are any."""
    number, words = visit.part("case"), Words(visit.form.text("text"), visit.language)
    actions.say_not_fixed(visit.session, visit.scope, number, words, visit.now)
    return visit.go("case_page", say(N_("It is open again, and the staff are told.")), case=number)


def case_rate(visit: Visit) -> Answer:
    """How it went: a face and a line."""
    number, face = visit.part("case"), visit.form.number("face")
    text = visit.form.text("text")
    if face is None or face not in rules.FACES:
        return _case(visit, {"face": say(N_("Choose a face."))})
    if len(text) > rules.PRIVATE_LENGTH:
        most = say(N_("At most {count} letters, please."), count=rules.PRIVATE_LENGTH)
        return _case(visit, {"line": most})
    actions.rate(visit.session, visit.scope, number, face, text)
    return visit.go("case_page", say(N_("Thank you.")), case=number)


def case_follow(visit: Visit) -> Answer:
    """It affects us too: hear of every answer."""
    number = visit.part("case")
    actions.follow(visit.session, visit.scope, number, visit.now)
    return visit.go("case_page", say(N_("You hear of every answer.")), case=number)


def case_unfollow(visit: Visit) -> Answer:
    """Hear no more of it."""
    actions.unfollow(visit.session, visit.scope, visit.part("case"))
    return visit.go("case_page", case=visit.part("case"))


PAGES = [
    page("/faults", case_list, allow=READ),
    page("/faults/new", fault_new, allow=REPORT),
    page("/faults/new", fault_report, allow=REPORT, method="POST", once=True, photos=3),
    page("/messages/new", message_new, allow=REPORT),
    page("/messages/new", message_send, allow=REPORT, method="POST", once=True, photos=3),
    page("/faults/{case:int}", case_page, allow=READ),
    page("/faults/{case:int}/write", case_write, allow=REPORT, method="POST", once=True, photos=3),
    page("/faults/{case:int}/fixed", case_fixed, allow=REPORT, method="POST", once=True),
    page("/faults/{case:int}/not-fixed", case_not_fixed, allow=REPORT, method="POST", once=True),
    page("/faults/{case:int}/rate", case_rate, allow=REPORT, method="POST", once=True),
    page("/faults/{case:int}/follow", case_follow, allow=REPORT, method="POST", once=True),
    page("/faults/{case:int}/unfollow", case_unfollow, allow=REPORT, method="POST", once=True),
]
