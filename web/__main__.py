"""`opgang …`: finds the one module a command lives in and runs it; no other is loaded."""

import difflib
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from web.commands import Trouble


class Command(NamedTuple):
    """Where a command lives, and what it does in a line."""

    module: str
    summary: str


COMMANDS: Mapping[str, Command] = {
    "serve": Command("serve", "Start the pages and the worker"),
    "work": Command("serve", "Start a worker without pages"),
    "migrate": Command("migrate", "Bring the database to the newest revision"),
    "demo": Command("demo", "Fill an empty database with the demo estate"),
    "doctor": Command("doctor", "Check the installation and say what to do"),
    "sign-in-link": Command("sign_in", "Print a one-time link for somebody"),
    "import-estate": Command("sync", "Read the administration's homes and households"),
    "import-parts": Command("sync", "Read common rooms and building parts"),
    "import-roles": Command("sync", "Read who holds which role"),
    "import-offices": Command("sync", "Read offices and their opening hours"),
    "import-papers": Command("papers", "Bring in a folder of old PDFs"),
    "export-organisation": Command("sync", "Write everything an organisation has"),
    "import-organisation": Command("sync", "Read what export-organisation wrote"),
    "export-person": Command("persons", "Print everything about one person"),
    "make-key": Command("machines", "Make a key for the administration's system"),
    "revoke-key": Command("machines", "Close a key"),
    "make-webhook": Command("machines", "Tell an address of every change"),
    "start-webhook": Command("machines", "Try a webhook again that was given up"),
    "remove-webhook": Command("machines", "Tell an address no more, or list them"),
    "note-bounce": Command("bounces", "Note that a mail came back, from the report on stdin"),
    "vapid": Command("keys", "Make the keys for push messages"),
    "backup": Command("backup", "Write database, photos and keys to one file"),
    "restore": Command("backup", "Bring a backup back into an empty place"),
    "openapi": Command("openapi", "Print the description of the API"),
}

HELP = ("-h", "--help", "help")


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Expected trouble is one sentence and 2."""
    if not arguments or arguments[0] in HELP:
        sys.stdout.write(overview())
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        sys.stderr.write(unknown(name))
        return 2
    module = importlib.import_module(f"web.commands.{COMMANDS[name].module}")
    calling = importlib.import_module("web.commands.calling")
    try:
        return int(calling.call(name, getattr(module, name.replace("-", "_")), rest))
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


def overview() -> str:
    """All commands, a line each."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        (
            "Opgang: everyday contact in non-profit housing.",
            "",
            "Usage: opgang COMMAND [OPTIONS]",
            "",
            *lines,
            "",
            "opgang COMMAND --help tells more. Settings are OPGANG_… variables: docs/surface.md.",
            "",
        )
    )


def unknown(name: str) -> str:
    """There is no such command; the nearest one there is."""
    near = difflib.get_close_matches(name, COMMANDS, 1)
    meant = f" Did you mean {near[0]}?" if near else " opgang --help lists them."
    return f"There is no command {name}.{meant}\n"


def stand_on_streams() -> None:
    """Where a standard stream was closed, nothing is written to nowhere instead of failing."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The number too: a socket that got it would be written to by some library.
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))


if __name__ == "__main__":
    stand_on_streams()
    sys.exit(main(sys.argv[1:]))
