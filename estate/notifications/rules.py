"""What a kind of notification is, how its values are kept, and when it may disturb somebody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_, Message
from estate.permissions import SIGNED_IN, TABLE, Permission, Role
from estate.retention.rules import Retention


class Channel(StrEnum):
    """How a notification reaches somebody."""

    PUSH = "push"
    EMAIL = "email"
    SMS = "sms"


class ByText(StrEnum):
    """What of a kind may go by SMS, to those who wish it: a text costs, and disturbs."""

    NEVER = "never"
    URGENT = "urgent"  # what cannot wait: the water is closed now
    ALWAYS = "always"  # what is about oneself and has a time: an agreed visit


class Told(NamedTuple):
    """What a reader sees of a notification."""

    title: Message
    body: Message


@dataclass(frozen=True, slots=True)
class NotificationKind:
    """One switch under "what may disturb me": a constant of the subject that sends it.

    `label` is a msgid ("Answers to my posts"). `push` and `email` say where the switch stands by
    itself; a `fixed` kind (somebody signed in as you) cannot be switched off. Whoever lacks the
    permission `receivers` is never told of it, and so has no switch for it. `sms` says what of it
    is offered by SMS, which is off until somebody switches it on, or their household has its
    letters sent so.
    """

    name: str
    label: str
    push: bool = True
    email: bool = True
    fixed: bool = False
    receivers: Permission = Permission.OWN_PAGES
    sms: ByText = ByText.NEVER


NOTIFICATIONS = Retention(
    kind="notification",
    purpose=N_("What you were told, so that it reaches every phone of yours once."),
    source=N_("Our own choice: a phone away for longer reads it on the page."),
)

TEST = NotificationKind("test", N_("Tests you send yourself"), email=False, fixed=True)


def after_quiet(local: datetime, start: time | None, end: time | None) -> datetime:
    """When one may disturb: `local` itself, or where it falls into quiet hours, their end.

    `local` is aware, in the reader's own zone; quiet hours are what the clock on the wall shows,
    from `start` up to `end`, over midnight if need be. None, or the same twice, is never quiet.
    """
    wall = local.time()
    if start is None or end is None or start == end:
        return local
    over_midnight = start > end
    quiet = (wall >= start or wall < end) if over_midnight else start <= wall < end
    if not quiet:
        return local
    day = local.date() + timedelta(days=1) if over_midnight and wall >= start else local.date()
    ends = datetime.combine(day, end, local.tzinfo)
    # In the hour that comes twice in autumn, the first end may already be behind us.
    return ends if ends.astimezone(UTC) > local.astimezone(UTC) else ends.replace(fold=1)


class Digest(StrEnum):
    """How often the mail comes that gathers what no phone was told."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"


def told(title: str, body: str, repeated: str, values: Mapping[str, object], count: int) -> Told:
    """Title and body as messages; from two on the merged body speaks, or the newest and a count."""
    named = {**values, "count": count}
    newest = Message(body, named)
    if count == 1:
        return Told(Message(title, named), newest)
    if repeated:
        return Told(Message(title, named), Message(repeated, named))
    gathered = N_("{newest} ({count} new)")
    return Told(Message(title, named), Message(gathered, {"newest": newest, "count": count}))


def wanted(kind: NotificationKind, channel: Channel, chosen: bool | None) -> bool:
    """Whether a kind goes by a channel, given the switch somebody moved (None: untouched)."""
    if channel is Channel.SMS:
        return kind.sms is not ByText.NEVER and bool(chosen)
    stands = kind.push if channel is Channel.PUSH else kind.email
    return stands if kind.fixed or chosen is None else chosen


def meant_for(kind: NotificationKind, roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles is told of a kind at all."""
    return kind.receivers in SIGNED_IN or any(kind.receivers in TABLE[role] for role in roles)


def goes_by_text(kind: NotificationKind, chosen: bool | None, *, urgent: bool) -> bool:
    """Whether one notification goes by SMS, beside the push: a locked phone may have no data."""
    wished = wanted(kind, Channel.SMS, chosen)
    return wished and (urgent or kind.sms is ByText.ALWAYS)


def quiet_problems(start: time | None, end: time | None) -> dict[str, Message]:
    """What is wrong with quiet hours as typed: field → what to do. Both or neither."""
    if (start is None) == (end is None):
        return {}
    missing = "quiet_from" if start is None else "quiet_until"
    return {missing: Message(N_("Fill in both times, or leave both empty."))}
