"""Reading what messages are about."""

import functools
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engagement.topics.rules import Topic, parse_topics

TOPICS = Path(__file__).parent / "topics.csv"


@functools.lru_cache(maxsize=8)
def topics(day: date) -> Mapping[str, Topic]:
    """What a message can be about on a day, by code, in the order of the file."""
    with TOPICS.open(encoding="utf-8", newline="") as file:
        return parse_topics(file, day)
