"""What a text is found by, and what a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.search.queries import fts5_question, index_words, tsquery
from estate.search.rules import asked, words


@pytest.mark.parametrize(
    ("word", "found_by"),
    [
        ("vaskemaskinen", "maskin"),
        ("vaskemaskinen", "vask"),
        ("cykelkælderen", "cykl"),
        ("cykelkælderen", "kaeld"),
        ("vaskekælderdøren", "kaeld"),
        ("vaskekælderdøren", "doer"),
        ("opgangsdøren", "opgang"),
        ("børnecykler", "boern"),
        ("fælleshuset", "hus"),
        ("julefrokosten", "frokost"),
        ("barnevognsrum", "barnevogn"),
    ],
)
def test_a_compound_is_found_by_its_parts(word: str, found_by: str) -> None:
    assert found_by in index_words([word], "da").split()


@pytest.mark.parametrize("word", ["boligen", "møbler", "værelset", "lampen"])
def test_a_word_that_is_no_compound_is_not_cut(word: str) -> None:
    assert len(index_words([word], "da").split()) <= 2


def test_english_is_not_cut_as_if_it_were_danish() -> None:
    assert index_words(["bordering"], "en").split() == ["bordering", "border"]


@pytest.mark.parametrize(
    ("written", "typed"),
    [("kælder", "kaelder"), ("øl", "oel"), ("Åbenrå", "aabenraa"), ("CAFÉ", "cafe")],
)
def test_letters_and_their_digraphs_are_the_same(written: str, typed: str) -> None:
    assert words(written) == words(typed)


@given(st.text(max_size=200), st.sampled_from(["da", "en", "ar"]))
def test_any_text_can_be_indexed_and_asked_for(text: str, language: str) -> None:
    kept = index_words([text], language).split()
    assert all(word.isalnum() for word in kept)
    question = asked(text)
    assert all(part.isalnum() for one in question for part in one.exact)
    assert fts5_question(question).count('"') % 2 == 0
    assert tsquery(question).count("'") % 2 == 0
