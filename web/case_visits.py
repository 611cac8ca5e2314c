"""How an agreed visit reads on both sides, and as an event of a calendar."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from engagement.cases.queries import CaseLine
from engagement.visits.queries import VisitLine
from engagement.visits.rules import Slot, VisitState
from estate import clock
from estate.language import N_, say
from estate.people.queries import called
from estate.refusals import Missing
from web.case_words import title
from web.visits import Visit


@dataclass(frozen=True, slots=True)
class Arranged:
    """A visit as a case's page shows it. `today` is whether its day has come.

    `nobody` is said to the staff alone: whoever was to come is away then.
    """

    state: VisitState
    by: str
    offered: Sequence[Slot]
    agreed: Slot | None
    today: bool
    nobody: bool = False

    @property
    def asks(self) -> bool:
        """Whether the household has yet to choose."""
        return self.state is VisitState.PROPOSED

    @property
    def stands(self) -> bool:
        """Whether a time is agreed."""
        return self.state is VisitState.AGREED

    @property
    def fell_away(self) -> bool:
        """Whether one that was in calendars has to go from them."""
        return self.state is VisitState.CANCELLED and self.agreed is not None


def arranged(visit: Visit, line: VisitLine | None, *, nobody: bool = False) -> Arranged | None:
    """The visit of a case that goes on; nothing where there is none, or what it was is told."""
    if line is None or not line.goes_on:
        return None
    day = clock.local(visit.now).date()
    return Arranged(
        line.state,
        called(visit.session, line.by).in_role if line.by is not None else "",
        [slot for slot in line.slots if slot.starts_at > visit.now],
        line.agreed,
        line.agreed is not None and clock.local(line.agreed.starts_at).date() <= day,
        nobody,
    )


def calendar(visit: Visit, case: CaseLine, line: VisitLine | None, handler: str) -> Response:
    """The visit as an event: one `UID` as long as it is the same visit, gone when it falls away."""
    if line is None or line.agreed is None:
        raise Missing
    speech = visit.house.templates.speeches[visit.language]
    # icalendar is slow to load, and few pages are calendars.
    body = importlib.import_module("web.calendars").event_calendar(
        uid=f"visit-{line.id}@{visit.house.settings.host}",
        stamp=_whole_second(line.changed_at),
        sequence=line.sequence,
        title=speech.say(say(N_("Visit: {title}"), title=title(visit, case))),
        text=speech.say(say(N_("Case {number}"), number=case.id)),
        place=case.place,
        address=visit.house.settings.base_url + visit.url_for(handler, case=case.id),
        starts_at=line.agreed.starts_at,
        ends_at=line.agreed.ends_at,
        cancelled=not line.stands,
    )
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="opgang-visit-{case.id}.ics"',
    }
    return Response(body, headers=headers, media_type="text/calendar")


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
