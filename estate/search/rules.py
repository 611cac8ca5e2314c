"""What a text is found by, and what a question asks for: words, stems and the parts of compounds.

Text and question go the same way, so it matters only that they meet, not that a stem is a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

WORD = re.compile(r"[^\W_]+")
DIGRAPHS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
LETTERS = (("ae", "æ"), ("oe", "ø"), ("aa", "å"))
STEMMED = {"da": "danish", "en": "english"}
FLEETING_E = re.compile(r"(..[^aeiouyæøå])e([ln])$")  # cykel and cykler, møbel and møbler
SHORTEST_PART = 3
LONGEST_WORD = 60
MOST_ASKED = 8
"""Words of a question that count; nobody is helped by a ninth."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question: any of `exact`, or a word beginning with `prefix` if there is one."""

    exact: tuple[str, ...]
    prefix: str = ""


def plain(letter: str) -> str:
    """A letter without its accent (é is e), but æ, ø and å are letters of their own."""
    if letter in "æøå":
        return letter
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def words(text: str) -> list[str]:
    """The words of a text in small letters; `aa`, `oe` and `ae` read as å, ø and æ."""
    small = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    even = "".join(plain(letter) for letter in small)
    for digraph, letter in LETTERS:
        even = even.replace(digraph, letter)
    return [word[:LONGEST_WORD] for word in WORD.findall(even)]


def spelled(word: str) -> str:
    """The word as the index keeps it: æ, ø and å as two letters, the same on every database."""
    return word.translate(DIGRAPHS)


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """A word without its endings; as it is in a language without a stemmer."""
    if language not in STEMMED:
        return word
    found = str(snowballstemmer.stemmer(STEMMED[language]).stemWord(word))
    return FLEETING_E.sub(r"\1\2", found) if language == "da" else found


@dataclass(frozen=True, slots=True)
class Parts:
    """The words that compounds are made of, as they begin one; and their stems, as they end one."""

    words: frozenset[str]
    stems: frozenset[str]


def parts_from(known: Iterable[str]) -> Parts:
    """What `parts` needs to know, from plain words."""
    listed = frozenset(known)
    return Parts(listed, frozenset(stem(word, "da") for word in listed))


def parts(word: str, known: Parts) -> Iterator[str]:
    """The stems inside a Danish compound: cykelkælderen is cykel and kælder.

    It is cut where both sides are known words, else beside the longest known one; each side has
    three letters at least, and the s or e between them belongs to neither.
    """
    whole = stem(word, "da")
    cuts = range(SHORTEST_PART, len(whole) - SHORTEST_PART + 1)
    best = max((_worth(whole[:cut], whole[cut:], known), cut) for cut in cuts) if cuts else None
    if best is None or best[0] == (0, 0):
        return
    first, last = whole[: best[1]], whole[best[1] :]
    for side in (_unlinked(first, known), last):
        yield stem(side, "da")
        if len(side) >= 2 * SHORTEST_PART:
            yield from parts(side, known)


def _worth(first: str, last: str, known: Parts) -> tuple[int, int]:
    begins = len(first) if _unlinked(first, known) in known.words else 0
    ends = len(last) if last in known.stems else 0
    return (bool(begins) + bool(ends), max(begins, ends))


def _unlinked(first: str, known: Parts) -> str:
    if first in known.words or first[-1] not in "se" or len(first) == SHORTEST_PART:
        return first
    return first[:-1]


def index_words(texts: Iterable[str], language: str, known: Parts) -> str:
    """Everything these texts are found by, parted by spaces, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for word in words(text):
            found[spelled(word)] = None
            found[spelled(stem(word, language))] = None
            if language == "da":
                for part in parts(word, known):
                    found[spelled(part)] = None
    return " ".join(found)


def asked(question: str) -> Sequence[Asked]:
    """A question's words, each with its spellings; the last one may still be being typed."""
    found = [
        Asked(tuple(dict.fromkeys(spelled(stem(word, tongue)) for tongue in ("da", "en", ""))))
        for word in words(question)[:MOST_ASKED]
    ]
    if found:
        last = found[-1]
        found[-1] = Asked(last.exact, last.exact[-1])
    return found
