"""What a consent is asked for, and whether one stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from estate.language import N_
from estate.retention.rules import Retention

CONSENTS = Retention(
    kind="consent",
    purpose=N_("That you had said yes, and to which words, after your yes ended."),
    source=N_("Datatilsynet on GDPR article 7: proof stays only a short while after a yes ended."),
)


WITHDRAWN = "consent_withdrawn"
"""What `erasures.log` calls a yes that was taken back: `[number, moment]`."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What somebody may be asked to agree to; `label` is a msgid. A constant of its subject."""

    name: str
    label: str


class Reference(NamedTuple):
    """The thing a consent is about: `Reference("fault", 12)`."""

    kind: str
    id: int


class Given(NamedTuple):
    """One yes: given, perhaps ending, perhaps withdrawn."""

    given_at: datetime
    ends_at: datetime | None
    withdrawn_at: datetime | None


def stands(given: Given, now: datetime) -> bool:
    """Whether a consent holds at a moment: from when it was given up to its end or withdrawal."""
    over = [moment for moment in (given.ends_at, given.withdrawn_at) if moment is not None]
    return given.given_at <= now and all(now < moment for moment in over)


def any_stands(consents: Iterable[Given], now: datetime) -> bool:
    """Whether any of these holds."""
    return any(stands(given, now) for given in consents)
