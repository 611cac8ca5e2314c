"""What the nights erase: counted beforehand and afterwards, never with a name."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from estate import clock
from estate.jobs.queries import duties_done
from estate.language import Message, say
from estate.permissions import Permission
from estate.retention.actions import MOST_AHEAD
from estate.retention.queries import NightLine, nights
from web.kinds import RETENTIONS
from web.routing import page
from web.visits import Answer, Visit

LAST_NIGHTS = timedelta(days=30)
PURPOSE = {retention.kind: retention.purpose for retention in RETENTIONS}


class Count(NamedTuple):
    """Of one kind in one night; `due` is what was seen to be due the day before."""

    purpose: Message
    due: int
    erased: int


class Night(NamedTuple):
    """One night with the kinds of which something went."""

    night: date
    counts: list[Count]
    erased: int


def erasures(visit: Visit) -> Answer:
    """What the coming night will erase, and what those before did."""
    today = clock.local(visit.now).date()
    ran = duties_done(visit.session).get("night")
    last = clock.local(ran).date() if ran else None
    lines = nights(visit.session, today - LAST_NIGHTS)
    coming = [line for line in lines if last is None or line.night > last]
    return visit.show(
        "privacy/nights.html",
        ran=ran,
        coming=_nights(coming)[:1],
        nights=_nights(line for line in lines if line not in coming),
        most=MOST_AHEAD,
    )


def _nights(lines: Iterable[NightLine]) -> list[Night]:
    return [
        Night(night, counts, sum(one.erased for one in counts))
        for night, group in groupby(lines, key=lambda line: line.night)
        if (counts := [_count(line) for line in group])
    ]


def _count(line: NightLine) -> Count:
    # A kind of an older version is named as it was called then.
    return Count(say(PURPOSE.get(line.kind, line.kind)), line.due, line.erased)


PAGES = [page("/desk/retention", erasures, allow=Permission.SEE_ERASURES)]
