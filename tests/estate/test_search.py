"""What a text is found by, and what a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.search.queries import fts5_parts, fts5_words, tsquery_parts, tsquery_words
from estate.search.rules import Asked, asked, index_words, natural, words


def _holds(kept: set[str], one: Asked) -> str:
    """As the databases answer: `word`, `part` or nothing."""
    if kept & set(one.words):
        return "word"
    begun = any(word.startswith(one.begins) for word in kept) if one.begins else False
    return "part" if begun or kept & set(one.ends) else ""


@pytest.mark.parametrize(
    ("written", "typed", "found_as"),
    [
        ("trappestige", "stige", "part"),
        ("trappestigerne", "stigen", "part"),
        ("wienerstige", "stiger", "part"),
        ("nøglebundt", "nøgle", "part"),
        ("nøglebundtet", "nøgler", "part"),
        ("husnøgle", "noegle", "part"),
        ("husnøglen", "nøglerne", "part"),
        ("nøgler", "nøglen", "word"),
        ("stigen", "stiger", "word"),
        ("vaskemaskinen", "maskiner", "part"),
        ("cykelkælderen", "cykler", "part"),
        ("cykelkælderen", "kaelder", "part"),
        ("børnecyklen", "cykel", "part"),
        ("vaskekælderdøren", "kælder", "part"),
        ("vaskekælderdøren", "dør", "part"),
        ("kælderrummet", "rum", "part"),
        ("husnøgle", "hus", "part"),
        ("gårdhaver", "have", "part"),
        ("havebord", "have", "part"),
        ("julefrokosten", "frokoster", "part"),
        ("møblerne", "møbel", "word"),
        ("instrument", "rum", ""),
        ("havde", "have", ""),
        ("sofaen", "ofte", ""),
    ],
)
def test_a_word_is_found_as_it_stands_and_inside_compounds(
    written: str, typed: str, found_as: str
) -> None:
    kept = set(index_words([written], "da").split())
    (one,) = asked(typed)
    assert _holds(kept, one) == found_as


@pytest.mark.parametrize(
    ("written", "typed"),
    [("kælder", "kaelder"), ("øl", "oel"), ("Åbenrå", "aabenraa"), ("CAFÉ", "cafe")],
)
def test_letters_and_their_digraphs_are_the_same(written: str, typed: str) -> None:
    assert words(written) == words(typed)


def test_a_word_may_still_be_being_typed() -> None:
    kept = set(index_words(["stigen i kælderen"], "da").split())
    assert _holds(kept, asked("st")[0]) == "part"
    assert _holds(kept, asked("st kælder")[0]) == ""


@given(st.text(max_size=200), st.sampled_from(["da", "en", "ar"]))
def test_any_text_can_be_indexed_and_asked_for(text: str, language: str) -> None:
    kept = index_words([text], language).split()
    assert all(word.removeprefix("_").isalnum() for word in kept)
    question = asked(text)
    for one in question:
        assert all(part.removeprefix("_").isalnum() for part in (*one.words, *one.begins))
    for told, quote in (
        (fts5_words, '"'),
        (fts5_parts, '"'),
        (tsquery_words, "'"),
        (tsquery_parts, "'"),
    ):
        assert told(question).count(quote) % 2 == 0


@given(
    st.text("bdgiklnrstuvyæøå", min_size=4, max_size=12),
    st.text("bdgiklnrstuvyæøå", max_size=12),
    st.text("bdgiklnrstuvyæøå", max_size=12),
)
def test_four_letters_or_more_are_found_wherever_they_stand(
    inner: str, before: str, after: str
) -> None:
    kept = set(index_words([before + inner + after], "da").split())
    (one,) = asked(inner)
    assert _holds(kept, one)


@given(st.text("abdegiklnorstuvæøå", min_size=1, max_size=20), st.sampled_from(["da", "en", "ar"]))
def test_every_word_is_found_by_itself(word: str, language: str) -> None:
    kept = set(index_words([word], language).split())
    (one,) = asked(word)
    assert _holds(kept, one) == "word"


def test_names_are_ordered_as_people_count_and_spell() -> None:
    ordered = ["Lampe", "Lampe 1", "lampe 3", "Lampe 11", "Lampe 11B", "Lampe 101", "Zone", "Ærø"]
    assert sorted(sorted(ordered), key=natural) == ordered
    assert natural("Lift 02") == natural("lift 2")
    assert natural("Østre port") > natural("Ærø")
    assert natural("Ålekiste") > natural("Østre port")


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("ماء", "الماء"),
        ("إنترنت", "الانترنت"),
        ("تسرّب", "تسرب"),
        ("غاز", "بالغاز"),
        ("مـاء", "ماء"),
    ],
)
def test_an_arabic_word_is_found_with_its_article_its_marks_or_drawn_out(
    written: str, typed: str
) -> None:
    kept = set(index_words([written], "ar").split())
    (one,) = asked(typed)
    assert _holds(kept, one) == "word"
