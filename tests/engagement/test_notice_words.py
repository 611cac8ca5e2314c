"""How a service message says its time and place, in every language the house speaks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.announcing import rules as announcing
from engagement.announcing.rules import Word
from engagement.notices import queries, rules
from engagement.notices.rules import (
    WRITTEN_IN,
    Door,
    Draft,
    Phase,
    Span,
    Urgency,
    Wording,
    lagging,
)
from estate.clock import LOCAL
from estate.language import Message, pack_message, unpack_message
from web.catalogues import speeches

SPEECHES = speeches()
MONDAY = date(2026, 11, 23)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), LOCAL)


def days(count: int) -> date:
    return MONDAY + timedelta(days=count)


WHENS: Sequence[tuple[Span, date | None, dict[str, str]]] = [
    (
        Span(at(MONDAY, 10), at(MONDAY, 13)),
        MONDAY,
        {
            "da": "i dag kl. 10–13",
            "en": "today 10:00–13:00",
            "ar": "اليوم من الساعة 10:00 إلى 13:00",
        },
    ),
    (
        Span(at(days(1), 7, 30), at(days(1), 8)),
        MONDAY,
        {
            "da": "i morgen kl. 7.30–8",
            "en": "tomorrow 07:30–08:00",
            "ar": "غدًا من الساعة 07:30 إلى 08:00",
        },
    ),
    (
        Span(at(days(-1), 7), at(days(-1), 8)),
        MONDAY,
        {"da": "i går kl. 7–8", "en": "yesterday 07:00–08:00"},
    ),
    (
        Span(at(days(3), 9), at(days(3), 15)),
        MONDAY,
        {
            "da": "torsdag den 26. november kl. 9–15",
            "en": "Thursday 26 November, 09:00–15:00",
        },
    ),
    (
        Span(at(MONDAY, 10), at(MONDAY, 13)),
        None,
        {"da": "mandag den 23. november kl. 10–13", "en": "Monday 23 November, 10:00–13:00"},
    ),
    (
        Span(at(MONDAY, 22), at(days(1), 4)),
        MONDAY,
        {
            "da": "fra i dag kl. 22 til i morgen kl. 4",
            "en": "from today at 22:00 to tomorrow at 04:00",
            "ar": "من اليوم الساعة 22:00 إلى غدًا الساعة 04:00",
        },
    ),
    (
        Span(at(MONDAY, 7)),
        MONDAY,
        {
            "da": "fra i dag kl. 7 indtil videre",
            "en": "from today at 07:00, until further notice",
            "ar": "من اليوم الساعة 07:00 وحتى إشعار آخر",
        },
    ),
    (
        Span(at(days(2), 7)),
        None,
        {
            "da": "fra onsdag den 25. november kl. 7 indtil videre",
            "en": "from Wednesday 25 November at 07:00, until further notice",
        },
    ),
]


def plain(text: str) -> str:
    """Without the marks that keep names apart in Arabic."""
    return "".join(letter for letter in text if letter not in "\u2068\u2069\u200f\u200e")


@pytest.mark.parametrize(("span", "today", "said"), WHENS)
def test_when_it_is_is_said_as_people_say_it(
    span: Span, today: date | None, said: dict[str, str]
) -> None:
    message = rules.when(span, today)
    for language in said.keys() & SPEECHES.keys():
        assert plain(SPEECHES[language].say(message)) == said[language]
    assert unpack_message(pack_message(message)) == message


def door(number: int, street: str, house_number: str, section: int = 1) -> Door:
    name = {1: "Lærken", 2: "Søen"}[section]
    return Door(number, section * 10, "A", section, name, 1, street, house_number)


HERE = [
    door(1, "Lærkevej", "8"),
    door(2, "Lærkevej", "10"),
    door(3, "Lærkevej", "12"),
    door(4, "Bakken", "1"),
    door(5, "Søvej", "1", 2),
]
WHERES: Sequence[tuple[Sequence[Door], set[int], str, str]] = [
    (HERE[:1], set(), "Lærkevej 8", "Lærkevej 8"),
    (HERE[:2], set(), "Lærkevej 8 og 10", "Lærkevej 8 and 10"),
    (HERE[1::-1], set(), "Lærkevej 8 og 10", "Lærkevej 8 and 10"),
    (HERE[:3], set(), "Lærkevej 8, 10 og 12", "Lærkevej 8, 10 and 12"),
    (HERE[:4], {1}, "hele Lærken", "all of Lærken"),
    (HERE[2:4], set(), "Bakken 1; Lærkevej 12", "Bakken 1; Lærkevej 12"),
    (HERE, {2}, "Bakken 1; Lærkevej 8, 10 og 12; hele Søen", ""),
]


@pytest.mark.parametrize(("doors", "whole", "danish", "english"), WHERES)
def test_where_it_is_names_doors_as_people_name_them(
    doors: Sequence[Door], whole: set[int], danish: str, english: str
) -> None:
    message = rules.where(doors, whole)
    assert SPEECHES["da"].say(message) == danish
    assert not english or SPEECHES["en"].say(message) == english


NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)

PHASES = [
    (NOW + 25 * HOUR, None, None, Phase.PLANNED),
    (NOW + 24 * HOUR, None, None, Phase.NEAR),
    (NOW + HOUR, NOW + 2 * HOUR, None, Phase.NEAR),
    (NOW, NOW + HOUR, None, Phase.HOLDING),
    (NOW - 9 * HOUR, None, None, Phase.HOLDING),
    (NOW - HOUR, NOW, None, Phase.OVER),
    (NOW - HOUR, NOW + HOUR, NOW, Phase.OVER),
    (NOW + HOUR, NOW + 2 * HOUR, NOW, Phase.OVER),
]


@pytest.mark.parametrize(("starts", "ends", "over", "stands"), PHASES)
def test_where_a_message_stands_follows_from_its_times(
    starts: datetime, ends: datetime | None, over: datetime | None, stands: Phase
) -> None:
    assert rules.phase(NOW, starts, ends, over) is stands


def test_an_hour_that_is_skipped_or_comes_twice_is_counted_by_the_sun() -> None:
    # 29 March 2026: 02:00 becomes 03:00. 25 October: 03:00 becomes 02:00.
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    skipped, after = rules.utc(at(spring, 2, 30)), rules.utc(at(spring, 3, 30))
    assert skipped == after
    twice = rules.utc(at(autumn, 2, 30)), rules.utc(at(autumn, 3))
    assert twice[1] is not None
    assert twice[0] is not None
    assert twice[1] - twice[0] == timedelta(minutes=90)
    day_before = rules.utc(at(autumn - timedelta(days=1), 12))
    assert day_before is not None
    assert rules.phase(day_before, day_before + 24 * HOUR, None, None) is Phase.NEAR
    assert rules.utc(at(autumn, 11)) == day_before + 24 * HOUR


def draft(**more: object) -> Draft:
    values: dict[str, object] = {
        "texts": {"da": Wording("Vandet er lukket", "Vandet er lukket {hvornår}.")},
        "starts": NOW + HOUR,
        "ends": NOW + 4 * HOUR,
        "stairwells": frozenset({1}),
        **more,
    }
    return Draft(**values)  # type: ignore[arg-type]


def danish(title: str = "T", text: str = "X", afterword: str = "") -> dict[str, Wording]:
    return {"da": Wording(title, text, afterword)}


DRAFTS = [
    (draft(), set()),
    (draft(stairwells=frozenset()), {"stairwell"}),
    (draft(texts={"da": Wording()}), {"title_da", "text_da"}),
    (draft(texts=danish(title="x" * 81)), {"title_da"}),
    (draft(texts=danish(text="x" * 2001)), {"text_da"}),
    (draft(texts=danish(afterword="x" * 501)), {"afterword_da"}),
    (draft(texts={**danish(), "en": Wording("Water", "")}), {"text_en"}),
    (draft(texts={**danish(), "en": Wording("", "Off.")}), {"title_en"}),
    (draft(texts=danish(text="{hvem} kommer")), {"text_da"}),
    (draft(texts=danish(text="{from} {until} {where} {when} {fra} {til} {hvor}")), set()),
    (draft(texts=danish(text="til {til}"), ends=None), {"text_da"}),
    (draft(texts=danish(text="{hvornår}"), ends=None), set()),
    (draft(texts=danish(text="{ { }} {}")), set()),
    (draft(starts=None), {"starts_day"}),
    (draft(starts=NOW + timedelta(days=400)), {"starts_day"}),
    (draft(unread=True, ends=None), {"ends_at"}),
    (draft(ends=NOW + HOUR), {"ends_at"}),
    (draft(starts=NOW - 3 * HOUR, ends=NOW - HOUR), {"ends_at"}),
    (draft(starts=NOW - 3 * HOUR, ends=None), set()),
    (draft(ends=NOW + timedelta(days=400)), {"ends_at"}),
]


@pytest.mark.parametrize(("typed", "wrong"), DRAFTS)
def test_what_is_wrong_with_a_message_is_said_beside_its_field(
    typed: Draft, wrong: set[str]
) -> None:
    found = rules.problems(typed, NOW)
    assert set(found) == wrong
    for problem in found.values():
        assert SPEECHES["en"].say(problem)


def test_the_end_is_said_when_it_has_come() -> None:
    assert rules.over_problems(NOW, {}, NOW) == {}
    assert set(rules.over_problems(None, {}, NOW)) == {"over_day"}
    assert set(rules.over_problems(NOW + HOUR, {}, NOW)) == {"over_day"}
    assert set(rules.over_problems(NOW, {"da": "x" * 501}, NOW)) == {"afterword_da"}


SPAN = Span(at(MONDAY, 10), at(MONDAY, 13))
PLACE = rules.where(HERE[:2], set())


def test_time_and_place_are_filled_in_and_other_braces_stay() -> None:
    text = "{hvornår}, {fra}, {til}: {hvor}. {andet} {{x}} {"
    said = SPEECHES["da"].say(rules.filled(text, SPAN, PLACE, MONDAY))
    assert said == "i dag kl. 10–13, i dag kl. 10, i dag kl. 13: Lærkevej 8 og 10. {andet} {{x}} {"


@given(st.text())
def test_whatever_is_written_can_be_said(text: str) -> None:
    message = rules.filled(text, SPAN, PLACE, None)
    assert unpack_message(pack_message(message)) == message
    said = SPEECHES["en"].say(message) if text else ""
    if not rules.fields_in(text):
        assert said == text


DA, DB = Wording("Vand", "a"), Wording("Vand", "b")
EA, EB = Wording("Water", "a"), Wording("Water", "b")
LAGS = [
    ({"da": DA, "en": EA}, {"da": DA, "en": EA}, set(), set(), set()),
    ({"da": DA, "en": EA}, {"da": DB, "en": EA}, set(), set(), {"en"}),
    ({"da": DA, "en": EA}, {"da": DB, "en": EB}, set(), set(), set()),
    ({"da": DA, "en": EA}, {"da": DB, "en": EA}, set(), {"en"}, set()),
    ({"da": DA, "en": EA}, {"da": DA, "en": EA}, {"en"}, set(), {"en"}),
    ({"da": DA, "en": EA}, {"da": DA, "en": EB}, {"en"}, set(), set()),
    ({"da": DA}, {"da": DB, "en": EA}, set(), set(), set()),
    ({}, {"da": DA, "en": EA}, set(), set(), set()),
    ({"da": DA, "en": EA}, {"da": DB, "en": EA._replace(afterword="x")}, set(), set(), {"en"}),
    (
        {"da": DA, "en": EA},
        {"da": DA._replace(afterword="x"), "en": EA._replace(afterword="x")},
        set(),
        set(),
        set(),
    ),
]


@pytest.mark.parametrize(("before", "after", "lagged", "looked_at", "late"), LAGS)
def test_a_translation_lags_when_the_danish_changed_without_it(
    before: dict[str, Wording],
    after: dict[str, Wording],
    lagged: set[str],
    looked_at: set[str],
    late: set[str],
) -> None:
    assert lagging(before, after, lagged, looked_at) == late


def test_a_change_is_told_when_time_or_danish_words_change() -> None:
    later = Span(SPAN.starts, at(MONDAY, 15))
    one = ({"da": DA, "en": EA}, SPAN)
    assert not rules.retold(one, one)
    assert rules.retold(one, ({"da": DA, "en": EA}, later))
    assert rules.retold(one, ({"da": DB, "en": EA}, SPAN))
    assert not rules.retold(one, ({"da": DA, "en": EB}, SPAN))
    assert not rules.retold(one, ({"da": DA._replace(afterword="Tak"), "en": EA}, SPAN))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (Urgency.ORDINARY, Urgency.URGENT, True),
        (Urgency.URGENT, Urgency.URGENT, False),
        (Urgency.URGENT, Urgency.ORDINARY, False),
        (Urgency.ORDINARY, Urgency.ORDINARY, False),
    ],
)
def test_what_becomes_urgent_is_told_and_what_no_longer_is_is_not(
    before: Urgency, after: Urgency, *, told: bool
) -> None:
    assert rules.raised(before, after) is told


WORDS = [
    ({"knows": False, "over": False, "off": False, "reminder": False}, Word.NEW),
    ({"knows": True, "over": False, "off": False, "reminder": False}, Word.CHANGED),
    ({"knows": True, "over": True, "off": False, "reminder": False}, Word.OVER),
    ({"knows": True, "over": True, "off": True, "reminder": False}, Word.OFF),
    ({"knows": False, "over": True, "off": False, "reminder": False}, None),
    ({"knows": False, "over": True, "off": True, "reminder": False}, None),
    ({"knows": True, "over": False, "off": False, "reminder": True}, Word.REMINDER),
    ({"knows": False, "over": False, "off": False, "reminder": True}, Word.NEW),
]


@pytest.mark.parametrize(("facts", "word"), WORDS)
def test_who_moved_in_meanwhile_hears_what_holds_and_nothing_of_its_end(
    facts: dict[str, bool], word: Word | None
) -> None:
    assert announcing.word(**facts) is word


@pytest.mark.parametrize("word", Word)
@pytest.mark.parametrize("afterword", [False, True])
def test_every_word_can_be_put_on_a_phone(word: Word, *, afterword: bool) -> None:
    said = Wording("Vandet er lukket", "x", "Vandet er tilbage." if afterword else "")
    values = announcing.values(said, SPAN, PLACE, SPAN.ends)
    told = announcing.telling(word, afterword=afterword)
    for speech in SPEECHES.values():
        assert "Vandet er lukket" in plain(speech.say(Message(told.title, values)))
        assert speech.say(Message(told.body, values))


@pytest.mark.parametrize("template", queries.templates().values(), ids=lambda one: one.key)
def test_a_template_says_the_same_in_every_language(template: rules.Template) -> None:
    assert set(template.texts) == set(WRITTEN_IN)
    assert template.urgency in Urgency
    assert rules.problems(draft(texts=template.texts, ends=None), NOW) == {}
    told = [
        {
            part: [rules.FIELDS[field] for field in rules.fields_in(text)]
            for part, text in wording._asdict().items()
        }
        for wording in template.texts.values()
    ]
    assert all(fields == told[0] for fields in told)
    assert told[0]["text"] == ["when", "where"]


def test_the_most_urgent_and_then_the_first_to_begin_stand_first() -> None:
    order = sorted(
        [(Urgency.ORDINARY, NOW), (Urgency.URGENT, NOW + HOUR), (Urgency.URGENT, NOW)],
        key=lambda one: rules.by_urgency(*one),
    )
    assert order == [(Urgency.URGENT, NOW), (Urgency.URGENT, NOW + HOUR), (Urgency.ORDINARY, NOW)]
