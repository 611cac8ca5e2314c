"""What can happen to a case, one step after another, and whose word comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from engagement.categories.rules import Category, Urgency, Where
from estate.language import N_, Message, say
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission
from estate.refusals import Refused
from estate.retention.rules import Retention


class Kind(StrEnum):
    """What a case is; a message may turn out to be a fault."""

    MESSAGE = "message"
    FAULT = "fault"
    COMPLAINT = "complaint"


class State(StrEnum):
    """Where a case stands."""

    NEW = "new"  # nobody has it yet
    TAKEN = "taken"  # somebody takes care of it
    WAITING = "waiting"  # for the resident, a part, a contractor
    PLANNED = "planned"  # a visit is agreed
    DONE = "done"  # the staff say so; the resident is asked
    CLOSED = "closed"
    MERGED = "merged"  # it is another case, which goes on


class Step(StrEnum):
    """What is done to a case."""

    TAKE = "take"
    TAKE_OVER = "take_over"  # from whoever is away, or works there no more
    GIVE = "give"
    RELEASE = "release"
    ANSWER = "answer"
    WRITE = "write"
    WAIT = "wait"
    PROPOSE = "propose"
    PLAN = "plan"
    UNPLAN = "unplan"
    VISITED = "visited"
    FINISH = "finish"
    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    LAPSE = "lapse"
    MERGE = "merge"
    TURN = "turn"
    PROJECT = "project"


OPEN = frozenset({State.NEW, State.TAKEN, State.WAITING, State.PLANNED})
"""What somebody has yet to do something about."""

FINAL = frozenset({State.CLOSED, State.MERGED})
"""What is over: here the staff's four private fields are gone."""

RESIDENTS = frozenset({Step.WRITE, Step.FIXED, Step.NOT_FIXED})
"""What residents do. `LAPSE` is the night's; all else is the staff's."""

_WORKED_ON = (State.TAKEN, State.WAITING, State.PLANNED)

STEPS: Mapping[tuple[State, Step], State] = {
    (State.NEW, Step.TAKE): State.TAKEN,
    (State.NEW, Step.GIVE): State.TAKEN,
    (State.NEW, Step.ANSWER): State.NEW,
    **{(state, Step.TAKE_OVER): state for state in _WORKED_ON},
    **{(state, Step.GIVE): state for state in _WORKED_ON},
    **{(state, Step.RELEASE): State.NEW for state in _WORKED_ON},
    **{(state, Step.ANSWER): state for state in _WORKED_ON},
    **{(state, Step.WAIT): State.WAITING for state in (State.NEW, *_WORKED_ON)},
    **{(state, Step.PLAN): State.PLANNED for state in (State.NEW, *_WORKED_ON)},
    # Times offered wait for the resident; a visit that is over or called off is the holder’s.
    **{(state, Step.PROPOSE): State.WAITING for state in (State.NEW, *_WORKED_ON)},
    **{(state, Step.UNPLAN): State.TAKEN for state in _WORKED_ON},
    **{(state, Step.VISITED): State.TAKEN for state in _WORKED_ON},
    (State.NEW, Step.UNPLAN): State.NEW,
    (State.NEW, Step.VISITED): State.NEW,
    **{(state, Step.FINISH): State.DONE for state in (State.NEW, *_WORKED_ON)},
    # A resident's word ends the waiting for it; an agreed visit stands.
    (State.NEW, Step.WRITE): State.NEW,
    (State.TAKEN, Step.WRITE): State.TAKEN,
    (State.WAITING, Step.WRITE): State.TAKEN,
    (State.PLANNED, Step.WRITE): State.PLANNED,
    (State.DONE, Step.WRITE): State.DONE,
    (State.DONE, Step.ANSWER): State.DONE,
    # Whoever reported it has the last word, and mends it in the fourteen days by one tap.
    **{(state, Step.FIXED): State.CLOSED for state in (State.NEW, *_WORKED_ON, State.DONE)},
    (State.DONE, Step.NOT_FIXED): State.NEW,
    (State.DONE, Step.LAPSE): State.CLOSED,
    **{(state, Step.MERGE): State.MERGED for state in (State.NEW, *_WORKED_ON)},
    **{(state, Step.TURN): state for state in (State.NEW, *_WORKED_ON)},
    **{(state, Step.PROJECT): state for state in (State.NEW, *_WORKED_ON, State.DONE)},
}
"""From which state which step leads where. What does not stand here does not happen."""

ASKED = frozenset({Step.WRITE, Step.NOT_FIXED})
"""After these it is the staff's turn."""

ANSWERED = frozenset({Step.ANSWER, Step.WAIT, Step.PROPOSE, Step.PLAN, Step.FINISH})
"""After these the staff have answered: the first of them keeps the promise of a first answer."""


def allowed(kind: Kind, state: State, step: Step) -> bool:
    """Whether a step can be taken: only a message turns into something, only into a fault."""
    return (state, step) in STEPS and (step is not Step.TURN or kind is Kind.MESSAGE)


def after(kind: Kind, state: State, step: Step) -> State:
    """Where a case stands after a step. Raises Refused where it cannot be taken, and says why."""
    if not allowed(kind, state, step):
        raise Refused(_why_not(state, step))
    return STEPS[state, step]


def _why_not(state: State, step: Step) -> str:
    if state is State.MERGED:
        return N_("This was put together with another case. Write there.")
    if state is State.CLOSED:
        return N_("This case is closed. Write a new one if it comes again.")
    if step is Step.TAKE:
        return N_("Somebody took this a moment ago.")
    if step is Step.NOT_FIXED:
        return N_("This is not done yet, so there is nothing to say no to.")
    return N_("That cannot be done with this case any more.")


