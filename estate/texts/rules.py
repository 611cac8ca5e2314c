"""Phone numbers as they are kept, and how much room a text takes on its way (GSM 03.38, UCS-2)."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.retention.rules import Retention

TEXTS = Retention(
    kind="text_message",
    purpose=N_("To which number an SMS went and when, to find one that did not arrive."),
    source=N_("Our own choice: a month is enough to ask about an SMS."),
)

DENMARK = "+45"
_PARTING = re.compile(r"[\s()/.\-‐‑–—\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_DANISH = re.compile(r"\+45[2-9][0-9]{7}")


def e164(text: str) -> str | None:
    """A number as networks know it (ITU-T E.164), Danish unless it says otherwise; None if none.

    `12 34 56 78`, `0045 12345678` and `+45 12345678` are `+4512345678`, in anybody's digits.
    """
    bare = _PARTING.sub("", text)
    number = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in bare)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif not number.startswith("+"):
        number = f"+{number}" if re.fullmatch("45[0-9]{8}", number) else f"{DENMARK}{number}"
    shape = _DANISH if number.startswith(DENMARK) else _NUMBER
    return number if shape.fullmatch(number) else None


def phone_problem(text: str) -> Message | None:
    """What is wrong with a number somebody typed, as far as one can see without calling it."""
    if not text.strip():
        return say(N_("Write your phone number."))
    if e164(text) is None:
        return say(
            N_("That is not a whole phone number: eight digits, or + and the country's code first.")
        )
    return None


def shown_number(number: str) -> str:
    """A kept number as people read it aloud: `+45 12 34 56 78`; a foreign one in threes."""
    if number.startswith(DENMARK):
        return " ".join([DENMARK, *(number[at : at + 2] for at in range(3, len(number), 2))])
    return " ".join(number[at : at + 3] for at in range(0, len(number), 3))


MOST_SEGMENTS = 3
"""A text is paid by the segment, and more than three are read by nobody."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")
_SIMPLER = str.maketrans(
    {
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‘’‚", "'"),
        **dict.fromkeys("–—‐‑−", "-"),
        **dict.fromkeys("\u00a0\u2009\u202f", " "),
        **dict.fromkeys("\u200e\u200f\u2066\u2067\u2068\u2069\u00ad", ""),
        "…": "...",
        "\t": " ",
    }
)


class Room(NamedTuple):
    """What a text takes: whether 7-bit letters are enough for it, and its segments."""

    gsm: bool
    segments: int


def simple(text: str) -> str:
    """A text with typewriter's quotes and dashes where that spares it the alphabet of 70 letters.

    Danish letters are in the network's own alphabet, “ ” and – are not; Arabic stays as it is.
    """
    plain = text.translate(_SIMPLER)
    return plain if _is_gsm(plain) else text


def _is_gsm(text: str) -> bool:
    return all(letter in _GSM or letter in _GSM_TWICE for letter in text)


def room(text: str) -> Room:
    """How many segments a text takes: 160 letters in one or 153 in each of several, else 70 or 67.

    A letter that takes two places is never parted (3GPP TS 23.038, 6.2.1 and 23.040, 9.2.3.24).
    """
    gsm = _is_gsm(text)
    alone, each = (160, 153) if gsm else (70, 67)
    sizes = list(_sizes(text, gsm=gsm))
    if sum(sizes) <= alone:
        return Room(gsm, 1)
    segments, filled = 1, 0
    for size in sizes:
        if filled + size > each:
            segments, filled = segments + 1, 0
        filled += size
    return Room(gsm, segments)


def _sizes(text: str, *, gsm: bool) -> Iterator[int]:
    for letter in text:
        twice = letter in _GSM_TWICE if gsm else ord(letter) > 0xFFFF
        yield 2 if twice else 1


_LINK = re.compile(r"(?:\w+://|www\.)\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)


def without_links(text: str) -> str:
    """What people wrote, without the addresses in it: an SMS from the house links to the house."""
    return " ".join(_LINK.sub("", text).split(" ")).strip()


def fitted(text: str, ending: str, most: int = MOST_SEGMENTS) -> str:
    """A text with what stands last on a line of its own, in at most so many segments.

    The text is cut, at a word where there is one; the ending never is.
    """
    whole = _joined(text, ending)
    if room(whole).segments <= most:
        return whole
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if room(_joined(_cut(text, middle), ending)).segments <= most:
            low = middle
        else:
            high = middle - 1
    return _joined(_cut(text, low), ending)


def _joined(text: str, ending: str) -> str:
    return simple(f"{text}\n{ending}" if ending and text else text or ending)


def _cut(text: str, letters: int) -> str:
    kept = text[:letters]
    at_word = kept.rpartition(" ")[0]
    return f"{(at_word if len(at_word) > letters * 3 // 4 else kept).rstrip()}..."
