"""The steps of a case: what can follow what, and that nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.cases.rules import (
    ANSWERED,
    FINAL,
    OPEN,
    RESIDENTS,
    STEPS,
    Kind,
    State,
    Step,
    after,
    allowed,
    staffs_turn,
)
from estate.refusals import Refused


@given(st.sampled_from(Kind), st.lists(st.sampled_from(Step), max_size=30))
def test_a_case_is_never_where_no_step_of_the_table_leads(kind: Kind, steps: list[Step]) -> None:
    state = State.NEW
    for step in steps:
        if allowed(kind, state, step):
            following = after(kind, state, step)
            assert STEPS[state, step] is following
            state = following
        else:
            with pytest.raises(Refused):
                after(kind, state, step)
        if state in FINAL:
            break


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("kind", Kind)
def test_what_is_over_stays_over(kind: Kind, state: State) -> None:
    assert not any(allowed(kind, state, step) for step in Step)


@pytest.mark.parametrize("state", [*sorted(OPEN), State.DONE])
def test_a_resident_can_always_write_while_it_is_not_over(state: State) -> None:
    assert allowed(Kind.FAULT, state, Step.WRITE)
    assert allowed(Kind.FAULT, state, Step.FIXED)


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_and_every_open_one_can_be_ended(state: State) -> None:
    reached, grown = {State.NEW}, True
    while grown:
        following = {to for (start, _), to in STEPS.items() if start in reached}
        grown = not following <= reached
        reached |= following
    assert state in reached
    assert state in FINAL or State.CLOSED in {
        to for (start, _), to in STEPS.items() if start is state
    }


def test_who_says_not_fixed_is_heard_by_whoever_has_time() -> None:
    assert after(Kind.FAULT, State.DONE, Step.NOT_FIXED) is State.NEW
    assert staffs_turn(before=False, step=Step.NOT_FIXED)
    assert not allowed(Kind.FAULT, State.NEW, Step.NOT_FIXED)


def test_a_word_of_the_resident_ends_the_waiting_for_it_but_no_agreed_visit() -> None:
    assert after(Kind.FAULT, State.WAITING, Step.WRITE) is State.TAKEN
    assert after(Kind.FAULT, State.PLANNED, Step.WRITE) is State.PLANNED


@pytest.mark.parametrize("kind", [Kind.FAULT, Kind.COMPLAINT])
def test_only_a_message_turns_into_a_fault(kind: Kind) -> None:
    assert allowed(Kind.MESSAGE, State.NEW, Step.TURN)
    assert not allowed(kind, State.NEW, Step.TURN)


@pytest.mark.parametrize("step", Step)
def test_whose_turn_it_is_follows_who_spoke_last(step: Step) -> None:
    if step in ANSWERED:
        assert not staffs_turn(before=True, step=step)
    elif step in RESIDENTS and step is not Step.FIXED:
        assert staffs_turn(before=False, step=step)
    elif step is not Step.FIXED:
        assert staffs_turn(before=True, step=step)
        assert not staffs_turn(before=False, step=step)


@pytest.mark.parametrize(
    ("state", "step", "said"),
    [
        (State.MERGED, Step.WRITE, "another case"),
        (State.CLOSED, Step.WRITE, "closed"),
        (State.TAKEN, Step.TAKE, "a moment ago"),
        (State.TAKEN, Step.NOT_FIXED, "not done yet"),
        (State.DONE, Step.MERGE, "any more"),
    ],
)
def test_who_is_refused_is_told_why(state: State, step: Step, said: str) -> None:
    with pytest.raises(Refused, match=said):
        after(Kind.MESSAGE, state, step)