def staffs_turn(before: bool, step: Step) -> bool:
    """Whether the next word is the staff's after a step, given whose it was before."""
    if step in ASKED:
        return True
    return False if step in ANSWERED or step is Step.FIXED else before


class Origin(StrEnum):
    """How a case came."""

    APP = "app"
    PHONE = "phone"
    COUNTER = "counter"
    OPEN311 = "open311"


class Outcome(StrEnum):
    """What the resident said once the staff were done."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"


class Seen(StrEnum):
    """Who reads an entry, beside the staff."""

    EVERYBODY = "everybody"  # whoever reads the case
    HOUSEHOLD = "household"  # the household of the entry
    STAFF = "staff"


class Visits(StrEnum):
    """On which visit it was solved."""

    FIRST = "1"
    SECOND = "2"
    MORE = "3+"


TITLE_LENGTH, TEXT_LENGTH, ANSWER_LENGTH, PRIVATE_LENGTH = 120, 4000, 2000, 200
MOST_PHOTOS = 3
FACES = range(1, 6)
OWNER, ENTRY = "case", "case_entry"
"""What deeds call a case, and whose photos are those of a report and of a later line."""

PRIVATE = "case_private"
"""In `erasures.log` the four fields of cases that are over: the cases' ids."""

CASES = Retention(
    kind="case",
    purpose=N_("What you wrote to the office and reported, once it is closed."),
    source=N_("Forældelsesloven § 3: claims about it are barred after three years."),
)

ANSWERS = NotificationKind(
    "case.answer", N_("Answers from the office and the caretaker"), receivers=Permission.READ_CASES
)
WORK = NotificationKind(
    "case.work", N_("New cases, and answers in mine"), receivers=Permission.HANDLE_CASES
)


def case_key(case: int) -> str:
    """Under which merge key one hears of a case."""
    return f"case-{case}"


class Place(NamedTuple):
    """Where a case is: a home with its household, or a common place of a section.

    `system` is what a common place's fault is about (`estate/places/systems.csv`); for a home it
    is empty. Nothing but the section is its grounds.
    """

    section: int
    organisation: int
    building: int | None = None
    stairwell: int | None = None
    home: int | None = None
    part: int | None = None
    household: int | None = None


@dataclass(frozen=True, slots=True)
class Private:
    """What only staff see, until the case is over: may we come in, when, pets, phone."""

    let_in: bool = False
    times: str = ""
    pets: str = ""
    phone: str = ""

    @property
    def told(self) -> bool:
        """Whether anything was said."""
        return self.let_in or bool(self.times or self.pets or self.phone)


@dataclass(frozen=True, slots=True)
class Draft:
    """A case as it was written. `category` is a code of `engagement/categories`, or empty.

    `topic` is what a message is about, a code of `engagement/topics`; written down by the staff
    it may stand for words. `answers` are those to the category's questions.
    """

    kind: Kind
    text: str
    title: str = ""
    category: str = ""
    topic: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    private: Private = Private()
    photos: int = 0


def problems(draft: Draft, category: Category | None, place: Place | None) -> dict[str, Message]:
    """What keeps a case from being sent: field → what to do."""
    found: dict[str, Message] = {}
    if draft.kind is Kind.FAULT and category is None:
        found["category"] = say(N_("Choose what is wrong."))
    if place is None:
        found["place"] = say(N_("Choose where it is."))
    elif category is not None and not fits_place(category, place):
        found["place"] = say(N_("This cannot be there. Choose another place."))
    if draft.kind is not Kind.FAULT and not draft.text and not draft.topic:
        found["text"] = say(N_("Write something first."))
    if len(draft.text) > TEXT_LENGTH:
        found["text"] = say(N_("At most {count} letters, please."), count=TEXT_LENGTH)
    if len(draft.title) > TITLE_LENGTH:
        found["title"] = say(N_("At most {count} letters, please."), count=TITLE_LENGTH)
    for name in ("times", "pets", "phone"):
        if len(getattr(draft.private, name)) > PRIVATE_LENGTH:
            found[name] = say(N_("At most {count} letters, please."), count=PRIVATE_LENGTH)
    if draft.photos > MOST_PHOTOS:
        found["photos"] = say(N_("At most {count} photos."), count=MOST_PHOTOS)
    return found


def fits_place(category: Category, place: Place) -> bool:
    """Whether this can be wrong there: a cooker is in a home, a lift is not."""
    return category.where is Where.BOTH or (category.where is Where.HOME) == (
        place.home is not None
    )


def line_problems(text: str, photos: int = 0) -> dict[str, Message]:
    """What keeps a line of a case from being sent; a photo may stand for words."""
    if not text and not photos:
        return {"text": say(N_("Write something first."))}
    if len(text) > ANSWER_LENGTH:
        return {"text": say(N_("At most {count} letters, please."), count=ANSWER_LENGTH)}
    return {}


def raised(urgency: Urgency) -> Urgency:
    """One step more, for what affects many; only danger cannot wait at all."""
    steps = {Urgency.PLANNED: Urgency.DAYS, Urgency.DAYS: Urgency.NEXT_DAY}
    return steps.get(urgency, urgency)


def order_by(urgency: Urgency) -> str:
    """The dated value, in hours, by which a case without a promise is ordered in the inbox."""
    return f"case_order_{urgency.value}_hours"
