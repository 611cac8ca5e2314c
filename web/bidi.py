"""What is written left to right inside a sentence that is not: values and numbers keep their order.

The controls are Unicode's isolates (UAX 9, 2.4): they work in titles, pushes, mails and SMS alike,
where `<bdi>` does not. Only languages written right to left get them, so the others pay nothing.
"""

import gettext
import re
from functools import lru_cache

from typing_extensions import override

LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
"""Begin a piece from left to right, or one in whatever direction its own first letter has; end."""

FIELD = re.compile(r"%\(\w+\)s")
SPACED_DIGITS = re.compile(r"\+?\d{2,}(?: \d{2,})+")
WITHIN_ADDRESS = re.compile(r"(?<=\w) (?=\d+[A-Z]?(?:, |$))|(?<=\.) (?=(?:tv|th|mf|\d+)\.?$)")
"""The spaces of an address that no line breaks at: `8, 2. tv.` torn apart reads backwards."""
CONTROLS = re.compile(f"[{LRI}{FSI}{PDI}]")


@lru_cache(maxsize=3000)
def isolated(sentence: str) -> str:
    """A template's sentence whose values, and phone numbers, cannot disturb the order around them.

    Those of a Message are kept apart when they are known (`apart`).
    """
    numbers = SPACED_DIGITS.sub(rf"{LRI}\g<0>{PDI}", sentence)
    return FIELD.sub(rf"{FSI}\g<0>{PDI}", numbers)


def apart(text: str) -> str:
    """A text, escaped or not, that keeps its own order among others.

    Not an address on the web, nor a code: programs take them out of mails and SMS as they stand.
    """
    if not text or "://" in text or text.isdecimal():
        return text
    return type(text)(FSI) + type(text)(bound(text)) + type(text)(PDI)


def bound(text: str) -> str:
    """A text that, where it is an address, is not torn apart at its number or its door."""
    return WITHIN_ADDRESS.sub("\N{NO-BREAK SPACE}", text)


def in_danish(sentence: str) -> str:
    """A Danish sentence among others that are written from right to left."""
    return f"{LRI}{sentence}{PDI}"


def plain(text: str) -> str:
    """A text without these controls, for what is not shown to anybody."""
    return CONTROLS.sub("", text)


class Catalogue(gettext.GNUTranslations):
    """A language's sentences."""

    def has(self, message: str) -> bool:
        """Whether the sentence is translated, itself or in plural forms."""
        return message in self._catalog or (message, 0) in self._catalog  # type: ignore[attr-defined]


class RightToLeft(Catalogue):
    """Sentences written from right to left."""

    @override
    def gettext(self, message: str) -> str:
        return isolated(super().gettext(message))

    @override
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return isolated(super().ngettext(msgid1, msgid2, n))


class Danish(gettext.NullTranslations):
    """The authoritative sentence, kept apart as a whole, where another language has none."""

    def __init__(self, danish: Catalogue) -> None:
        super().__init__()
        self._danish = danish

    @override
    def gettext(self, message: str) -> str:
        said = self._danish.gettext(message)
        return in_danish(said) if self._danish.has(message) else said

    @override
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        said = self._danish.ngettext(msgid1, msgid2, n)
        return in_danish(said) if self._danish.has(msgid1) else said
