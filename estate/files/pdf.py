"""Looking into a PDF that somebody brought, in a process of its own with little time and memory.

A PDF is a program of sorts, and whoever made it may have meant harm: whatever it does to its reader
(`estate.files.reading`) ends with that reader, and the house says that it cannot be read.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from estate.language import N_, Message, say

TREE = Path(__file__).parent.parent.parent
BEGINS = b"%PDF-"
WITHIN = 1024
"""Readers look so far for the first word of a PDF."""
SECONDS = 20.0

NOT_A_PDF = N_("{name} is not a PDF. Save it as PDF, then choose it again.")
TOO_LARGE = N_("{name} is larger than {most} MB. Save it in a smaller size.")
TOO_LONG = N_("{name} has {pages} pages; there is room for {most}. Divide it.")
ENCRYPTED = N_("{name} is locked with a password. Save it without one, then choose it again.")
BROKEN = N_("{name} cannot be read as a PDF. Open it, save it anew as PDF, and choose it again.")


class Pdf(NamedTuple):
    """What a PDF is: how many pages, the day it says it was made, the texts that were asked for.

    A page that could not be read in time has the text None.
    """

    pages: int
    made_on: date | None
    texts: Sequence[str | None]


class Limits(NamedTuple):
    """What is taken in at most."""

    megabytes: int
    pages: int


def inspect(data: bytes, name: str, limits: Limits) -> Pdf | Message:
    """What a PDF is, without its texts; or why it is not taken in, in a sentence."""
    if len(data) > limits.megabytes * 1_000_000:
        return say(TOO_LARGE, name=name, most=limits.megabytes)
    if BEGINS not in data[:WITHIN]:
        return say(NOT_A_PDF, name=name)
    found = _ask(data, 1, 0)
    if found is None or found["pages"] == 0:
        return say(BROKEN, name=name)
    if found["encrypted"]:
        return say(ENCRYPTED, name=name)
    if found["pages"] > limits.pages:
        return say(TOO_LONG, name=name, pages=found["pages"], most=limits.pages)
    return _pdf(found)


def read(data: bytes, first: int = 1, count: int = 0) -> Pdf | None:
    """A PDF with the texts of `count` pages from page `first` on; None when it cannot be read.

    Where the pages together take too long or too much memory, each is tried alone.
    """
    found = _ask(data, first, count)
    if found is None and count > 1:
        whole = _ask(data, 1, 0)
        alone = [_ask(data, number, 1) for number in range(first, first + count)]
        texts = [text for one in alone for text in (one["texts"] if one else [None])]
        found = {**whole, "texts": texts} if whole else None
    return _pdf(found) if found and not found["encrypted"] else None


def _pdf(found: dict[str, Any]) -> Pdf:
    made_on = date.fromisoformat(found["made_on"]) if found["made_on"] else None
    return Pdf(found["pages"], made_on, found["texts"])


def _ask(data: bytes, first: int, count: int) -> dict[str, Any] | None:
    try:
        done = subprocess.run(  # noqa: S603 - our own module, told two numbers
            [sys.executable, "-m", "estate.files.reading", str(first), str(count)],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            cwd=TREE,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
