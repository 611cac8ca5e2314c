"""`python -m estate.files.reading FIRST COUNT < FILE`: what a PDF says of itself, as JSON.

Only `estate.files.pdf` calls it, so that no process that serves people ever loads a PDF. Whatever a
PDF raises ends this process, and its caller takes that for an answer.
"""

import io
import json
import logging
import re
import resource
import sys
from datetime import date, datetime
from typing import Any

from pypdf import PageObject, PdfReader

MEMORY = 1_500_000_000
CPU_SECONDS = 15
LETTERS = 40_000
"""Of one page; with more it is no page that somebody reads."""
HYPHEN = re.compile(r"(?<=\w)-\n(?=[a-zæøå])")
"""A word parted at the end of a line."""


def report(data: bytes, first: int, count: int) -> dict[str, Any]:
    """Pages, the day it was made, and the texts of `count` pages from `first` on."""
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        return {"pages": None, "encrypted": True, "made_on": None, "texts": []}
    pages, day = reader.pages, made_on(reader)
    wanted = range(first - 1, min(first - 1 + count, len(pages)))
    return {
        "pages": len(pages),
        "encrypted": False,
        "made_on": day.isoformat() if day else None,
        "texts": [text_of(pages[number]) for number in wanted],
    }


def made_on(reader: PdfReader) -> date | None:
    """The day the PDF says it was made, when it says one."""
    try:
        made: datetime | None = reader.metadata.creation_date if reader.metadata else None
    except ValueError:
        return None
    return made.date() if made and made.year in range(1980, 2200) else None


def text_of(page: PageObject) -> str:
    """A page's text layer as a database can keep it: no control characters, parted words joined."""
    found = page.extract_text()[:LETTERS].encode(errors="ignore").decode()
    plain = "".join(c if c.isprintable() or c == "\n" else " " for c in found)
    lines = (" ".join(line.split()) for line in HYPHEN.sub("", plain).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def stay_small() -> None:
    """Let the system end this process before it takes what others need; it writes no files."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    stay_small()
    logging.disable()
    sys.stdout.write(json.dumps(report(sys.stdin.buffer.read(), *map(int, sys.argv[1:]))))
