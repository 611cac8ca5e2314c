"""The house keeps its own rules: templates, styles, words, sizes, documents."""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from jinja2 import nodes

from estate.language import LANGUAGES
from estate.permissions import EVERYBODY, Role
from estate.settings import Settings
from tests.house.walk import ROUTES, facts_of
from web.catalogues import speeches
from web.templating import PARTS, Addresses, Templates

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "web" / "templates"
STYLES = sorted((ROOT / "web" / "static" / "css").glob("*.css"))
STOREYS = ("estate", "engagement", "voting", "telemetry", "partnership", "web")

TEMPLATE_NAMES = sorted(str(file.relative_to(TEMPLATES)) for file in TEMPLATES.rglob("*.*"))


def sources() -> Iterator[Path]:
    """The product's own Python files, migrations aside."""
    for storey in STOREYS:
        for file in sorted((ROOT / storey).rglob("*.py")):
            if "versions" not in file.parts:
                yield file


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Addresses(ROUTES), speeches())


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_a_template_compiles_in_every_language_and_is_used(templates: Templates, name: str) -> None:
    for language in LANGUAGES:
        templates.template(name, language)
    quoted = re.compile(rf"""["']{re.escape(name)}["']""")
    users = chain(sources(), TEMPLATES.rglob("*.*"))
    part = Path(name).parent.name == "parts" and Path(name).stem in PARTS
    assert part or any(quoted.search(user.read_text()) for user in users), "Nothing shows it."


ALONE = re.compile(r'block="(\w+)"')


@pytest.fixture(scope="module")
def shown_alone() -> set[str]:
    """The names of the blocks that a page's own refresh asks for."""
    return {name for source in sources() for name in ALONE.findall(source.read_text())}


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_a_block_shown_alone_brings_what_it_needs(
    templates: Templates, shown_alone: set[str], name: str
) -> None:
    """What stands at the top of its file was not run then."""
    tree = templates.template(name, "da").environment.parse((TEMPLATES / name).read_text())
    alone = [block for block in tree.find_all(nodes.Block) if block.name in shown_alone]
    for block in alone:
        needed = {one.name for one in block.find_all(nodes.Name) if one.ctx == "load"}
        missing = needed & bound(tree) - bound(block)
        assert missing == set(), f"{block.name} is shown alone, where these are not known"


def bound(within: nodes.Template | nodes.Block) -> set[str]:
    """The names that the body of a template or of a block binds itself."""
    names: set[str] = set()
    for node in within.body:
        if isinstance(node, nodes.FromImport):
            names |= {one if isinstance(one, str) else one[1] for one in node.names}
        elif isinstance(node, nodes.Macro):
            names.add(node.name)
        elif isinstance(node, nodes.Assign | nodes.AssignBlock):
            names |= {one.name for one in node.find_all(nodes.Name) if one.ctx == "store"}
    return names


