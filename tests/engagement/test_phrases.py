"""The phrase book: the same said in every language, and nothing left out of it."""

import csv
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.phrases.queries import PHRASES, phrases
from engagement.phrases.rules import (
    CALLED,
    KINDS,
    Group,
    Phrase,
    Side,
    fields,
    kept,
    offered,
    parse_phrases,
    read,
    said,
)
from estate.language import LANGUAGES

TODAY = date(2026, 11, 24)
BOOK = phrases(TODAY)
EVERY = pytest.mark.parametrize("phrase", BOOK.values(), ids=BOOK)
TYPED = {
    "day": "2026-12-01",
    "begins": "08:00",
    "ends": "10:00",
    "count": "45",
    "name": "Bo",
    "phone": "+45 55 55 01 20",
}
HEADER = "code,side,group,step,categories,danish,english,arabic,valid_from,source"


def test_both_sides_find_at_least_sixty_sentences_in_all() -> None:
    assert len(BOOK) >= 60
    for side in (Side.STAFF, Side.RESIDENT):
        assert len(offered(BOOK.values(), side)) >= 25


def test_each_code_stands_once_for_each_day_it_begins() -> None:
    with PHRASES.open(encoding="utf-8", newline="") as file:
        lines = [(row["code"], row["valid_from"], row["source"]) for row in csv.DictReader(file)]
    assert len({line[:2] for line in lines}) == len(lines)
    assert all(source for _, _, source in lines)


@EVERY
def test_a_sentence_is_whole_in_every_language(phrase: Phrase) -> None:
    assert set(phrase.texts) == set(LANGUAGES)
    for text in phrase.texts.values():
        assert text == text.strip()
        assert text[-1] in ".?؟"
    assert len(set(phrase.texts.values())) == len(phrase.texts)


@EVERY
def test_a_sentence_names_the_same_in_every_language(phrase: Phrase) -> None:
    for text in phrase.texts.values():
        assert sorted(fields(text)) == sorted(phrase.names)
    assert set(phrase.names) <= set(KINDS)


@EVERY
def test_a_sentence_is_said_once_all_it_names_is_there(phrase: Phrase) -> None:
    values, problems = read(phrase, TYPED)
    assert not problems
    assert read(phrase, kept(values)) == (values, {})
    for language in LANGUAGES:
        shown = said(phrase, language, {name: f"<{name}>" for name in values})
        assert all(f"<{name}>" in shown for name in phrase.names)
        assert "{" not in shown


@EVERY
def test_a_sentence_asks_for_each_value_that_is_missing(phrase: Phrase) -> None:
    values, problems = read(phrase, {})
    assert values == {}
    assert set(problems) == set(phrase.names)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"day": "tomorrow"}, {"day"}),
        ({"begins": "25:00"}, {"begins"}),
        ({"begins": "10:00", "ends": "10:00"}, {"ends"}),
        ({"begins": "10:00", "ends": "09:59"}, {"ends"}),
        ({"begins": "08:00", "ends": "16:00"}, set()),
    ],
)
def test_a_visit_has_a_day_and_an_end_after_its_beginning(
    typed: dict[str, str], wrong: set[str]
) -> None:
    assert set(read(BOOK["when_we_come"], {**TYPED, **typed})[1]) == wrong


@pytest.mark.parametrize("count", ["0", "-5", "ten", "", "10001", "1e9"])
def test_a_number_of_minutes_is_one_that_a_visit_can_take(count: str) -> None:
    assert set(read(BOOK["when_how_long"], {"count": count})[1]) == {"count"}


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "\x00", "x" * 81])
def test_a_name_is_one_short_line(name: str) -> None:
    assert set(read(BOOK["status_taken"], {"name": name})[1]) == {"name"}


@given(st.dictionaries(st.sampled_from(sorted(KINDS)), st.text()), st.sampled_from(sorted(BOOK)))
def test_whatever_is_typed_is_read_or_asked_for_again(typed: dict[str, str], code: str) -> None:
    phrase = BOOK[code]
    values, problems = read(phrase, typed)
    assert set(values) | set(problems) == set(phrase.names)
    again, _ = read(phrase, kept(values))
    assert again == values


def test_the_values_are_kept_as_they_are_read_again() -> None:
    values, _ = read(BOOK["when_we_come"], TYPED)
    assert values == {"day": date(2026, 12, 1), "begins": time(8), "ends": time(10)}
    assert kept(values) == {"day": "2026-12-01", "begins": "08:00", "ends": "10:00"}


def test_a_sentence_with_braces_in_a_name_says_them_as_they_are() -> None:
    assert said(BOOK["status_taken"], "en", {"name": "{day}"}) == "{day} takes care of it."


def test_what_is_bound_to_the_step_and_the_fault_comes_first() -> None:
    found = [one.code for one in offered(BOOK.values(), Side.STAFF, "plan", "tap_drip")]
    assert found[0] == "access_clear_sink"
    assert "safety_no_flush" not in found
    assert "works" not in found
    assert "thanks" in found
    steps = [BOOK[code].step == "plan" for code in found]
    assert steps == sorted(steps, reverse=True)


def test_without_a_fault_nothing_is_offered_that_is_about_one() -> None:
    assert not any(one.categories for one in offered(BOOK.values(), Side.STAFF))


def test_a_sentence_says_on_a_day_what_holds_then() -> None:
    lines = [
        HEADER,
        "yes,both,thanks,,,Jo.,Yep.,أجل.,2026-01-01,a",
        "yes,both,thanks,,,Ja.,Yes.,نعم.,2026-11-24,b",
        "later,both,thanks,,,Så.,Then.,إذن.,2027-01-01,c",
    ]
    assert parse_phrases(lines, date(2025, 12, 31)) == {}
    assert parse_phrases(lines, date(2026, 11, 23))["yes"].text("da") == "Jo."
    assert set(parse_phrases(lines, TODAY)) == {"yes"}
    assert parse_phrases(lines, TODAY)["yes"].text("fo") == "Ja."


def test_every_group_of_sentences_has_a_name_and_somebody_who_says_them() -> None:
    assert set(CALLED) == set(Group)
    assert {phrase.group for phrase in BOOK.values()} == set(Group)
