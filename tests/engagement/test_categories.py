"""What can be wrong: found by everyday words, with an honest urgency and something to try."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.categories import queries
from engagement.categories.rules import (
    COMPLAINT,
    Calls,
    Category,
    Urgency,
    Where,
    find,
    question_problems,
    urgency_of,
)
from estate.finding.queries import filler
from estate.language import LANGUAGES
from estate.places import models
from estate.search.rules import words

WINTER, SUMMER = date(2026, 11, 24), date(2027, 7, 1)
ALL = queries.categories(WINTER)
EVERY = pytest.mark.parametrize("category", ALL.values(), ids=ALL)
SENTENCES = Path(__file__).parent / "typed_faults.csv"
SYSTEMS = Path(models.__file__).parent / "systems.csv"


def found(question: str, language: str) -> list[str]:
    return [one.name for one in find(list(ALL.values()), question, filler(), language)]


def test_there_are_thirty_one_in_the_order_of_their_numbers() -> None:
    assert [one.number for one in ALL.values()] == list(range(1, 32))
    assert queries.categories(date(2025, 12, 31)) == {}


@EVERY
def test_each_is_called_something_and_has_a_tip_in_every_language(category: Category) -> None:
    assert set(category.titles) == set(category.tips) == set(LANGUAGES)
    assert len(set(category.titles.values())) > 1
    for tip in category.tips.values():
        assert tip.endswith(".")
    assert category.title("fo") == category.title("da")
    assert category.tip("fo") == category.tip("da")


def test_each_is_known_by_five_everyday_words_in_every_language() -> None:
    with (queries.HERE / "wordings.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert len(set(words(row["words"]))) >= 5, (row["category"], row["language"])


@EVERY
def test_what_can_be_at_a_common_place_has_a_system_that_parts_have(category: Category) -> None:
    with SYSTEMS.open(encoding="utf-8", newline="") as file:
        systems = {row["code"] for row in csv.DictReader(file)}
    if category.where is not Where.HOME:
        assert category.system in systems


@EVERY
def test_a_question_has_answers_in_every_language(category: Category) -> None:
    for question in category.questions:
        assert set(question.texts) == set(LANGUAGES)
        assert all(text[-1] in "?؟" for text in question.texts.values())
        codes = [choice.code for choice in question.choices]
        assert len(set(codes)) == len(codes) >= 2
        assert all(set(choice.texts) == set(LANGUAGES) for choice in question.choices)


def test_danger_calls_112_and_what_always_hurries_the_duty_phone() -> None:
    calls = {one.name: one.calls for one in ALL.values() if one.calls is not Calls.NOBODY}
    assert calls.pop("fire_danger") is Calls.ALARM
    assert set(calls.values()) == {Calls.DUTY}
    always = {one.name for one in ALL.values() if one.urgency is Urgency.NOW}
    assert set(calls) == always - {"fire_danger"}


def test_a_cold_home_cannot_wait_in_winter() -> None:
    category = ALL["no_heat_all"]
    assert urgency_of(category, {}, WINTER) is Urgency.NOW
    assert urgency_of(category, {}, date(2027, 4, 30)) is Urgency.NOW
    assert urgency_of(category, {}, date(2027, 5, 1)) is Urgency.NEXT_DAY
    assert urgency_of(category, {}, SUMMER) is Urgency.NEXT_DAY


@pytest.mark.parametrize(
    ("code", "answers", "urgency"),
    [
        ("elevator", {"trapped": "yes"}, "p1"),
        ("elevator", {"trapped": "no"}, "p2"),
        ("toilet_blocked", {"only_toilet": "yes"}, "p1"),
        ("toilet_blocked", {"only_toilet": "no"}, "p2"),
        ("window_draught", {"secure": "no"}, "p1"),
        ("window_draught", {"secure": "yes"}, "p3"),
        ("broken_glass", {"open": "yes"}, "p1"),
        ("broken_glass", {"open": "no"}, "p3"),
        ("front_door_lock", {"lockable": "no"}, "p1"),
        ("front_door_lock", {"lockable": "yes"}, "p3"),
        ("intercom_access", {"whole_entrance": "yes"}, "p2"),
        ("intercom_access", {"whole_entrance": "no"}, "p3"),
        ("roof_facade", {"falling": "yes"}, "p1"),
        ("roof_facade", {"falling": "no"}, "p2"),
        ("outdoor", {"injury": "now"}, "p1"),
        ("outdoor", {"injury": "soon"}, "p2"),
        ("outdoor", {"injury": "no"}, "p4"),
        ("power_all", {"own_fuse": "no"}, "p1"),
        ("power_all", {"own_fuse": "part"}, "p3"),
        ("tap_drip", {"which": "kitchen"}, "p3"),
        ("elevator", {"trapped": "perhaps"}, "p2"),
        ("elevator", {}, "p2"),
    ],
)
def test_what_is_answered_says_how_much_it_hurries(
    code: str, answers: dict[str, str], urgency: str
) -> None:
    assert urgency_of(ALL[code], answers, WINTER) == Urgency(urgency)


@given(
    st.sampled_from(sorted(ALL)),
    st.dictionaries(st.text(), st.text()),
    st.dates(date(2026, 11, 24)),
)
def test_whatever_is_answered_it_hurries_somehow(
    code: str, answers: dict[str, str], day: date
) -> None:
    assert urgency_of(ALL[code], answers, day) in Urgency
    assert set(question_problems(ALL[code], answers)) <= {one.code for one in ALL[code].questions}


def test_each_question_wants_an_answer_there_is() -> None:
    lift = ALL["elevator"]
    assert set(question_problems(lift, {})) == {"trapped"}
    assert set(question_problems(lift, {"trapped": "perhaps"})) == {"trapped"}
    assert question_problems(lift, {"trapped": "no"}) == {}
    assert question_problems(ALL[COMPLAINT], {}) == {}


TYPED = [
    ("da", "der lugter af gas i kælderen", "fire_danger"),
    ("da", "vandrøret er sprunget", "burst_pipe"),
    ("da", "vand drypper fra loftet", "ceiling_water"),
    ("da", "her er intet vand i hanen", "no_water"),
    ("da", "kloakken kommer op i gulvafløbet", "sewer_backup"),
    ("da", "alle radiatorer er kolde og vi fryser", "no_heat_all"),
    ("da", "radiatoren i stuen bliver ikke varm, termostaten", "heat_one_radiator"),
    ("da", "intet varmt vand i bruseren", "no_hot_water"),
    ("da", "strømmen er gået, alt er mørkt", "power_all"),
    ("da", "stikkontakten i køkkenet virker ikke", "power_partial"),
    ("da", "toilettet er stoppet", "toilet_blocked"),
    ("da", "toilettet løber hele tiden", "toilet_running"),
    ("da", "køkkenvasken er stoppet", "drain_slow"),
    ("da", "vandhanen drypper", "tap_drip"),
    ("da", "bruserslangen er utæt", "shower_fixture"),
    ("da", "emhætten suger ikke", "ventilation"),
    ("da", "sorte pletter på væggen, skimmel", "damp_mould"),
    ("da", "det trækker fra vinduet", "window_draught"),
    ("da", "ruden er knust", "broken_glass"),
    ("da", "nøglen binder i låsen", "front_door_lock"),
    ("da", "dørtelefonen ringer ikke", "intercom_access"),
    ("da", "elevatoren er stoppet mellem to etager", "elevator"),
    ("da", "nedløbet på facaden er gået løs", "roof_facade"),
    ("da", "opgangslyset er gået", "common_light"),
    ("da", "tørretumbleren i vaskeriet", "laundry"),
    ("da", "skraldespanden er fuld", "waste"),
    ("da", "jeg har set en rotte", "pests"),
    ("da", "komfuret tænder ikke", "appliance"),
    ("da", "wifi er væk", "tv_internet"),
    ("da", "gyngen på legepladsen er i stykker", "outdoor"),
    ("da", "naboen larmer om natten", "noise_neighbour"),
    ("en", "I can smell gas", "fire_danger"),
    ("en", "water dripping from the ceiling", "ceiling_water"),
    ("en", "the toilet is clogged", "toilet_blocked"),
    ("en", "dripping faucet", "tap_drip"),
    ("en", "locked out, lost my key", "front_door_lock"),
    ("en", "stuck in the elevator", "elevator"),
    ("en", "bedbugs", "pests"),
    ("en", "my fridge is warm", "appliance"),
    ("en", "loud music next door", "noise_neighbour"),
    ("ar", "رائحة غاز", "fire_danger"),
    ("ar", "الصنبور يقطر", "tap_drip"),
    ("ar", "المصعد لا يعمل", "elevator"),
    ("ar", "صراصير في المطبخ", "pests"),
    ("ar", "المرحاض مسدود", "toilet_blocked"),
    ("ar", "عفن على الجدار", "damp_mould"),
    ("ar", "نسيت المفتاح والباب مقفل", "front_door_lock"),
]


@pytest.mark.parametrize(("language", "typed", "first"), TYPED, ids=[one[1] for one in TYPED])
def test_everyday_words_find_what_is_wrong(language: str, typed: str, first: str) -> None:
    assert found(typed, language)[:1] == [first]


def test_danish_words_are_understood_whatever_language_one_reads() -> None:
    assert found("vandhane", "ar")[0] == "tap_drip"


def test_a_question_without_a_word_that_says_something_finds_all_in_order() -> None:
    assert found("", "da") == found("min er ikke", "da") == list(ALL)


def test_what_nobody_here_knows_finds_nothing() -> None:
    assert found("xyzzy", "da") == []


def test_what_people_type_finds_what_is_wrong_among_the_first() -> None:
    """Hundreds of sentences, each with how far down its category may stand; the words know them."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 300
    missed = [
        (row["typed"], *found(row["typed"], row["language"])[:3])
        for row in rows
        if row["category"] not in found(row["typed"], row["language"])[: int(row["within"])]
    ]
    assert missed == []
