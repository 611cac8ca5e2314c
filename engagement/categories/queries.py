"""Reading the categories of faults."""

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engagement.categories.rules import Category, parse_categories
from estate.finding.queries import filler

HERE = Path(__file__).parent


@functools.lru_cache(maxsize=8)
def categories(day: date) -> Mapping[str, Category]:
    """What can be wrong on a day, by code, in the order of the file."""
    with (
        (HERE / "categories.csv").open(encoding="utf-8", newline="") as kinds,
        (HERE / "wordings.csv").open(encoding="utf-8", newline="") as wordings,
        (HERE / "questions.csv").open(encoding="utf-8", newline="") as questions,
    ):
        return parse_categories(kinds, wordings, questions, filler(), day)
