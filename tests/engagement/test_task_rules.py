"""The rules of tasks: no step outside the table, and clocks that are wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.tasks import rules
from engagement.tasks.queries import pauses, types
from engagement.tasks.rules import STEPS, Draft, Kind, State, Step, Worked
from estate import clock
from estate.refusals import Refused
from estate.told import Told

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECONDS = st.integers(-(10**6), 10**6).map(lambda n: timedelta(seconds=n))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_a_step_that_the_table_does_not_have_is_refused_in_words(state: State, step: Step) -> None:
    if (state, step) in STEPS:
        assert rules.after(state, step) is STEPS[state, step]
        return
    with pytest.raises(Refused) as refused:
        rules.after(state, step)
    assert refused.value.message.text


@pytest.mark.parametrize(
    ("state", "ways"),
    [
        (State.OPEN, {"take", "give", "release", "start", "finish", "drop"}),
        (State.RUNNING, {"pause", "finish", "drop"}),
        (State.PAUSED, {"take", "give", "release", "start", "finish", "drop"}),
        (State.DONE, {"reopen"}),
        (State.DROPPED, {"reopen"}),
    ],
)
def test_what_can_be_done_where(state: State, ways: set[str]) -> None:
    assert {step.value for step in Step if rules.allowed(state, step)} == ways


@given(said=SECONDS, offset=SECONDS, before=st.integers(0, 10**5))
def test_a_step_counts_after_the_one_before_and_never_in_the_future(
    said: timedelta, offset: timedelta, before: int
) -> None:
    last = NOW - timedelta(seconds=before)
    told = Told(NOW + said, offset)
    found = rules.moment(told, last, NOW)
    assert last < found.at <= NOW or found.at == NOW == last
    assert found.clamped == (found.at != told.moment)
    assert found.told is told


@given(
    wrong=st.lists(SECONDS, min_size=2, max_size=2),
    gaps=st.lists(st.integers(1, 3600), min_size=1, max_size=8),
    whose=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_two_phones_with_wrong_clocks_agree_on_what_came_first(
    wrong: list[timedelta], gaps: list[int], whose: list[bool]
) -> None:
    """Each measured how wrong it is: what was done a second later counts later, and when it was."""
    at = NOW - timedelta(seconds=sum(gaps) + 10)
    last = at
    for gap, second in zip(gaps, whose, strict=False):
        at += timedelta(seconds=gap)
        off = wrong[second]
        found = rules.moment(Told(at - off, off), last, NOW)
        assert found.at == at
        assert not found.clamped
        last = found.at


def test_a_phone_that_says_the_end_of_time_is_not_believed() -> None:
    told = Told(datetime.max.replace(tzinfo=UTC), timedelta(days=300))
    assert rules.moment(told, NOW - timedelta(hours=1), NOW) == (NOW, told, True)


@given(st.lists(st.tuples(st.integers(0, 3600), st.integers(0, 3600)), max_size=10))
def test_pauses_add_up(stretches: list[tuple[int, int]]) -> None:
    """Work and pauses together are the time from the first start to the last end."""
    at = start = NOW - timedelta(days=1)
    spells, paused = [], timedelta()
    for work, rest in stretches:
        end = at + timedelta(seconds=work)
        spells.append(Worked(at, end))
        at = end + timedelta(seconds=rest)
        paused += timedelta(seconds=rest)
    assert rules.worked(spells, NOW) + paused == at - start


def test_a_running_stretch_counts_until_now() -> None:
    spells = [Worked(NOW - timedelta(minutes=50), NOW - timedelta(minutes=40))]
    spells.append(Worked(NOW - timedelta(seconds=330), None))
    assert rules.minutes(rules.worked(spells, NOW)) == 16


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(Kind.AD_HOC, "", "repair"), "title"),
        (Draft(Kind.AD_HOC, "x" * 121, "repair"), "title"),
        (Draft(Kind.AD_HOC, "Fej", "no-such"), "type"),
        (Draft(Kind.AD_HOC, "Fej", "repair", text="x" * 2001), "text"),
        (Draft(Kind.AD_HOC, "Fej", "repair", estimate=0), "estimate"),
        (Draft(Kind.AD_HOC, "Fej", "repair", due=NOW.date() - timedelta(days=1)), "due"),
        (Draft(Kind.AD_HOC, "Fej", "repair", latest=NOW.date()), "latest"),
    ],
)
def test_what_keeps_a_task_from_being_written_down(draft: Draft, field: str) -> None:
    assert set(rules.problems(draft, types(NOW.date()), NOW.date())) == {field}


def test_types_and_reasons_are_whole_and_the_house_gives_its_own_reasons_itself() -> None:
    day = clock.today()
    known = pauses(day)
    assert all(set(one.names) == {"da", "en"} for one in (*types(day).values(), *known.values()))
    assert {code for code, one in known.items() if not one.tapped} == {
        rules.OTHER_TASK,
        rules.AWAY,
    }


@pytest.mark.parametrize(
    ("text", "headline"),
    [("Fej\nmere", "Fej"), ("", "–"), ("  \n", "–"), ("x" * 200, "x" * 119 + "…")],
)
def test_a_headline_is_the_first_line_of_what_somebody_wrote(text: str, headline: str) -> None:
    assert rules.headline(text) == headline
