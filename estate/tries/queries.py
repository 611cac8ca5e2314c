"""The limits in force."""

from datetime import date

from estate.tries.rules import Limit
from estate.values.queries import default_number


def limit(kind: str, day: date) -> Limit:
    """How often a `kind` (code, address, text, number, network, counter, helper) may be tried."""
    minutes = default_number(f"tries_{kind}_minutes", day)
    return Limit(default_number(f"tries_{kind}", day), minutes * 60)
