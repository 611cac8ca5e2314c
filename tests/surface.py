"""Tables of docs/surface.md that the code knows: `python -m tests.surface` writes them."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from starlette.routing import Route

from estate.permissions import EVERYBODY, SIGNED_IN, TABLE, Permission
from web.__main__ import COMMANDS
from web.api import API
from web.pages import PAGES

PAGE = Path(__file__).parent.parent / "docs" / "surface.md"
CONVERTER = re.compile(r"{(\w+):\w+}")


def written(text: str) -> str:
    """The page with its tables as the code has them now."""
    tables = {"commands": command_table(), "addresses": address_table([*PAGES, *API])}
    for name, lines in tables.items():
        between = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        body = "".join(f"{line}\n" for line in lines)
        text = between.sub(lambda match, body=body: match[1] + body + match[2], text)
    return text


def command_table() -> Iterator[str]:
    """Every command in a line."""
    yield "| command | what it does |"
    yield "|---|---|"
    for name, command in COMMANDS.items():
        yield f"| `{name}` | {command.summary} |"


def address_table(routes: Iterable[Route]) -> Iterator[str]:
    """Every address and method in a line, in the order of the pages."""
    yield "| address | method | who | what |"
    yield "|---|---|---|---|"
    for route in routes:
        methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
        path = CONVERTER.sub(r"{\1}", route.path)
        page = route.page  # type: ignore[attr-defined]
        said = (page.handler.__doc__ or "").strip().partition("\n\n")[0]
        what = " ".join(said.split()).replace("|", "\\|")
        yield f"| `{path}` | {methods} | {who(page.allow)} | {what} |"


def who(permission: Permission) -> str:
    """Who has a permission, in words."""
    if permission is Permission.MACHINE:
        return "machines with a key"
    if permission in EVERYBODY:
        return "everyone"
    if permission in SIGNED_IN:
        return "signed in"
    return ", ".join(role.value for role, may in TABLE.items() if permission in may)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.exit(0)
