"""Reading devices, and how the outbox stands."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from estate.access.models import SignInSession
from estate.deliveries.models import Delivery, Device
from estate.mails.models import Mail
from estate.notifications.models import Notification
from estate.outbox.models import Queued
from estate.outbox.rules import OutboxState
from estate.texts.models import TextMessage


class DeviceLine(NamedTuple):
    """One device that agreed to be told. `silent_since`: it has not been reached since."""

    id: int
    name: str
    session: int | None
    added_at: datetime
    heard_at: datetime | None
    silent_since: datetime | None

    @property
    def last_reached(self) -> datetime:
        """When it was last known to listen."""
        return self.heard_at or self.added_at


class OutboxHealth(NamedTuple):
    """How the outbox stands, for the figures and the doctor."""

    waiting: int
    oldest: datetime | None
    given_up: int
    mails_waiting: int
    mails_given_up: int
    texts_waiting: int
    texts_given_up: int
    silent_devices: int


def devices_of(session: Session, person: int) -> list[DeviceLine]:
    """The devices that agreed to be told, newest first."""
    rows = session.execute(
        select(
            Device.id,
            Device.name,
            Device.session_id,
            Device.added_at,
            Device.heard_at,
            Device.silent_since,
        )
        .where(Device.person_id == person)
        .order_by(Device.added_at.desc(), Device.id.desc())
    )
    return [DeviceLine(*row) for row in rows]


def listening(now: datetime, persons: Sequence[int] | None = None) -> Select[int]:
    """Ids of the persons (of these, or all) with a device that a push goes to at this moment."""
    found = (
        select(Device.person_id)
        .distinct()
        .outerjoin(SignInSession, Device.session_id == SignInSession.id)
        .where(or_(Device.session_id.is_(None), SignInSession.expires_at > now))
    )
    return found if persons is None else found.where(Device.person_id.in_(persons))


def outbox_health(session: Session, now: datetime) -> OutboxHealth:
    """How many wait and since when; how many were given up in the last day."""
    day_ago = now - timedelta(days=1)

    def count_given_up(table: type[Queued]) -> int:
        query = select(func.count()).where(
            table.state == OutboxState.GIVEN_UP, table.done_at > day_ago
        )
        return session.scalar(query) or 0

    waiting = session.execute(
        select(func.count(), func.min(Notification.changed_at))
        .join_from(Delivery, Notification, Delivery.notification_id == Notification.id)
        .where(Delivery.state == OutboxState.WAITING, Delivery.due_at <= now)
    ).one()
    mails = session.scalar(select(func.count()).where(Mail.state == OutboxState.WAITING))
    texts = session.scalar(
        select(func.count()).where(
            TextMessage.state == OutboxState.WAITING, TextMessage.due_at <= now
        )
    )
    silent = session.scalar(select(func.count()).where(Device.silent_since.is_not(None)))
    return OutboxHealth(
        waiting=waiting[0],
        oldest=waiting[1],
        given_up=count_given_up(Delivery),
        mails_waiting=mails or 0,
        mails_given_up=count_given_up(Mail),
        texts_waiting=texts or 0,
        texts_given_up=count_given_up(TextMessage),
        silent_devices=silent or 0,
    )
