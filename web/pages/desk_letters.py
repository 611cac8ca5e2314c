"""Letters to households: writing one, giving it, and the proof that it arrived."""

import csv
import functools
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from estate import clock
from estate.channels.rules import CHANNELS, OBSTACLES, PAPER_WHY
from estate.files import pdf
from estate.files.pdf import Limits
from estate.files.queries import file_of
from estate.giving import actions as giving
from estate.giving.queries import doors_in, outlook, readers
from estate.households.queries import household_page
from estate.jobs.queries import job_by_id
from estate.language import DEFAULT, LANGUAGES, N_, Message, count_of, say
from estate.letters import actions as letters
from estate.letters.actions import OWNER, Upload
from estate.letters.queries import LetterView, kind_of, kinds, letter_within, pages_of
from estate.letters.rules import (
    LARGEST_FILE,
    LONGEST_BODY,
    LONGEST_TITLE,
    MOST_PAGES,
    Draft,
    Kind,
    PlaceKind,
    draft_problems,
)
from estate.permissions import Permission, scope
from estate.photos.store import shown_name
from estate.places.queries import sections_in
from estate.proof.queries import CopyLine, copies_of, letters_in
from estate.proof.rules import AT_DOOR, MANNERS, RECEIVERS, STAGES, Stage
from estate.refusals import Missing, Problems
from estate.rounds.queries import failed
from estate.rounds.rules import MISTAKES, REASONS, door_order
from estate.search.rules import natural, words
from estate.sheets.rules import guarded
from estate.values.queries import default_number
from web.brought import hand_over
from web.forms import LARGEST_ID, File, whole_number
from web.letter_words import all_words
from web.routing import page
from web.visits import Answer, Show, Visit

A_PAGE = 30
COPIES = 100
OVERTAKEN = N_("Somebody else changed this letter meanwhile. Read it once more.")
NO_PROBLEMS: Mapping[str, Message] = {}
NOT_KEPT = {"Cache-Control": "no-store"}


def desk_letters(visit: Visit) -> Answer:
    """The letters of one's sections, the newest first, with how far each has come."""
    after = visit.asked_number("after")
    today = clock.local(visit.now).date()
    found = letters_in(visit.session, visit.scope, today, after, A_PAGE + 1)
    return visit.show(
        "desk_letters/list.html",
        letters=[(one, kind_of(one.kind).name(visit.language)) for one in found[:A_PAGE]],
        more=found[A_PAGE - 1].id if len(found) > A_PAGE else None,
    )


def desk_letter_new(visit: Visit) -> Answer:
    """The form of a new letter; where there are several sections, first which one."""
    sections = sections_in(visit.session, visit.scope)
    household = _asked_household(visit)
    section = household.section if household else visit.asked_number("section")
    if section is None and len(sections) == 1:
        section = sections[0].id
    if section not in {one.id for one in sections}:
        return visit.show("desk_letters/sections.html", sections=sections)
    places = [(PlaceKind.HOUSEHOLD, household.id)] if household else []
    return _form(visit, section, {"section": str(section)}, places, {}, None)


def _asked_household(visit: Visit) -> Any:
    number = visit.asked_number("household")
    day = clock.local(visit.now).date()
    return household_page(visit.session, visit.scope, number, day) if number else None


def _form(
    visit: Visit,
    section: int,
    typed: Mapping[str, str],
    places: Sequence[tuple[PlaceKind, int]],
    problems: Mapping[str, Message],
    letter: LetterView | None,
    *,
    overtaken: bool = False,
) -> Answer:
    day = clock.local(visit.now).date()
    single = [number for kind, number in places if kind is PlaceKind.HOUSEHOLD]
    household = household_page(visit.session, visit.scope, single[0], day) if single else None
    return visit.show(
        "desk_letters/form.html",
        status=422 if problems else 200,
        letter=letter,
        section=section,
        section_name=next(
            one.name for one in sections_in(visit.session, visit.scope) if one.id == section
        ),
        typed=typed,
        chosen=[f"{kind.value}:{number}" for kind, number in places],
        problems=problems,
        kinds=[
            (kind.code, _named(visit, kind.code), _told_lead(kind)) for kind in kinds(day).values()
        ],
        doors=doors_in(visit.session, section, day),
        household=household,
        helps=[(tag, name) for tag, name in LANGUAGES.items() if tag != DEFAULT],
        longest_title=LONGEST_TITLE,
        longest_body=LONGEST_BODY,
        most_pages=MOST_PAGES,
        labels=_LABELS,
        now=all_words(letter, visit.house.templates.speeches) if letter and overtaken else (),
    )


