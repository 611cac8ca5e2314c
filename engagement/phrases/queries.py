"""Reading the phrase book."""

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engagement.phrases.rules import Phrase, parse_phrases

PHRASES = Path(__file__).parent / "phrases.csv"


@functools.lru_cache(maxsize=8)
def phrases(day: date) -> Mapping[str, Phrase]:
    """Every sentence that can be said on a day, by its code, in the order of the file."""
    with PHRASES.open(encoding="utf-8", newline="") as file:
        return parse_phrases(file, day)
