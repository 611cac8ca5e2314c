"""Looking up dated values: a place's own, else the national or project's, from `defaults.csv`."""

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.permissions import ScopeKind
from estate.values.models import LocalValue
from estate.values.rules import Dated, holding, parse_values

DEFAULTS = Path(__file__).parent / "defaults.csv"


@functools.cache
def _defaults() -> Mapping[str, Sequence[Dated]]:
    with DEFAULTS.open(encoding="utf-8", newline="") as file:
        return parse_values(file)


def default(key: str, day: date) -> Dated:
    """What `defaults.csv` says of `key` on a day; LookupError when it says nothing."""
    found = holding(_defaults().get(key, ()), day)
    if found is None:
        raise LookupError(f"No value of {key!r} holds on {day}.")
    return found


def default_number(key: str, day: date) -> int:
    """A default that is a whole number: days, minutes, tries."""
    return int(default(key, day).value)


def value_on(
    session: Session,
    key: str,
    day: date,
    *,
    section: int | None = None,
    organisation: int | None = None,
) -> Dated:
    """What holds on a day: the section's own value, else its organisation's, else the default.

    Raises LookupError for a key without a default.
    """
    fallback = default(key, day)
    for kind, place in ((ScopeKind.SECTION, section), (ScopeKind.ORGANISATION, organisation)):
        if place is not None and (local := _local(session, key, kind, place, day)):
            return local._replace(unit=fallback.unit)
    return fallback


def _local(session: Session, key: str, kind: ScopeKind, place: int, day: date) -> Dated | None:
    rows = session.execute(
        select(LocalValue.value, LocalValue.valid_from, LocalValue.source).where(
            LocalValue.key == key, LocalValue.scope_kind == kind, LocalValue.scope_id == place
        )
    )
    return holding([Dated(*row) for row in rows], day)
