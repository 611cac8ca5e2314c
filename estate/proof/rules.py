"""What proves that a copy of a letter arrived, and where one stands that is not shown to have."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from estate.language import N_
from estate.notifications.rules import NotificationKind
from estate.permissions import Permission

TO_PRINT = NotificationKind(
    "letter.print",
    N_("When digital letters are to be printed after all"),
    receivers=Permission.SEND_LETTERS,
)


class Manner(StrEnum):
    """How a copy was delivered."""

    MAIL = "mail"
    OPENED = "opened"
    LETTERBOX = "letterbox"
    HANDED = "handed"


class Outcome(StrEnum):
    """What happened at a door."""

    LETTERBOX = "letterbox"
    HANDED = "handed"
    NOT_POSSIBLE = "not_possible"


class Receiver(StrEnum):
    """Into whose hands a copy was given at a door: only of those who live there."""

    TENANT = "tenant"
    HOUSEHOLD = "household"


class Known(NamedTuple):
    """What is known of one copy on its way."""

    digital_counts: bool
    accepted_at: datetime | None = None
    opened_at: datetime | None = None
    opened_by: int | None = None
    door_at: datetime | None = None
    door_outcome: Outcome | None = None
    door_by: int | None = None
    door_to: Receiver | None = None


AT_DOOR: Mapping[Outcome, Manner] = {
    Outcome.LETTERBOX: Manner.LETTERBOX,
    Outcome.HANDED: Manner.HANDED,
}


class Proof(NamedTuple):
    """That a copy arrived: when, how, who says so (nobody: a mail server), into whose hands."""

    at: datetime
    how: Manner
    by: int | None
    to: Receiver | None = None


def proof(known: Known) -> Proof | None:
    """The first thing that proves a copy delivered, or None.

    A push proves nothing. What is digital counts only where digital notice is lawful and wished.
    """
    found = []
    if known.digital_counts and known.accepted_at is not None:
        found.append(Proof(known.accepted_at, Manner.MAIL, None))
    if known.digital_counts and known.opened_at is not None:
        found.append(Proof(known.opened_at, Manner.OPENED, known.opened_by))
    how = AT_DOOR.get(known.door_outcome) if known.door_outcome else None
    if known.door_at is not None and how is not None:
        found.append(Proof(known.door_at, how, known.door_by, known.door_to))
    return min(found, key=lambda one: one.at, default=None)


class Stage(StrEnum):
    """Where a copy stands, in the order in which the office looks at them."""

    TO_PRINT = "to_print"
    TO_HAND_OVER = "to_hand_over"
    ON_ITS_WAY = "on_its_way"
    MOVED = "moved"
    DELIVERED = "delivered"


def stage(*, delivered: bool, paper: bool, printed: bool, moved: bool) -> Stage:
    """Where a copy stands. One whose household moved out undelivered is nobody's to deliver."""
    if delivered:
        return Stage.DELIVERED
    if moved:
        return Stage.MOVED
    if paper:
        return Stage.TO_HAND_OVER if printed else Stage.TO_PRINT
    return Stage.ON_ITS_WAY


MANNERS: Mapping[Manner, str] = {
    Manner.MAIL: N_("Handed to the mail server, for a tenant’s own address"),
    Manner.OPENED: N_("Opened on its page by a tenant, signed in"),
    Manner.LETTERBOX: N_("Put into the letterbox"),
    Manner.HANDED: N_("Handed over at the door"),
}

RECEIVERS: Mapping[Receiver, str] = {
    Receiver.TENANT: N_("to the tenant"),
    Receiver.HOUSEHOLD: N_("to another adult of the household"),
}
"""Nobody else's hands prove anything: a neighbour's are not the household's, nor are a child's."""

STAGES: Mapping[Stage, str] = {
    Stage.TO_PRINT: N_("To be printed"),
    Stage.TO_HAND_OVER: N_("Print file made, to be handed over"),
    Stage.ON_ITS_WAY: N_("Sent, not shown to have arrived"),
    Stage.MOVED: N_("Moved out before it was delivered"),
    Stage.DELIVERED: N_("Delivered"),
}
"""In sentences for the office, in the order in which it looks at them."""
