"""Privacy: who answers for it, what is kept, for what, and for how long."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from estate import clock
from estate.language import Message, say
from estate.permissions import Permission
from estate.retention.queries import days_kept
from web.answering import own_controllers, own_offices
from web.kinds import RETENTIONS
from web.print import qr
from web.routing import page
from web.visits import Answer, Visit


def privacy(visit: Visit) -> Answer:
    """Every period, from the same list the night erases by, the longest first; whom to ask."""
    reader = visit.maybe_reader
    periods = sorted(_periods(visit), key=lambda one: -one.days)
    return visit.show(
        "privacy/privacy.html",
        mine=_by_length(one for one in periods if not one.inner),
        inner=_by_length(one for one in periods if one.inner),
        controllers=own_controllers(visit),
        offices=own_offices(visit),
        sees_nights=reader is not None and reader.may(Permission.SEE_ERASURES),
    )


def privacy_print(visit: Visit) -> Answer:
    """The same periods on paper."""
    return visit.show(
        "privacy/print.html",
        periods=_periods(visit),
        controllers=own_controllers(visit),
        today=clock.local(visit.now).date(),
        address=visit.house.settings.base_url + visit.url_for("privacy"),
        qr=qr,
        back=visit.url_for("privacy"),
    )


class Period(NamedTuple):
    """What is kept, how long and why; `inner` is of the machinery."""

    purpose: Message
    days: int
    source: Message
    inner: bool


def _periods(visit: Visit) -> Sequence[Period]:
    today = clock.local(visit.now).date()
    return [
        Period(say(kept.purpose), days_kept(kept, today), say(kept.source), kept.inner)
        for kept in RETENTIONS
    ]


class Length(NamedTuple):
    """What is kept for so many days: by why so long, what for."""

    days: int
    reasons: Sequence[tuple[Message, Sequence[Message]]]


def _by_length(periods: Iterable[Period]) -> Sequence[Length]:
    """Periods in their order, each length and each reason said once."""
    found: dict[int, dict[str, tuple[Message, list[Message]]]] = {}
    for one in periods:
        same = found.setdefault(one.days, {}).setdefault(one.source.text, (one.source, []))
        same[1].append(one.purpose)
    return [Length(days, list(reasons.values())) for days, reasons in found.items()]


PAGES = [
    page("/privacy", privacy, allow=Permission.VISIT),
    page("/privacy/print", privacy_print, allow=Permission.VISIT),
]
