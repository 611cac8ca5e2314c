"""What stands in a route's address in the walk of all routes: for each parameter an example.

A new route needs nothing here unless its path has a parameter that is not known yet.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from estate.permissions import Reader
from tests.house.cast import Cast

PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True)
class Example:
    """A thing that exists, and which of those who have the permission may reach it.

    `absent` is an id of the same kind that nothing has.
    """

    value: Callable[[Cast], object]
    reached_by: Callable[[Cast, Reader | None], bool] = field(default=lambda cast, reader: True)
    absent: object = 999_999_999


BY_PARAMETER: Mapping[str, Example] = {
    "tag": Example(lambda cast: "da", absent="tlh"),
    "role": Example(lambda cast: "resident", absent="king"),
}
"""By `handler.parameter`, else by the parameter alone."""


def example_of(handler: str, parameter: str) -> Example:
    """The example for one parameter of a route; fails the test with what to do about it."""
    for name in (f"{handler}.{parameter}", parameter):
        if name in BY_PARAMETER:
            return BY_PARAMETER[name]
    raise AssertionError(
        f"The address of {handler} has a part {{{parameter}}} that the walk of all routes does "
        f"not know. Add an Example for it to BY_PARAMETER in tests/house/examples.py."
    )
