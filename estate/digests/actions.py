"""Gathering what no phone was told into one mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.deliveries.models import Delivery, Device
from estate.digests.rules import DIGEST_REACHES_BACK, last_digest_time
from estate.language import DEFAULT, N_, Message, say, unpack
from estate.mails.actions import queue_mail
from estate.notifications.models import Notification
from estate.notifications.queries import moved_switches
from estate.notifications.rules import (
    Channel,
    Digest,
    NotificationKind,
    meant_for,
    told,
    wanted,
)
from estate.outbox.rules import OutboxState
from estate.people.models import Person
from estate.standings.queries import roles_of
from estate.texts.models import TextMessage


def gather_digests(
    session: Session,
    kinds: Mapping[str, NotificationKind],
    now: datetime,
    *,
    base_url: str,
    settings_path: str,
    limit: int = 50,
) -> int:
    """Queue the digests that are due, for at most `limit` persons; returns how many it saw.

    A digest tells what came before its moment and no phone of the person was told nor is still to
    be, as far as they still may hear of it. `base_url` and `settings_path` make its links whole.
    """
    local = clock.local(now)
    moments = {
        digest.value: moment
        for digest in Digest
        if (moment := last_digest_time(digest, local)) is not None
    }
    due = [
        (Person.digest == digest)
        & (func.coalesce(Person.digest_sent_at, Person.created_at) < moment)
        & _untold(moment).exists()
        for digest, moment in moments.items()
    ]
    persons = session.execute(
        select(Person.id, Person.email, Person.language, Person.digest)
        .where(Person.email.is_not(None), or_(*due))
        .order_by(Person.id)
        .limit(limit)
    ).all()
    moved = moved_switches(session, [row.id for row in persons], Channel.EMAIL)
    roles = roles_of(session, [row.id for row in persons], local.date())
    for row in persons:
        told_of = _read(session, row.id, moments[row.digest], now)
        own = {name: kind for name, kind in kinds.items() if meant_for(kind, roles[row.id])}
        lines = _digest_lines(told_of, own, moved, base_url)
        if lines:
            lines.append(
                say(N_("You choose what you hear, and how: {link}"), link=base_url + settings_path)
            )
            queue_mail(
                session,
                to=row.email,
                language=row.language or DEFAULT,
                subject=say(N_("What you may have missed")),
                lines=lines,
            )
    session.execute(
        update(Person).where(Person.id.in_([row.id for row in persons])).values(digest_sent_at=now)
    )
    return len(persons)


DIGEST_LINES = 20


def _untold(moment: datetime) -> Select[int]:
    """What came to the person of the query around it before a moment, in no digest so far."""
    return select(Notification.id).where(
        Notification.person_id == Person.id,
        Notification.digested_at.is_(None),
        Notification.created_at <= moment,
    )


def _read(session: Session, person: int, moment: datetime, now: datetime) -> list[Notification]:
    """What a digest tells. What it passes over as seen or old is no more asked about either."""
    delivery = select(Delivery.id).where(Delivery.notification_id == Notification.id)
    text = select(TextMessage.id).where(TextMessage.notification_id == Notification.id)
    seen = or_(
        delivery.where(Delivery.state == OutboxState.SENT).exists(),
        text.where(TextMessage.state == OutboxState.SENT).exists(),
    )
    # A push put off by quiet hours: the next digest tells it should it never arrive.
    on_its_way = or_(
        delivery.where(Delivery.state == OutboxState.WAITING).exists(),
        text.where(TextMessage.state == OutboxState.WAITING).exists(),
        Notification.planned_at.is_(None)
        & select(Device.id).where(Device.person_id == person).exists(),
    )
    mine = (Notification.person_id == person) & Notification.digested_at.is_(None)
    too_old = Notification.created_at <= moment - DIGEST_REACHES_BACK
    rows = session.execute(
        select(Notification, seen.label("seen"))
        .where(mine, ~too_old, Notification.created_at <= moment, or_(seen, ~on_its_way))
        .order_by(Notification.changed_at.desc(), Notification.id.desc())
        .with_for_update(of=Notification)
    ).all()
    # Only what was read here: one that came in between is for the next digest.
    read = [note.id for note, _ in rows]
    session.execute(
        update(Notification)
        .where(mine, or_(Notification.id.in_(read), too_old))
        .values(digested_at=now, waiting=False)
    )
    return [note for note, seen in rows if not seen]


def _digest_lines(
    notes: Sequence[Notification],
    kinds: Mapping[str, NotificationKind],
    moved: Mapping[tuple[int, str], bool],
    base_url: str,
) -> list[Message]:
    lines = [
        _digest_line(note, base_url)
        for note in notes
        if note.kind in kinds
        and wanted(kinds[note.kind], Channel.EMAIL, moved.get((note.person_id, note.kind)))
    ]
    more = len(lines) - DIGEST_LINES
    if more > 0:
        lines = [*lines[:DIGEST_LINES], say(N_("And {count} more."), count=more)]
    return lines


def _digest_line(note: Notification, base_url: str) -> Message:
    title, body = told(note.title, note.body, note.repeated, unpack(note.values), note.count)
    return say(N_("{title}: {body}\n{link}"), title=title, body=body, link=base_url + note.address)