_LABELS: Mapping[str, Message] = {
    "kind": say(N_("What is it?")),
    "places": say(N_("Who gets it?")),
    "title_da": say(N_("Heading in Danish")),
    "body_da": say(N_("The letter in Danish")),
    "file": say(N_("PDF")),
}


def _named(visit: Visit, code: str) -> str:
    return kind_of(code).name(visit.language)


def _told_lead(kind: Kind) -> Message:
    """How long before it has to be there, and who says so."""
    if not kind.lead:
        return say(kind.source or N_("No time is set by law."))
    spoken = {"days": _days, "weeks": _weeks, "months": _months}
    count, unit = kind.lead.split()
    lead = spoken[unit](int(count))
    return say(N_("{lead} ({source})"), lead=lead, source=kind.source) if kind.source else lead


def _days(count: int) -> Message:
    return count_of("At least {count} day before", "At least {count} days before", count)


def _weeks(count: int) -> Message:
    return count_of("At least {count} week before", "At least {count} weeks before", count)


def _months(count: int) -> Message:
    return count_of("At least {count} month before", "At least {count} months before", count)


def _read_draft(visit: Visit, section: int) -> Draft:
    form = visit.form
    texts = {tag: (form.text(f"title_{tag}"), form.text(f"body_{tag}")) for tag in LANGUAGES}
    texts = {tag: said for tag, said in texts.items() if tag == DEFAULT or any(said)}
    return Draft(
        section=section,
        kind=form.text("kind"),
        texts={tag: (" ".join(said[0].split()), said[1]) for tag, said in texts.items()},
        places=_places(form.all("places")),
        effective_on=form.day("effective_on"),
    )


def _places(chosen: Sequence[str]) -> list[tuple[PlaceKind, int]]:
    """What was ticked, as far as it is a place at all: whose it is, the section says."""
    found = []
    for one in chosen[:200]:
        kind, _, digits = one.partition(":")
        number = whole_number(digits, LARGEST_ID)
        if kind in set(PlaceKind) and number is not None:
            found.append((PlaceKind(kind), number))
    return found


def desk_letter_create(visit: Visit) -> Answer:
    """Keep a new letter as a draft, to be looked at before it is given."""
    section = visit.form.number("section")
    if section is None:
        raise Problems({"section": say(N_("Choose a section."))})
    if section not in visit.scope.sections:
        raise Missing
    return _save(visit, section, None)


def _save(visit: Visit, section: int, letter: LetterView | None) -> Answer:
    draft = _read_draft(visit, section)
    upload, problems = _upload(visit)
    kept = bool(upload or (letter and letter.pages))
    today = clock.local(visit.now).date()
    problems |= draft_problems(draft, kinds(today), file=kept)
    if visit.form.text("effective_on") and draft.effective_on is None:
        problems["effective_on"] = say(N_("Choose a day, or leave it empty."))
    overtaken = letter is not None and _overtaken(visit, letter)
    if overtaken:
        problems["title_da"] = say(OVERTAKEN)
    if problems:
        typed = visit.form.typed()
        return _form(visit, section, typed, draft.places, problems, letter, overtaken=overtaken)
    number = letters.save_draft(
        visit.session,
        draft,
        visit.reader.id,
        letter=letter.id if letter else None,
        upload=upload,
        store=visit.house.files,
    )
    return visit.go("desk_letter", letter=number)


def _overtaken(visit: Visit, letter: LetterView) -> bool:
    """Whether the letter is no longer the one that the form was shown with."""
    return visit.form.number("version") != letter.version


def look(files: Sequence[File]) -> Mapping[str, Message]:
    """What is wrong with a brought PDF, asked before anything is locked."""
    found = _inspected(files[0]) if files else None
    return {"file": found} if isinstance(found, Message) else {}


