"""How cases read: their states, how much they hurry, and each thing of a timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engagement.cases.queries import CaseLine, EntryLine
from engagement.cases.rules import ENTRY, Kind, Seen, State, Step
from engagement.categories.queries import categories
from engagement.categories.rules import Urgency
from engagement.phrases import rules as phrase_rules
from engagement.phrases.queries import phrases
from engagement.phrases.rules import Phrase, Side
from engagement.topics.queries import topics
from estate import clock
from estate.language import DEFAULT, N_, Message, say
from web.shown_photos import Shown, shown_photos
from web.visits import Visit
from web.work_words import work_kept

STATES: Mapping[State, str] = {
    State.NEW: N_("Received"),
    State.TAKEN: N_("Somebody takes care of it"),
    State.WAITING: N_("Waiting"),
    State.PLANNED: N_("A visit is agreed"),
    State.DONE: N_("Done: is it fixed?"),
    State.CLOSED: N_("Closed"),
    State.MERGED: N_("Put together with another case"),
}

TONES: Mapping[State, str] = {
    State.NEW: "act",
    State.TAKEN: "wait",
    State.WAITING: "wait",
    State.PLANNED: "wait",
    State.DONE: "act",
    State.CLOSED: "ok",
    State.MERGED: "plain",
}

KINDS: Mapping[Kind, str] = {
    Kind.MESSAGE: N_("Message"),
    Kind.FAULT: N_("Fault"),
    Kind.COMPLAINT: N_("Complaint"),
}

ICONS: Mapping[Kind, str] = {Kind.MESSAGE: "mail", Kind.FAULT: "tool", Kind.COMPLAINT: "shield"}

URGENCIES: Mapping[Urgency, str] = {
    Urgency.NOW: N_("It cannot wait"),
    Urgency.NEXT_DAY: N_("Next working day"),
    Urgency.DAYS: N_("Within days"),
    Urgency.PLANNED: N_("Planned"),
}

STEPS: Mapping[Step, tuple[str, str]] = {
    Step.TAKE: (N_("{name} took care of it"), N_("You took care of it")),
    Step.TAKE_OVER: (N_("{name} took it over"), N_("You took it over")),
    Step.GIVE: (N_("{name} gave it to a colleague"), N_("You gave it to a colleague")),
    Step.RELEASE: (N_("{name} let it go, for whoever has time"), N_("You let it go")),
    Step.WAIT: (N_("{name} let it wait"), N_("You let it wait")),
    Step.PROPOSE: (N_("{name} suggested times for a visit"), N_("You suggested times for a visit")),
    Step.PLAN: (N_("{name} agreed a visit"), N_("You agreed a visit")),
    Step.UNPLAN: (N_("{name} called the visit off"), N_("You called the visit off")),
    Step.VISITED: (N_("{name} was there for the visit"), N_("You were there for the visit")),
    Step.FINISH: (N_("{name} said that it is done"), N_("You said that it is done")),
    Step.FIXED: (N_("{name} said that it is fixed"), N_("You said that it is fixed")),
    Step.NOT_FIXED: (N_("{name} said that it is not fixed"), N_("You said that it is not fixed")),
    Step.MERGE: (N_("{name} put two cases together"), N_("You put two cases together")),
    Step.TURN: (N_("{name} made a fault of it"), N_("You made a fault of it")),
    Step.PROJECT: (
        N_("{name} said where it belongs: {after}, not {before}"),
        N_("You said where it belongs: {after}, not {before}"),
    ),
}
"""How a step reads, by somebody else and by oneself; answers and lines speak for themselves."""

LAPSED = N_("Closed: nobody said within 14 days that it is not fixed.")


def _who(entry: EntryLine) -> Message:
    """Who did or wrote it, as the head of its bubble says it."""
    if entry.step is Step.LAPSE:
        return say(LAPSED)
    name: object = entry.name or say(N_("A resident"))
    if entry.values.get("firm_says") == "done":
        return say(N_("{name} says that the work is done"), name=name)
    if entry.step is not None and entry.step in STEPS:
        other, own = STEPS[entry.step]
        values = work_kept(entry.values) if entry.step is Step.PROJECT else {}
        return say(own, **values) if entry.mine else say(other, name=name, **values)
    return say(N_("You")) if entry.mine else say("{name}", name=name)


def title(visit: Visit, line: CaseLine) -> str:
    """What a case is called: as somebody wrote, else as its category is in the reader's language.

    A message without a headline is called by what it is about.
    """
    if line.title:
        return line.title
    topic = topic_name(visit, line)
    if topic:
        return topic
    found = categories(_day(visit)).get(line.category)
    if found is not None:
        return found.title(visit.language)
    return visit.house.templates.speeches[visit.language].say(say(KINDS[line.kind]))


def topic_name(visit: Visit, line: CaseLine) -> str:
    """What a message is about; nothing where nobody said so, or where it became a fault."""
    topic = topics(_day(visit)).get(line.topic) if line.kind is Kind.MESSAGE else None
    return topic.name(visit.language) if topic else ""


def _day(visit: Visit) -> date:
    return clock.local(visit.now).date()


def promised_next(line: CaseLine) -> Message | None:
    """What the section's service promise says comes next, and by when; None where nothing does."""
    if line.promised is None or not line.is_open:
        return None
    if line.answer_promised:
        return say(N_("Promised: an answer by {moment}"), moment=line.promised)
    return say(N_("Promised: fixed by {moment}"), moment=line.promised)