INLINE = re.compile(
    r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|\shx-on|javascript:|hx-vals=["']js:"""
)


@pytest.mark.parametrize("name", TEMPLATE_NAMES)
def test_a_template_holds_no_script_and_no_style(name: str) -> None:
    found = [match.group() for match in INLINE.finditer((TEMPLATES / name).read_text())]
    assert found == [], "The content security policy refuses these."


RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
SIDED = re.compile(
    r"(?:margin|padding|border)-(?:left|right)|(?:float|text-align):\s*(?:left|right)"
)
PLACED = re.compile(r"(?:^|;|\s)(left|right)\s*:")


def test_a_page_whose_forms_wait_without_network_brings_the_scripts_that_keep_them() -> None:
    pages = {name: (TEMPLATES / name).read_text() for name in TEMPLATE_NAMES}
    lost = [
        name
        for name, text in pages.items()
        if "data-outbox" in text and "{% extends" in text and "writing_scripts()" not in text
    ]
    assert lost == []


@pytest.mark.parametrize("sheet", STYLES, ids=lambda sheet: sheet.name)
def test_a_style_sheet_follows_the_direction_of_the_writing(sheet: Path) -> None:
    """`left` and `right` only with a `[dir=rtl]` twin: browsers of 2018 know no logical inset."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    assert SIDED.findall(text) == []
    rules = [(" ".join(selector.split()), body) for selector, body in RULE.findall(text)]
    mirrored = {s.removeprefix("[dir=rtl] ") for s, _ in rules if s.startswith("[dir=rtl] ")}
    lonely = [
        selector
        for selector, body in rules
        if len(set(PLACED.findall(body))) == 1
        and "[dir=rtl]" not in selector
        and "width: 100%" not in body
        and selector not in mirrored
    ]
    assert lonely == []


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of each function, decorators and docstring aside."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            yield f"{file.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - first.lineno + 1


def test_functions_are_short_enough_to_see_whole() -> None:
    lengths = [length for file in sources() for _, length in functions(file)]
    assert statistics.median(lengths) <= 8
    assert sum(length <= 27 for length in lengths) / len(lengths) >= 0.9


def test_no_function_is_longer_than_a_screen() -> None:
    long = [name for file in sources() for name, length in functions(file) if length > 60]
    assert long == []


def test_no_file_grows_past_six_hundred_lines() -> None:
    kinds = {".py", ".html", ".css", ".js", ".sh"}
    kept_apart = {"vendor", "versions", "data"}
    long = [
        f"{file.relative_to(ROOT)}: {lines}"
        for file in tracked()
        if file.suffix in kinds and not kept_apart & set(file.parts)
        if (lines := file.read_text().count("\n")) > 600
    ]
    assert long == []


VAGUE = re.compile(r"(helpers?|utils?|managers?|services?|base|common|misc)\.py")


def test_files_are_called_after_their_subject() -> None:
    assert [str(file) for file in sources() if VAGUE.fullmatch(file.name)] == []


MACHINE = re.compile(rb"/wor[k]/|/roo[t]/|/hom[e]/\w+/|\bTOD[O]\b|\bFIXM[E]\b|\bXX[X]\b")


def test_no_file_names_the_machine_it_was_made_on_or_leaves_work_undone() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group().decode()}"
        for file in tracked()
        if file.suffix not in {".png", ".webp", ".jpg", ".db"} and "vendor" not in file.parts
        for match in MACHINE.finditer(file.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize("word", list(Role))
def test_every_role_stands_in_the_words(word: str) -> None:
    words = (ROOT / "docs" / "words.md").read_text().lower()
    assert re.search(rf"\b{word}\b", words)


def test_every_address_stands_in_the_surface() -> None:
    surface = (ROOT / "docs" / "surface.md").read_text()
    addresses = {re.sub(r"{(\w+):\w+}", r"{\1}", route.path) for route in ROUTES}
    assert sorted(address for address in addresses if f"`{address}`" not in surface) == []


def test_every_setting_stands_in_the_surface() -> None:
    surface = (ROOT / "docs" / "surface.md").read_text()
    names = {f"OPGANG_{name.upper()}" for name in Settings.model_fields}
    missing = {
        name
        for name in names
        if name not in surface
        and not (name.startswith("OPGANG_OIDC_") and "OPGANG_OIDC_" in surface)
    }
    assert missing == set()


OPEN = {
    "/accessibility",
    "/api/openapi.json",
    "/contact",
    "/firm/{firm}",
    "/firm/{firm}/answer",
    "/firm/{firm}/done",
    "/firm/{firm}/photos/{n:int}",
    "/healthz",
    "/install",
    "/languages/{tag}",
    "/manifest.webmanifest",
    "/metrics",
    "/offline",
    *(
        f"/open311/v2/{path}"
        for path in (
            "discovery.{notation}",
            "requests.{notation}",
            "requests/{request}.{notation}",
            "requests/{request}/photos/{n:int}",
            "services.{notation}",
            "services/{service}.{notation}",
            "tokens/{token}.{notation}",
        )
    ),
    "/parts/{code}",
    "/privacy",
    "/privacy/print",
    "/readyz",
    "/service-worker.js",
    "/sign-in",
    "/sign-in/card",
    "/sign-in/card/pin",
    "/sign-in/card/{code}",
    "/sign-in/code",
    "/sign-in/demo/{role}",
    "/sign-in/email",
    "/sign-in/letter",
    "/sign-in/passkey",
    "/sign-in/passkey/options",
    "/sign-in/provider",
    "/sign-in/provider/back",
    "/sign-in/provider/finish",
    "/sign-in/{code}",
    "/was",
}
"""What anybody may reach without signing in is written here, so that it never grows unseen."""


def test_only_the_door_is_open_to_everybody() -> None:
    assert {route.path for route in ROUTES if facts_of(route).allow in EVERYBODY} - OPEN == set()
