"""Gathering what no phone was told into one mail."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.deliveries.models import Delivery, DeliveryState
from estate.digests.rules import DIGEST_REACHES_BACK, last_digest_time
from estate.language import DEFAULT, N_, Message, say, unpack
from estate.mails.actions import queue_mail
from estate.notifications.models import Notification
from estate.notifications.queries import moved_switches
from estate.notifications.rules import Channel, Digest, NotificationKind, told, wanted
from estate.people.models import Person


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

    A digest tells what no phone of the person was told. `base_url` and `settings_path` make its
    links whole.
    """
    local = clock.local(now)
    due = [
        (Person.digest == digest.value)
        & (func.coalesce(Person.digest_sent_at, Person.created_at) < moment)
        for digest in Digest
        if (moment := last_digest_time(digest, local)) is not None
    ]
    waiting = select(Notification.id).where(
        Notification.person_id == Person.id,
        Notification.digested_at.is_(None),
        Notification.changed_at <= now,
    )
    persons = session.execute(
        select(Person.id, Person.email, Person.language)
        .where(Person.email.is_not(None), or_(*due), waiting.exists())
        .order_by(Person.id)
        .limit(limit)
    ).all()
    moved = moved_switches(session, [row.id for row in persons], Channel.EMAIL)
    for row in persons:
        lines = _digest_lines(session, row.id, kinds, moved, now, base_url)
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


def _digest_lines(
    session: Session,
    person: int,
    kinds: Mapping[str, NotificationKind],
    moved: Mapping[tuple[int, str], bool],
    now: datetime,
    base_url: str,
) -> list[Message]:
    on_a_phone = select(Delivery.id).where(
        Delivery.notification_id == Notification.id, Delivery.state == DeliveryState.SENT
    )
    rows = session.execute(
        select(Notification, on_a_phone.exists().label("seen"))
        .where(
            Notification.person_id == person,
            Notification.digested_at.is_(None),
            Notification.created_at > now - DIGEST_REACHES_BACK,
        )
        .order_by(Notification.changed_at.desc(), Notification.id.desc())
        .with_for_update(of=Notification)
    ).all()
    # Only what was read here: one that came in between is for the next digest.
    read = [note.id for note, _ in rows]
    too_old = Notification.created_at <= now - DIGEST_REACHES_BACK
    session.execute(
        update(Notification)
        .where(
            Notification.person_id == person,
            Notification.digested_at.is_(None),
            or_(Notification.id.in_(read), too_old),
        )
        .values(digested_at=now, waiting=False)
    )
    lines = [
        _digest_line(note, base_url)
        for note, seen in rows
        if not seen
        and note.kind in kinds
        and wanted(kinds[note.kind], Channel.EMAIL, moved.get((person, note.kind)))
    ]
    more = len(lines) - DIGEST_LINES
    if more > 0:
        lines = [*lines[:DIGEST_LINES], say(N_("And {count} more."), count=more)]
    return lines


def _digest_line(note: Notification, base_url: str) -> Message:
    title, body = told(note.title, note.body, note.repeated, unpack(note.values), note.count)
    return say(N_("{title}: {body}\n{link}"), title=title, body=body, link=base_url + note.address)
