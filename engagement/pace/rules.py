"""What is counted of how long cases really took."""

from datetime import timedelta
from typing import NamedTuple

SAMPLE = 200
"""So many of a section's latest cases of one urgency are counted: how it goes now, and cheap."""

MESSAGE = "message"
"""Stands for messages where an urgency stands for faults."""


class Usual(NamedTuple):
    """The medians, in the office's hours or around the clock as `around_the_clock` says.

    None where there were too few to say anything.
    """

    first_answer: timedelta | None
    fixed: timedelta | None