@functools.lru_cache(maxsize=2)
def _inspected(file: File) -> pdf.Pdf | Message:
    """Asked twice of one file: before the transaction, and for its pages within."""
    return pdf.inspect(file.content, shown_name(file.name), Limits(LARGEST_FILE, MOST_PAGES))


def _upload(visit: Visit) -> tuple[Upload | None, dict[str, Message]]:
    if not visit.form.files or visit.problems:
        return None, dict(visit.problems)
    file = visit.form.files[0]
    found = _inspected(file)
    if isinstance(found, Message):
        return None, {"file": found}
    return Upload(shown_name(file.name), file.content, found.pages), {}


def _letter(visit: Visit) -> LetterView:
    return letter_within(visit.session, visit.scope, visit.part("letter"))


def desk_letter_edit(visit: Visit) -> Answer:
    """A draft's form."""
    letter = _draft(visit)
    typed = {"section": str(letter.section), "kind": letter.kind}
    typed["version"] = str(letter.version)
    typed["effective_on"] = letter.effective_on.isoformat() if letter.effective_on else ""
    for tag, (title, body) in letter.texts.items():
        typed |= {f"title_{tag}": title, f"body_{tag}": body}
    return _form(visit, letter.section, typed, letter.places, {}, letter)


def _draft(visit: Visit) -> LetterView:
    letter = _letter(visit)
    if letter.given_at is not None:
        raise Missing
    return letter


def desk_letter_change(visit: Visit) -> Answer:
    """Keep a draft as it was changed."""
    letter = letters.held_draft(visit.session, visit.scope, visit.part("letter"))
    return _save(visit, letter.section, letter)


def desk_letter_file_drop(visit: Visit) -> Answer:
    """Take the PDF from a draft again."""
    letters.drop_file(visit.session, visit.scope, visit.part("letter"))
    return visit.go("desk_letter_edit", letter=visit.part("letter"))


def desk_letter_discard(visit: Visit) -> Answer:
    """Throw a draft away."""
    letters.discard(visit.session, visit.scope, visit.part("letter"))
    return visit.go("desk_letters", say(N_("The draft is gone.")))


def desk_letter_give(visit: Visit) -> Answer:
    """Give a letter to its households; the work is done by a job that shows how far it is."""
    letter = letters.held_draft(visit.session, visit.scope, visit.part("letter"))
    if _overtaken(visit, letter):
        return _draft_page(visit, letter, overtaken=True)
    if _late(visit, letter) and not visit.form.checked("late"):
        unknown = say(N_("Choose a later day on which it takes effect, or say that you know."))
        return _draft_page(visit, letter, {"late": unknown})
    base = visit.house.settings.base_url
    job = giving.give(visit.session, visit.scope, letter.id, base)
    return visit.go("job", job=job)


def _late(visit: Visit, letter: LetterView) -> bool:
    """Whether the day has passed by which the letter has to be there."""
    return letter.deliver_by is not None and letter.deliver_by < clock.local(visit.now).date()


def desk_letter_go_on(visit: Visit) -> Answer:
    """Give a letter to the households that a giving cut short left out."""
    number, base = visit.part("letter"), visit.house.settings.base_url
    giving.go_on(visit.session, visit.scope, number, base)
    return visit.go("desk_letter", letter=number)


def desk_letter(visit: Visit) -> Answer:
    """A draft before it is given; a given letter with where each household's copy stands."""
    letter = _letter(visit)
    return _draft_page(visit, letter) if letter.given_at is None else _given(visit, letter)


def _values(visit: Visit, letter: LetterView) -> dict[str, Any]:
    return {
        "letter": letter,
        "kind": kind_of(letter.kind),
        "kind_name": _named(visit, letter.kind),
        "lead": _told_lead(kind_of(letter.kind)),
        "words": all_words(letter, visit.house.templates.speeches),
        "file": file_of(visit.session, OWNER, letter.id),
        "silent": _silent(visit, letter),
    }


def _silent(visit: Visit, letter: LetterView) -> bool:
    """Whether the letter's PDF was read, and nothing of it can be read aloud."""
    pages = pages_of(visit.session, [letter.id]).get(letter.id, ())
    return bool(pages) and not any(page.text for page in pages)


