"""What can happen to a case, one step after another, and whose word comes next."""

from collections.abc import Mapping
from enum import StrEnum

from estate.language import N_
from estate.refusals import Refused


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
    GIVE = "give"
    RELEASE = "release"
    ANSWER = "answer"
    WRITE = "write"
    WAIT = "wait"
    PLAN = "plan"
    FINISH = "finish"
    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    LAPSE = "lapse"
    MERGE = "merge"
    TURN = "turn"


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
    **{(state, Step.GIVE): state for state in _WORKED_ON},
    **{(state, Step.RELEASE): State.NEW for state in _WORKED_ON},
    **{(state, Step.ANSWER): state for state in _WORKED_ON},
    **{(state, Step.WAIT): State.WAITING for state in (State.NEW, *_WORKED_ON)},
    **{(state, Step.PLAN): State.PLANNED for state in (State.NEW, *_WORKED_ON)},
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
}
"""From which state which step leads where. What does not stand here does not happen."""

ASKED = frozenset({Step.WRITE, Step.NOT_FIXED})
"""After these it is the staff's turn."""

ANSWERED = frozenset({Step.ANSWER, Step.WAIT, Step.PLAN, Step.FINISH})
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
