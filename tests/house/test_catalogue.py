"""Every sentence the house says is said in Danish too, with the same values in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import extract, pofile
from babel.messages.catalog import Catalog, Message

from estate.language import LANGUAGES

ROOT = Path(__file__).parent.parent.parent
KEYWORDS = {**extract.DEFAULT_KEYWORDS, "N_": None, "count_of": (1, 2)}
TRANSLATED = [language for language in LANGUAGES if language != "en"]  # English is the source
VALUES = re.compile(r"%\((\w+)\)|(?<!{){(\w+)}(?!})|(%%)")

Msgid = str | tuple[str, ...]


def sentences() -> Iterator[tuple[str, Msgid]]:
    """Where each sentence stands, and the sentence (with its plural form where it has one)."""
    for storey in ("estate", "engagement", "voting", "web"):
        methods = [
            ("templates/**.html", "jinja2"),
            ("templates/**.txt", "jinja2"),
            ("**.py", "python"),
        ]
        found = extract.extract_from_dir(
            ROOT / storey,
            methods,
            options_map={"templates/**": {"trimmed": "true", "silent": "false"}},
            keywords=KEYWORDS,
        )
        for name, line, msgid, _, _ in found:
            yield f"{storey}/{name}:{line}", msgid


SENTENCES = {msgid: place for place, msgid in sentences()}


def catalogue(language: str) -> Catalog:
    with (ROOT / "locales" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return pofile.read_po(file, locale=language)


def forms(message: Msgid | str | list[str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


def values(text: str) -> set[str]:
    """The named values of a sentence."""
    return {first or second for first, second, _ in VALUES.findall(text)} - {""}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = []
    for msgid, place in SENTENCES.items():
        entry = known.get(forms(msgid)[0])
        if entry is None or not all(forms(entry.string or "")):
            missing.append(f"{place}: {forms(msgid)[0]}")
    assert missing == [], "script/messages collects them."


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_a_guess_or_left_over(language: str) -> None:
    known = catalogue(language)
    used = {forms(msgid)[0] for msgid in SENTENCES}
    entries = [entry for entry in known if entry.id]
    assert [entry.id for entry in entries if entry.fuzzy] == []
    assert [entry.id for entry in entries if forms(entry.id)[0] not in used] == []
    assert list(known.obsolete) == []


def uneven(entry: Message) -> bool:
    """Whether a translation names a value its sentence lacks, or lacks one it names.

    A form that counts one may leave the number out.
    """
    wanted = values(" ".join(forms(entry.id)))
    optional = {"count", "num"} if len(forms(entry.id)) > 1 else set()
    return any(
        not wanted - optional <= values(text) <= wanted for text in forms(entry.string) if text
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_name_the_same_values(language: str) -> None:
    assert [entry.id for entry in catalogue(language) if entry.id and uneven(entry)] == []


def test_a_sentence_is_not_put_together_from_pieces() -> None:
    glued = [
        f"{place}: {text!r}"
        for msgid, place in SENTENCES.items()
        for text in forms(msgid)
        if text != text.strip() or re.search(r"%[sd]|{\d*}", text)
    ]
    assert glued == []