def _draft_page(
    visit: Visit,
    letter: LetterView,
    problems: Mapping[str, Message] = NO_PROBLEMS,
    *,
    overtaken: bool = False,
) -> Answer:
    day = clock.local(visit.now).date()
    near = timedelta(days=default_number("letter_deadline_days", day))
    return visit.show(
        "desk_letters/draft.html",
        status=409 if overtaken else 422 if problems else 200,
        late=_late(visit, letter),
        problems=problems,
        near=letter.deliver_by is not None and letter.deliver_by - near <= day,
        outlook=outlook(visit.session, letter, day),
        untranslated=_untranslated(visit, letter, day),
        channels=CHANNELS,
        paper_why=PAPER_WHY,
        overtaken=say(OVERTAKEN) if overtaken else None,
        **_values(visit, letter),
    )


READ_IN: Mapping[str, str] = {"en": N_("English"), "ar": N_("Arabic")}
"""The languages a letter may be translated to, as they are called in a sentence."""


def _untranslated(visit: Visit, letter: LetterView, day: date) -> list[tuple[str, int]]:
    """The languages a draft is not in that some of its households read, and how many do."""
    there = readers(visit.session, letter, day)
    return [
        (name, there[tag])
        for tag, name in READ_IN.items()
        if tag not in letter.texts and tag in there
    ]


def _given(visit: Visit, letter: LetterView) -> Answer:
    day = clock.local(visit.now).date()
    copies = in_order(copies_of(visit.session, letter.id, day))
    asked = visit.asked("stage")
    stairwell = visit.asked_number("stairwell")
    there = [copy for copy in copies if stairwell in {None, copy.stairwell}]
    found = sought(there, visit.asked("q"))
    shown = [copy for copy in found if not asked or copy.stage == asked]
    start = visit.asked_number("from") or 0
    job = job_by_id(visit.session, letter.giving_job) if letter.giving_job else None
    return visit.show(
        "desk_letters/given.html",
        block="stages",
        copies=shown[start : start + COPIES],
        total=letter.households,
        missing=letter.households - len(copies),
        more=start + COPIES if len(shown) > start + COPIES else None,
        counts=Counter(copy.stage for copy in copies),
        found=Counter(copy.stage for copy in found),
        asked=asked,
        q=visit.asked("q"),
        stairwell=stairwell,
        stairwells=_stairwells(copies),
        led_home=letter.section in scope(visit.reader, Permission.SEE_PEOPLE).sections,
        failed=failed(visit.session, letter.id, day),
        job=job,
        stages=STAGES,
        manners=MANNERS,
        receivers=RECEIVERS,
        channels=CHANNELS,
        obstacles=OBSTACLES,
        paper_why=PAPER_WHY,
        reasons=REASONS,
        mistakes=MISTAKES,
        at_the_door=set(AT_DOOR.values()),
        **_values(visit, letter),
    )


def _stairwells(copies: Sequence[CopyLine]) -> list[tuple[int, str]]:
    """The stairwells of these copies, in their order, to choose one of."""
    return list({copy.stairwell: f"{copy.street} {copy.house_number}" for copy in copies}.items())


def in_order(copies: Sequence[CopyLine]) -> list[CopyLine]:
    """Copies as one walks: by street, number, then from below."""
    return sorted(copies, key=_walked_to)


def _walked_to(copy: CopyLine) -> tuple[Any, ...]:
    stairwell = natural(f"{copy.street} {copy.house_number}")
    return (stairwell, *door_order(copy.floor, copy.side), copy.id)


def sought(copies: Sequence[CopyLine], text: str) -> list[CopyLine]:
    """The copies whose address and names have every word; a number is one whole, a word begins."""
    asked = words(text)
    return [copy for copy in copies if _has_all(words(f"{copy.address} {copy.names}"), asked)]


def _has_all(there: Sequence[str], asked: Sequence[str]) -> bool:
    return all(
        word in there if word.isdigit() else any(one.startswith(word) for one in there)
        for word in asked
    )


def desk_letter_file(visit: Visit) -> Answer:
    """The PDF of a letter."""
    held = file_of(visit.session, OWNER, _letter(visit).id)
    if held is None:
        raise Missing
    path = visit.house.files.path(held.digest)
    return hand_over(path, held.name)