def is_late(line: CaseLine, now: datetime) -> bool:
    """Whether what was promised next did not come in time."""
    return line.is_open and line.promised is not None and line.promised < now


@dataclass(frozen=True, slots=True)
class Row:
    """A case as a list shows it."""

    line: CaseLine
    title: str
    topic: str
    typed: bool
    icon: str
    state: str
    tone: str
    urgency: str
    hurries: bool
    promised: Message | None
    late: bool


def rows(visit: Visit, lines: Sequence[CaseLine]) -> list[Row]:
    """Cases for a list, in its order."""
    return [
        Row(
            line,
            title(visit, line),
            topic_name(visit, line) if line.title else "",
            bool(line.title),
            ICONS[line.kind],
            STATES[line.state],
            TONES[line.state],
            URGENCIES[line.urgency],
            line.kind is Kind.FAULT and line.urgency is Urgency.NOW,
            promised_next(line),
            is_late(line, visit.now),
        )
        for line in lines
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """One thing of a timeline for one reader.

    `said` is its sentence of the phrase book in their language, `danish` the same beside it; `text`
    is what somebody wrote, in its own `language`.
    """

    id: int
    mine: bool
    who: Message
    note: bool
    said: str
    danish: str
    text: str
    language: str
    at: datetime
    photos: Sequence[Shown]


def told(visit: Visit, entries: Sequence[EntryLine], handler: str, case: int) -> list[Told]:
    """A timeline as its reader sees it; `handler` shows the photos of its lines."""
    return [_told(visit, entry, handler, case) for entry in entries]


def _told(visit: Visit, entry: EntryLine, handler: str, case: int) -> Told:
    phrase = phrases(_day(visit)).get(entry.phrase)
    said = phrase_in(visit, phrase, entry.values, visit.language) if phrase else ""
    danish = phrase_in(visit, phrase, entry.values, DEFAULT) if phrase else ""
    return Told(
        entry.id,
        entry.mine,
        _who(entry),
        entry.seen is Seen.STAFF and entry.step is None,
        said,
        danish if danish != said else "",
        entry.text,
        entry.language,
        entry.at,
        shown_photos(
            visit,
            ENTRY,
            entry.id,
            lambda n: visit.url_for(handler, case=case, entry=entry.id, n=n),
        ),
    )


def phrase_in(visit: Visit, phrase: Phrase, values: Mapping[str, str], language: str) -> str:
    """A sentence of the phrase book in a language, its values shown as that language shows them."""
    speech = visit.house.templates.speeches[language]
    read, _ = phrase_rules.read(phrase, values)
    shown = {name: str(speech.value(value)) for name, value in read.items()}
    return phrase_rules.said(phrase, language, shown)


def sentences(
    visit: Visit, side: Side, category: str = "", step: str = ""
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What one side can say by the phrase book: by what it is about, each code with its words."""
    found = phrase_rules.offered(phrases(_day(visit)).values(), side, step, category)
    grouped: dict[phrase_rules.Group, list[tuple[str, str]]] = {}
    for one in found:
        blanks = dict.fromkeys(one.names, "…")
        words = phrase_rules.said(one, visit.language, blanks)
        grouped.setdefault(one.group, []).append((one.code, words))
    called = phrase_rules.CALLED
    return [(called[group], grouped[group]) for group in called if group in grouped]


VALUES: Mapping[str, tuple[str, str]] = {
    "day": (N_("Which day"), "date"),
    "begins": (N_("From"), "time"),
    "ends": (N_("Until"), "time"),
    "count": (N_("How many"), "number"),
    "name": (N_("Who or what"), "text"),
    "phone": (N_("Phone number"), "tel"),
}
"""The fields of a sentence's values: label and kind of input."""


def read_phrase(visit: Visit, side: Side) -> tuple[str, Mapping[str, str], Mapping[str, Message]]:
    """The sentence a form chose with its values as they are kept, and what is wrong with them."""
    code = visit.form.text("phrase")
    phrase = phrases(_day(visit)).get(code)
    if not code or phrase is None or phrase.side not in (side, Side.BOTH):
        return "", {}, {}
    read, problems = phrase_rules.read(phrase, visit.form.typed())
    return code, phrase_rules.kept(read), problems
