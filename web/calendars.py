"""Events for people's own calendars: iCalendar (RFC 5545)."""

from datetime import datetime

from icalendar import Calendar, Event

PRODUCT = "-//Opgang//Opgang//DA"


def event_calendar(
    *,
    uid: str,
    stamp: datetime,
    sequence: int,
    title: str,
    text: str,
    place: str,
    address: str,
    starts_at: datetime,
    ends_at: datetime | None,
    cancelled: bool = False,
) -> bytes:
    """One event as a file. The same `uid` with a higher `sequence` replaces it in a calendar.

    All moments are aware; they are written in UTC, which every calendar shows as local time.
    """
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("dtstart", starts_at)
    if ends_at is not None:
        event.add("dtend", ends_at)
    event.add("summary", title)
    event.add("description", f"{text}\n\n{address}".strip())
    event.add("url", address)
    if place:
        event.add("location", place)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