def _proof(visit: Visit) -> tuple[LetterView, list[CopyLine]]:
    letter = _letter(visit)
    if letter.given_at is None:
        raise Missing
    day = clock.local(visit.now).date()
    return letter, in_order(copies_of(visit.session, letter.id, day))


def desk_letter_proof(visit: Visit) -> Answer:
    """The proof on paper: to whom, how, when and by whom a letter was delivered."""
    letter, copies = _proof(visit)
    values = {
        "letter": letter,
        "kind_name": kind_of(letter.kind).name(visit.language),
        "lead": _told_lead(kind_of(letter.kind)),
        "copies": copies,
        "delivered": sum(copy.stage is Stage.DELIVERED for copy in copies),
        "manners": MANNERS,
        "receivers": RECEIVERS,
        "stages": STAGES,
        "channels": CHANNELS,
        "paper_why": PAPER_WHY,
        "obstacles": OBSTACLES,
        "today": clock.local(visit.now).date(),
        "back": visit.url_for("desk_letter", letter=letter.id),
    }
    return Show("desk_letters/proof.html", values, headers=NOT_KEPT)


HEADS = (
    *(N_("Address"), N_("Tenants"), N_("Letter"), N_("Version"), N_("Fingerprint (SHA-256)")),
    *(N_("Channel"), N_("Digital notice lawful"), N_("Sent"), N_("Print file made"), N_("Opened")),
    *(N_("Delivered"), N_("How"), N_("To whom"), N_("By"), N_("Where it stands")),
)


def desk_letter_csv(visit: Visit) -> Answer:
    """The proof as a file for a spreadsheet."""
    letter, copies = _proof(visit)
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";")
    speak = visit.house.templates.speeches[visit.language].say
    rows.writerow([speak(say(head)) for head in HEADS])
    rows.writerows([guarded(cell) for cell in _row(visit, letter, copy)] for copy in copies)
    name = f'attachment; filename="brev-{letter.id}.csv"'
    headers = {"Content-Disposition": name, **NOT_KEPT}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _row(visit: Visit, letter: LetterView, copy: CopyLine) -> list[str]:
    speech = visit.house.templates.speeches[visit.language]
    moments = (copy.sent_at, copy.printed_at, copy.opened_at, copy.delivered_at)
    sent, printed, opened, delivered = [speech.moment(at) if at else "" for at in moments]
    how = speech.say(say(MANNERS[copy.delivered_how])) if copy.delivered_how else ""
    to = speech.say(say(RECEIVERS[copy.delivered_to])) if copy.delivered_to else ""
    return [
        copy.address,
        copy.names,
        *(letter.title, str(letter.version), letter.digest),
        speech.say(say(CHANNELS[copy.channel])),
        speech.say(say(N_("yes") if copy.lawful else N_("no"))),
        *(sent, printed, opened, delivered, how, to, copy.delivered_by),
        speech.say(say(STAGES[copy.stage])),
    ]


LETTER = "/desk/letters/{letter:int}"
SEND = Permission.SEND_LETTERS

PAGES = [
    page("/desk/letters", desk_letters, allow=SEND),
    page("/desk/letters/new", desk_letter_new, allow=SEND),
    page(
        "/desk/letters/new",
        desk_letter_create,
        allow=SEND,
        method="POST",
        once=True,
        pdfs=1,
        look=look,
    ),
    page(LETTER, desk_letter, allow=SEND),
    page(f"{LETTER}/edit", desk_letter_edit, allow=SEND),
    page(f"{LETTER}/edit", desk_letter_change, allow=SEND, method="POST", pdfs=1, look=look),
    page(f"{LETTER}/discard", desk_letter_discard, allow=SEND, method="POST"),
    page(f"{LETTER}/give", desk_letter_give, allow=SEND, method="POST", once=True),
    page(f"{LETTER}/go-on", desk_letter_go_on, allow=SEND, method="POST", once=True),
    page(f"{LETTER}/file", desk_letter_file, allow=SEND),
    page(f"{LETTER}/file/drop", desk_letter_file_drop, allow=SEND, method="POST"),
    page(f"{LETTER}/proof", desk_letter_proof, allow=SEND),
    page(f"{LETTER}/proof.csv", desk_letter_csv, allow=SEND),
]
