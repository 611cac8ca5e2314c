"""When somebody can come to a home: the times that are offered, and what becomes of a visit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message, say
from estate.notifications.rules import ByText, NotificationKind
from estate.permissions import Permission


class VisitState(StrEnum):
    """Where a visit stands."""

    PROPOSED = "proposed"  # the household chooses
    DECLINED = "declined"  # none of the times suits
    AGREED = "agreed"
    CANCELLED = "cancelled"
    CAME = "came"
    NOBODY_HOME = "nobody_home"


OVER = frozenset({VisitState.CAME, VisitState.NOBODY_HOME})
"""After these the next visit is another one; before, a new time moves the same."""

MOST_SLOTS = 3
EARLIEST, LATEST = time(7), time(20)
LONGEST = timedelta(hours=6)
FURTHEST = timedelta(days=90)

VISIT = NotificationKind(
    "case.visit",
    N_("Visits to my home: times to choose from, what is agreed, and the day before"),
    receivers=Permission.REPORT_CASES,
    sms=ByText.ALWAYS,
)


def visit_key(case: int) -> str:
    """Under which merge key one hears of a visit."""
    return f"visit-{case}"


class Slot(NamedTuple):
    """From when until when somebody could come, as the clock on the wall there shows it."""

    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        """What a form says to take it: a time that is no longer offered is taken by nobody."""
        return self.starts_at.astimezone(UTC).strftime("%Y%m%dT%H%MZ")

    @property
    def values(self) -> Mapping[str, str]:
        """The values of a sentence of the phrase book that names it."""
        return {
            "day": self.starts_at.date().isoformat(),
            "begins": self.starts_at.strftime("%H:%M"),
            "ends": self.ends_at.strftime("%H:%M"),
        }

    def overlaps(self, other: "Slot") -> bool:
        """Whether nobody can be at both."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def kept(slots: Iterable[Slot]) -> dict[str, str]:
    """Times as they are kept: from → until, in UTC."""
    return {
        slot.starts_at.astimezone(UTC).isoformat(): slot.ends_at.astimezone(UTC).isoformat()
        for slot in slots
    }


def read(kept_slots: Mapping[str, str], zone: tzinfo) -> list[Slot]:
    """The times that were kept, the first first, by the clock there."""
    return sorted(
        Slot(
            datetime.fromisoformat(starts).astimezone(zone),
            datetime.fromisoformat(ends).astimezone(zone),
        )
        for starts, ends in kept_slots.items()
    )


def slot_problem(slot: Slot, now: datetime, taken: Sequence[Slot] = ()) -> Message | None:
    """What keeps one time from being offered; `taken` are the proposer's own agreed visits."""
    if slot.starts_at <= now:
        return say(N_("This time is past."))
    if slot.starts_at > now + FURTHEST:
        return say(N_("At most 90 days ahead, please."))
    if slot.ends_at <= slot.starts_at:
        return say(N_("It ends before it begins."))
    starts, ends = slot
    if starts.time() < EARLIEST or ends.time() > LATEST or starts.date() != ends.date():
        return say(N_("Between {earliest} and {latest}, please."), earliest=EARLIEST, latest=LATEST)
    if slot.ends_at - slot.starts_at > LONGEST:
        return say(N_("At most 6 hours: nobody waits at home the whole day."))
    if any(slot.overlaps(other) for other in taken):
        return say(N_("You have agreed another visit then."))
    return None


def reminded_at(slot: Slot) -> datetime:
    """When a household is reminded: the day before at four in the afternoon."""
    before: date = slot.starts_at.date() - timedelta(days=1)
    return datetime.combine(before, time(16), slot.starts_at.tzinfo)
