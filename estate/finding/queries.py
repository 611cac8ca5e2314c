"""Reading the words that say nothing."""

import functools
from pathlib import Path

from estate.finding.rules import Filler, parse_filler

FILLER = Path(__file__).parent / "filler.csv"


@functools.cache
def filler() -> Filler:
    """The words of a question that say nothing, by language."""
    with FILLER.open(encoding="utf-8", newline="") as file:
        return parse_filler(file)
