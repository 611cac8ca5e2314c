"""What is told of a service message, by what it reaches somebody, and how long that is kept."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from engagement.notices.rules import Span, Urgency, Wording, at, filled, when
from estate.language import N_, Message
from estate.notifications.rules import ByText, NotificationKind
from estate.permissions import Permission
from estate.retention.rules import Retention


class Reached(StrEnum):
    """By what somebody was told, the quickest that reaches them; `page` when nothing does."""

    PUSH = "push"
    SMS = "sms"
    MAIL = "mail"
    DIGEST = "digest"
    PAGE = "page"


class Word(StrEnum):
    """What is told of a message."""

    NEW = "new"
    CHANGED = "changed"
    REMINDER = "reminder"
    OVER = "over"
    OFF = "off"


HEARERS = Permission.HEAR_NOTICES
"""Those are told who live there, and who helps them; not all who may read it."""

SERVICE_MESSAGE = NotificationKind(
    "notice",
    N_("Service messages: water, heat, lift and the like"),
    receivers=HEARERS,
    sms=ByText.URGENT,
)
REMINDER = NotificationKind(
    "notice.reminder", N_("A reminder the day before"), email=False, receivers=HEARERS
)
"""Told anew only of what was announced earlier than that: a closing told of two weeks before is
forgotten, and whoever keeps a calendar switches it off."""

TOLD = Retention(
    kind="notice_told",
    purpose=N_("Who was told of a service message and by what, so that changes reach them too."),
    source=N_("Our own choice: three months, in which somebody may ask."),
)


class Telling(NamedTuple):
    """What a phone shows: msgids over `values`."""

    kind: str
    title: str
    body: str


def word(*, knows: bool, over: bool, off: bool, reminder: bool) -> Word | None:
    """What somebody is told, None for nothing; `off`: it was over before it began.

    Whoever moved in after it was told hears of it as what holds, and of its end nothing.
    """
    if over:
        return (Word.OFF if off else Word.OVER) if knows else None
    if not knows:
        return Word.NEW
    return Word.REMINDER if reminder else Word.CHANGED


def disturbs(urgency: Urgency, *, knows: bool, reminder: bool) -> bool:
    """Whether it is told at once: what is urgent, but no reminder of what somebody knows."""
    return urgency is Urgency.URGENT and not (reminder and knows)


def telling(word: Word, *, afterword: bool) -> Telling:
    """How a word is put on a phone."""
    plain = N_("{where}: {when}")
    match word:
        case Word.NEW:
            return Telling(SERVICE_MESSAGE.name, N_("{title}"), plain)
        case Word.CHANGED:
            return Telling(SERVICE_MESSAGE.name, N_("Changed: {title}"), plain)
        case Word.REMINDER:
            return Telling(REMINDER.name, N_("Reminder: {title}"), plain)
        case Word.OFF:
            return Telling(SERVICE_MESSAGE.name, N_("Called off: {title}"), plain)
        case Word.OVER:
            body = N_("{afterword}") if afterword else N_("{where}: over {over}")
            return Telling(SERVICE_MESSAGE.name, N_("Over: {title}"), body)


def told_in_full(said: Wording, *, over: bool, off: bool) -> str:
    """What a mail says below its first line; of what was called off nothing is left to do."""
    if off:
        return ""
    return said.afterword if over else said.text


def values(said: Wording, span: Span, place: Message, over: datetime | None) -> dict[str, object]:
    """What stands in a telling. Every day is named: a phone may show it tomorrow."""
    return {
        "title": filled(said.title, span, place, None),
        "afterword": filled(said.afterword, span, place, None),
        "where": place,
        "when": when(span, None),
        "over": at(over, None) if over else "",
    }


def reached(*, push: bool, texted: bool, mail: bool, digest: bool) -> Reached:
    """The quickest of what reaches somebody."""
    if push:
        return Reached.PUSH
    if texted:
        return Reached.SMS
    if mail:
        return Reached.MAIL
    return Reached.DIGEST if digest else Reached.PAGE


def merge_key(notice: int) -> str:
    """By what a change takes the place of what it changes, on the way and on the phone."""
    return f"notice-{notice}"
