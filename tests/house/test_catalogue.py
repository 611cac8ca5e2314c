"""Every sentence the house says is said in Danish too, with the same values in it.

In Arabic the sentences that only staff meet may be missing: their pages are wholly Danish then.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from babel.messages import extract, pofile
from babel.messages.catalog import Catalog, Message

from estate.language import LANGUAGES, RESIDENTS_ONLY, RIGHT_TO_LEFT
from web.bidi import CONTROLS

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


def places_of(found: Iterable[tuple[str, Msgid]]) -> dict[Msgid, list[str]]:
    """Everywhere each sentence stands."""
    places: dict[Msgid, list[str]] = {}
    for place, msgid in found:
        places.setdefault(msgid, []).append(place)
    return places


SENTENCES = places_of(sentences())

STAFF = (
    *(
        f"web/templates/{folder}/"
        for folder in (
            "desk",
            "desk_cases",
            "desk_absences",
            "desk_complaints",
            "desk_fittings",
            "desk_letters",
            "desk_plan",
            "desk_promises",
            "desk_substitutes",
            "desk_tasks",
            "desk_figures",
            "desk_guides",
            "pauses",
            "people",
            "rounds",
        )
    ),
    *(f"web/templates/moderation/{name}.html" for name in ("inbox", "list", "page")),
    *(f"web/templates/notices/{name}" for name in ("desk", "form", "over", "poster", "templates")),
    "web/templates/notices/writing",
    *(f"web/templates/papers/{name}" for name in ("desk", "import", "new", "withdraw")),
    *(f"web/templates/contact/{name}.html" for name in ("desk", "form")),
    *(f"web/templates/places/{name}.html" for name in ("labels", "parts")),
    "web/templates/channels/facts",
    "web/templates/errors/vacant.html",
    "web/commands/",
    "web/pages/desk_",
    "web/pages/pauses.py",
    "web/pages/rounds.py",
    *(f"estate/{subject}/" for subject in ("handover", "lists", "register", "sheets", "sync")),
    "voting/imports/actions.py",
    "voting/imports/queries.py",
)
"""Where only staff read. What stands anywhere else too, a resident may meet; test_routes.py walks
every page of theirs and finds what is wrongly left out here."""


def staffs(places: list[str]) -> bool:
    """Whether only staff meet a sentence that stands in these places."""
    return all(place.startswith(STAFF) for place in places)


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
    for msgid, places in SENTENCES.items():
        if language in RESIDENTS_ONLY and staffs(places):
            continue
        entry = known.get(forms(msgid)[0])
        if entry is None or not all(forms(entry.string or "")):
            missing.append(f"{places[0]}: {forms(msgid)[0]}")
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
        f"{places[0]}: {text!r}"
        for msgid, places in SENTENCES.items()
        for text in forms(msgid)
        if text != text.strip() or re.search(r"%[sd]|{\d*}", text)
    ]
    assert glued == []


def test_a_sentence_that_counts_is_written_where_it_is_said() -> None:
    """Babel collects what stands in the call: of a name in its place no translation is made."""
    named = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for storey in ("estate", "engagement", "voting", "web")
        for file in (ROOT / storey).rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "count_of"
        and not all(isinstance(text, ast.Constant) for text in call.args[:2])
    ]
    assert named == []


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT & set(TRANSLATED)))
def test_a_translation_holds_no_direction_of_its_own(language: str) -> None:
    """The catalogue keeps values in order as it is read (web/bidi.py); marks by hand get lost."""
    marked = re.compile(rf"{CONTROLS.pattern}|[\u200e\u200f\u202a-\u202e]")
    entries = [entry for entry in catalogue(language) if entry.id]
    assert [e.id for e in entries if any(marked.search(text) for text in forms(e.string))] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_plural_that_counts_many_says_how_many(language: str) -> None:
    known = catalogue(language)
    spare = 3 if known.num_plurals == 6 else 1  # Arabic has forms for none, one and two
    silent = [
        entry.id
        for entry in known
        if not isinstance(entry.id, str) and values(entry.id[-1]) & {"num", "count"}
        for text in forms(entry.string)[spare:]
        if text and not values(text) & {"num", "count"}
    ]
    assert silent == []
