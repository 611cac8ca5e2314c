"""How a PDF's text is read on a phone, and how long it is remembered that a file was let go."""

import re
from itertools import pairwise

from estate.language import N_
from estate.retention.rules import Retention

LEFT_FILES = Retention(
    kind="left_file",
    purpose=N_("Which file nobody needs any more, until it is erased."),
    source=N_("Our own choice: the file goes within minutes, or with the next night."),
    inner=True,
)

NEARLY = 0.75
ITEM = re.compile(r"[-–•*§]|\d+[.)]")


def flowing(text: str) -> str:
    """A page of a PDF as it is read on a phone: lines that went on are joined again.

    A line goes on when it is nearly as wide as the widest and the next is no item of a list.
    """
    lines = text.split("\n")
    wide = max(map(len, lines), default=0) * NEARLY
    joined = [lines[0]]
    for before, line in pairwise(lines):
        if before and line and len(before) >= wide and not ITEM.match(line):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return "\n".join(joined)
