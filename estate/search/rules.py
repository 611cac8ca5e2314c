"""What a text is found by, and what a question asks for: words, stems, and words inside words.

Text and question go the same way, so it matters only that they meet, not that a stem is a word.
Danish writes its compounds together, and no list of words ends: so every word is kept with all its
tails, and `stige` finds trappestigen because one of its tails begins so.
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
AFTER_Z = str.maketrans({"æ": "zza", "ø": "zzo", "å": "zzu"})
NUMBER = re.compile(r"\d+")
NUMBER_WIDTH = 9
STEMMED = {"da": "danish", "en": "english", "ar": "arabic"}
ARABIC = re.compile(r"[\u0600-\u06ff]")
FLEETING_E = re.compile(r"(..[^aeiouyæøå])e([ln])$")  # cykel and cykler, møbel and møbler
FLED_E = re.compile(r"(..[^aeiouyæøå])([ln])$")
TATWEEL = "\u0640"
"""Draws an Arabic word out, and is no letter of it."""

INSIDE = "_"
"""What begins a word inside a word; no word of its own has it."""
SHORTEST_TAIL = 3
SHORTEST_INSIDE = 4
"""Letters from which on a word is looked for anywhere inside others; a shorter one at their ends:
`dør` finds hoveddøren, and `rum` no instrument."""
LONGEST_WORD = 60
MOST_ASKED = 8
"""Words of a question that count; nobody is helped by a ninth."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question, by what a text is to hold for it.

    `words` are its spellings as a word of its own, `ends` as the end of a longer one, `begins` what
    a word, or one inside a word, begins with.
    """

    words: tuple[str, ...]
    ends: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


def plain(letter: str) -> str:
    """A letter without its accent (é is e, أ is ا), but æ, ø and å are letters of their own.

    A mark of its own, as Arabic writes its vowels, is none.
    """
    if letter in "æøå":
        return letter
    if unicodedata.combining(letter) or letter == TATWEEL:
        return ""
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() or ARABIC.match(base) else letter


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


def inside(part: str) -> str:
    """The part of a word as the index keeps it."""
    return INSIDE + spelled(part)


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """A word without its endings; as it is in a language without a stemmer."""
    if language not in STEMMED:
        return word
    found = str(snowballstemmer.stemmer(STEMMED[language]).stemWord(word))
    return FLEETING_E.sub(r"\1\2", found) if language == "da" else found


@lru_cache(maxsize=20_000)
def found_by(word: str, language: str) -> tuple[str, ...]:
    """What one word of a text is found by: itself, its stem, and its tails.

    A tail of three letters stands there without its ending too, as no other is looked for so.
    """
    tails = [word[at:] for at in range(len(word) - SHORTEST_TAIL + 1)] if word.isalpha() else []
    stems = (stem(tail, language) for tail in tails)
    short = (one for one in stems if len(one) == SHORTEST_TAIL)
    own = (spelled(word), spelled(stem(word, language)))
    return tuple(dict.fromkeys((*own, *map(inside, tails), *map(inside, short))))


def register_words(text: str) -> list[str]:
    """The words somebody searches a register by: `Lærkevej 8, 2. tv.` has four."""
    readable = "".join(c if c.isprintable() else " " for c in text)
    return [word for word in (part.strip(".,;:") for part in readable.split()) if word][:6]


def letter_cases(word: str) -> list[str]:
    """A word as it may stand in a register; SQLite folds the case of no letter beyond a to z."""
    return sorted({word, word.lower(), word.upper(), word.capitalize()})


def natural(name: str) -> str:
    """What a name is ordered by: numbers by their size, and æ, ø, å after z; a to z and digits.

    Of ASCII letters alone, so that every database orders it alike.
    """
    even = " ".join(words(name)).translate(AFTER_Z)
    return NUMBER.sub(lambda found: str(int(found[0])).zfill(NUMBER_WIDTH), even)


def index_words(texts: Iterable[str], language: str) -> str:
    """Everything these texts are found by, parted by spaces, each once."""
    found = (part for text in texts for word in words(text) for part in found_by(word, language))
    return " ".join(dict.fromkeys(found))


def forms(word: str) -> list[str]:
    """How a word of a question may stand in a text, whatever language that is in."""
    if ARABIC.match(word):
        return [stem(word, "ar"), word]
    danish = stem(word, "da")
    return [danish, FLED_E.sub(r"\1e\2", danish), stem(word, "en"), word]


def asked(question: str) -> Sequence[Asked]:
    """A question's words; the last one may still be being typed."""
    found = words(question)[:MOST_ASKED]
    return [_asked(word, typing=word is found[-1]) for word in found]


def _asked(word: str, *, typing: bool) -> Asked:
    every = list(dict.fromkeys(forms(word)))
    long = [form for form in every if len(form) >= SHORTEST_INSIDE]
    begins = [inside(form) for form in _shortest(long)]
    if len(word) == SHORTEST_TAIL or (typing and len(word) < SHORTEST_TAIL):
        begins.append(spelled(word))
    return Asked(
        words=tuple(dict.fromkeys(spelled(form) for form in every)),
        ends=tuple(inside(form) for form in every if len(form) == SHORTEST_TAIL),
        begins=tuple(begins),
    )


def _shortest(beginnings: Sequence[str]) -> Iterator[str]:
    """Those that no other of them begins with: whatever begins with a longer one is found."""
    for one in beginnings:
        if not any(one != other and one.startswith(other) for other in beginnings):
            yield one
