"""Words of another writing in a page: marked with their language, or at least kept apart."""

import re
from html.parser import HTMLParser

from typing_extensions import override

VOID = frozenset({"br", "img", "input", "meta", "link", "hr", "source", "wbr"})
UNREAD = frozenset({"script", "style", "title", "option", "textarea", "use", "path"})
APART = re.compile("[\u2066\u2068][^\u2066\u2068\u2069]*\u2069")
LATIN = re.compile(r"[A-Za-zÆØÅæøåÀ-ÿ]{2,}")
SENTENCE = re.compile(r"(?:[A-Za-zÀ-ÿ]+,? ){4,}[A-Za-zÀ-ÿ]+[.!?]")


class _Reader(HTMLParser):
    """Walks a page with the language and the isolation that hold where it is."""

    def __init__(self, language: str, known: frozenset[str]) -> None:
        super().__init__()
        self.language = language
        self.known = known
        self.open: list[tuple[str, str, bool]] = [("", language, False)]
        self.loose: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        values = dict(attrs)
        _, language, apart = self.open[-1]
        apart = apart or tag == "bdi" or ("dir" in values and tag != "html")
        self.open.append((tag, values.get("lang") or language, apart))

    @override
    def handle_endtag(self, tag: str) -> None:
        while len(self.open) > 1 and self.open.pop()[0] != tag:
            pass

    @override
    def handle_data(self, data: str) -> None:
        tag, language, apart = self.open[-1]
        if tag in UNREAD or language != self.language:
            return
        text = data
        while (within := APART.sub(" ", text)) != text:
            text = within
        words = set(LATIN.findall(text)) - self.known
        if (words and not apart) or SENTENCE.search(text):
            self.loose.append(" ".join(data.split()))


def loose_words(page: str, language: str, known: frozenset[str]) -> list[str]:
    """What stands in Latin letters unmarked and not kept apart; names need no more than that.

    A whole sentence needs its language: a voice that reads the page has to change.
    """
    reader = _Reader(language, known)
    reader.feed(page)
    reader.close()
    return reader.loose
