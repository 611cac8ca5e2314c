"""Finding by everyday words: which of a few dozen things somebody's question is about."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from estate.language import DEFAULT
from estate.search.rules import MOST_ASKED, spelled, stem, words

AS_A_WORD, INSIDE_A_WORD, WHOLE = 3, 1, 1
"""What finding a word of the question is worth: as a word of its own, or inside another; and each
word of a saying that stands in the question whole."""

SHORTEST_STEM, SHORTEST_KEY = 3, 4
"""Letters from which on a word may have an ending, and is looked for inside another."""

ENDING = re.compile(
    "e|en|er|ene|erne|ens|ers|et|ets|n|ne|r|rne|s|es|t|te|de|ede|ende|ing|ة|ه|ي|ك|ات|ون|ين|ها|هم|نا"
)
ARTICLE = re.compile("^[وفبكل]?ال")

LONGEST_QUESTION = 100


Filler = Mapping[str, frozenset[str]]
"""By language, the words that say nothing about what somebody needs: `min`, `virker`, `ikke`."""


def parse_filler(lines: Iterable[str]) -> Filler:
    """Filler by language from its CSV."""
    rows = csv.DictReader(lines, strict=True)
    return {row["language"]: frozenset(words(row["words"])) for row in rows}


class Findable(Protocol):
    """Something found by everyday words.

    `keys` are the words it is found by, in every language (`keys_of`); `sayings` those that tell
    more together.
    """

    @property
    def name(self) -> str:
        """What it goes by, each its own."""

    @property
    def keys(self) -> frozenset[str]:
        """The words it is found by."""

    @property
    def sayings(self) -> frozenset[tuple[str, ...]]:
        """The words that tell more together."""


def keys_of(texts: Iterable[tuple[str, str]], filler: Filler) -> frozenset[str]:
    """The words by which texts are found, each given with its language."""
    telling = (
        (word, language)
        for language, text in texts
        for word in words(text)
        if word not in filler.get(language, ())
    )
    return frozenset(
        spelled(form) for word, language in telling for form in (word, stem(word, language))
    )


def sayings_of(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Sayings parted by commas, each the words that tell something only together."""
    every = (saying for text in texts for saying in text.split(",") if saying.strip())
    return frozenset(tuple(spelled(word) for word in words(saying)) for saying in every)


def scored(
    things: Sequence[Findable], question: str, filler: Filler, language: str
) -> dict[str, float] | None:
    """How well things fit a question, by name: those that fit more than half as well as the best.

    None for a question without a word that says something; a word that few things have tells more.
    """
    question = question[:LONGEST_QUESTION]
    telling = [spelled(word) for word in telling_words(question, filler, language)]
    if not telling:
        return None
    scores = dict.fromkeys((thing.name for thing in things), 0.0)
    for word in telling[:MOST_ASKED]:
        found = {one.name: worth for one in things if (worth := _worth(one.keys, word))}
        for name, worth in found.items():
            scores[name] += worth * (1 + 1 / len(found))
    said = [spelled(word) for word in words(question)]
    for thing in things:
        if scores[thing.name]:
            scores[thing.name] += WHOLE * _whole(thing, said)
    best = max(scores.values(), default=0.0)
    return {name: score for name, score in scores.items() if score * 2 > best}


def _whole(thing: Findable, said: Sequence[str]) -> int:
    """How many words the longest of its sayings has that stands in the question whole."""
    return max((len(one) for one in thing.sayings if _all_said(one, said)), default=0)


def _all_said(saying: Sequence[str], said: Sequence[str]) -> bool:
    return all(any(_same(word, one) for word in said) for one in saying)


def telling_words(question: str, filler: Filler, language: str) -> list[str]:
    """The words of a question that say something, read in the reader's language and in Danish."""
    said = words(question)
    for empty in (filler.get(language, frozenset()), filler.get(DEFAULT, frozenset())):
        said = [word for word in said if word not in empty]
    return said


def fits(keys: frozenset[str], question: str, filler: Filler, language: str) -> bool:
    """Whether a question has a word that says something and is one of these, or in one of them."""
    telling = telling_words(question[:LONGEST_QUESTION], filler, language)
    return any(_worth(keys, spelled(word)) for word in telling)


@lru_cache(maxsize=20_000)
def _worth(keys: frozenset[str], word: str) -> int:
    forms = _forms(word)
    if any(_same(form, key) for form in forms for key in keys):
        return AS_A_WORD
    return INSIDE_A_WORD if any(_within(form, key) for form in forms for key in keys) else 0


def _forms(word: str) -> tuple[str, ...]:
    """A word of a question, and without the article an Arabic one may begin with."""
    bare = ARTICLE.sub("", word)
    return (word, bare) if len(bare) > 1 and bare != word else (word,)


def _same(word: str, key: str) -> bool:
    """Whether two words are the same but for an ending, either way."""
    short, long = sorted((word, key), key=len)
    if word == key or len(short) < SHORTEST_STEM:
        return word == key
    return long.startswith(short) and ENDING.fullmatch(long, len(short)) is not None


def _within(word: str, key: str) -> bool:
    """Whether one of the two has the other in it: køkkenvask has vask, and vask begins vaskeri."""
    if len(word) >= SHORTEST_STEM and key.startswith(word):
        return True
    if len(word) >= SHORTEST_KEY and word in key:
        return True
    return len(key) >= SHORTEST_KEY and key in word
