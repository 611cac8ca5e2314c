"""Devices that agreed to be told, and the worker's steps that bring notifications to them.

`plan` gives what is new to the devices; `claim` hands out what is due under a lease; `note_results`
writes down what became of it. A worker killed in between leaves a lease that runs out, so nothing
is lost; at worst one push comes twice, and its tag makes it replace itself.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Text, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from estate import clock
from estate.access.models import SignInSession
from estate.database import insert_for
from estate.deliveries.models import Delivery, Device
from estate.deliveries.rules import Outcome
from estate.language import DEFAULT, N_, pack_message, say, unpack
from estate.notifications.models import Notification
from estate.notifications.queries import moved_switches, told_number, wished_by_text
from estate.notifications.rules import (
    Channel,
    NotificationKind,
    Told,
    after_quiet,
    goes_by_text,
    meant_for,
    told,
    wanted,
)
from estate.outbox.actions import lease
from estate.outbox.queries import due_now
from estate.outbox.rules import ATTEMPTS, OutboxState, back_off, ended, put_off, shortened
from estate.people.models import Person
from estate.permissions import SIGNED_IN, Role
from estate.refusals import Missing
from estate.retention.actions import erase_some
from estate.standings.queries import roles_of
from estate.texts import actions as texts
from estate.texts.actions import Outgoing, Telling

STEP = 500
"""Rows one transaction handles at most, so that no request waits long for its turn."""

DEVICES_EACH = 20

FIRST = (Delivery.due_at, Delivery.id)
"""The order in which deliveries go out."""


def subscribe(
    session: Session,
    *,
    person: int,
    sign_in: int | None,
    endpoint: str,
    p256dh: str,
    auth: str,
    name: str = "",
) -> None:
    """Tell this browser from now on. Whoever is signed in on a shared phone last is told there."""
    handed_on = select(Device.id).where(Device.endpoint == endpoint, Device.person_id != person)
    session.execute(
        delete(Delivery).where(
            Delivery.device_id.in_(handed_on), Delivery.state == OutboxState.WAITING
        )
    )
    insert = insert_for(session, Device)
    row = {
        "person_id": person,
        "session_id": sign_in,
        "p256dh": p256dh,
        "auth": auth,
        "name": name[:120],
    }
    fresh = {"added_at": clock.now(), "silent_since": None, "trouble": ""}
    session.execute(
        insert.values(endpoint=endpoint, **row, **fresh).on_conflict_do_update(
            index_elements=["endpoint"], set_=row
        )
    )
    surplus = session.scalars(
        select(Device.id)
        .where(Device.person_id == person)
        .order_by(Device.id.desc())
        .offset(DEVICES_EACH)
    ).all()
    session.execute(delete(Device).where(Device.id.in_(surplus)))


def unsubscribe(session: Session, person: int, endpoint: str) -> None:
    """Leave this browser in peace."""
    session.execute(delete(Device).where(Device.person_id == person, Device.endpoint == endpoint))


def forget_device(session: Session, person: int, device: int) -> None:
    """Leave one of a person's devices in peace; Missing when it is not theirs."""
    mine = (Device.person_id == person) & (Device.id == device)
    if not session.scalars(delete(Device).where(mine).returning(Device.id)).all():
        raise Missing


def plan(session: Session, kinds: Mapping[str, NotificationKind], now: datetime) -> int:
    """Give what is new to the devices that are to be told; returns how many notifications it saw.

    Quiet hours put a delivery off to their end; an urgent one passes them.
    """
    local = clock.local(now)
    fresh = session.execute(
        select(
            Notification.id,
            Notification.person_id,
            Notification.kind,
            Notification.urgent,
            Person.quiet_from,
            Person.quiet_until,
            told_number(local.date()).label("number"),
            wished_by_text(Notification.kind, local.date()).label("by_text"),
            Person.language,
            Notification.merge_key,
        )
        .join(Person, Notification.person_id == Person.id)
        .where(Notification.planned_at.is_(None))
        .order_by(Notification.id)
        .limit(STEP)
    ).all()
    persons = {row.person_id for row in fresh}
    moved = moved_switches(session, persons, Channel.PUSH)
    devices: dict[int, list[int]] = defaultdict(list)
    owned = (
        select(Device.person_id, Device.id)
        .outerjoin(SignInSession, Device.session_id == SignInSession.id)
        .where(
            Device.person_id.in_(persons),
            or_(Device.session_id.is_(None), SignInSession.expires_at > now),
        )
    )
    for person, device in session.execute(owned):
        devices[person].append(device)
    rows, tellings = [], []
    for row in fresh:
        kind = kinds.get(row.kind)
        due = now if row.urgent else after_quiet(local, row.quiet_from, row.quiet_until)
        by_text = kind is not None and goes_by_text(kind, row.by_text, urgent=row.urgent)
        if row.number and by_text:
            tellings.append(_telling(row, due))
        chosen = moved.get((row.person_id, row.kind))
        if kind is not None and not wanted(kind, Channel.PUSH, chosen):
            continue
        rows += [
            {"notification_id": row.id, "device_id": device, "due_at": due}
            for device in devices[row.person_id]
        ]
    _put_on_the_way(session, rows)
    texts.queue_tellings(session, tellings)
    session.execute(
        update(Notification)
        .where(Notification.id.in_([row.id for row in fresh]))
        .values(planned_at=now)
    )
    return len(fresh)


def _telling(row: Any, due: datetime) -> Telling:
    language = row.language or DEFAULT
    return Telling(row.id, row.person_id, row.merge_key, row.number, language, due)


def claim_texts(
    session: Session, kinds: Mapping[str, NotificationKind], now: datetime, limit: int
) -> list[Outgoing]:
    """Take the SMS that are due, under a lease; from here on nothing merges into what they tell.

    A notification's words and its reader's number are read now. Without a number it is dropped, as
    is what somebody may no longer hear of.
    """
    claimed = texts.claim(session, now, limit)
    told_of = [text.notification for text in claimed if text.notification is not None]
    if not told_of:
        return claimed
    day = clock.local(now).date()
    found = {row.id: row for row in _words_of(session, told_of, day)}
    roles = roles_of(session, {row.person_id for row in found.values()}, day)
    lost = [
        text.id
        for text in claimed
        if text.notification is not None
        and not _still_for(found.get(text.notification), kinds, roles)
    ]
    texts.drop(session, lost)
    return [
        text if text.notification is None else _with_words(text, found[text.notification])
        for text in claimed
        if text.id not in lost
    ]


def _words_of(session: Session, told_of: Sequence[int], day: date) -> Sequence[Any]:
    # Before its words are read: a repeat that comes meanwhile becomes a notification of its own.
    session.execute(
        update(Notification)
        .where(Notification.id.in_(told_of), Notification.waiting)
        .values(waiting=False)
    )
    return session.execute(
        select(
            Notification.id,
            Notification.person_id,
            Notification.kind,
            Notification.title,
            Notification.body,
            Notification.repeated,
            Notification.values,
            Notification.count.label("times"),
            Notification.address,
            told_number(day).label("number"),
            Person.language,
        )
        .join(Person, Notification.person_id == Person.id)
        .where(Notification.id.in_(told_of), told_number(day).is_not(None))
    ).all()


def _still_for(
    row: Any, kinds: Mapping[str, NotificationKind], roles: Mapping[int, frozenset[Role]]
) -> bool:
    kind = kinds.get(row.kind) if row is not None else None
    return kind is not None and meant_for(kind, roles[row.person_id])


def _with_words(text: Outgoing, row: Any) -> Outgoing:
    title, body = told(row.title, row.body, row.repeated, unpack(row.values), row.times)
    said = say(N_("{title}: {body}"), title=title, body=body)
    return text._replace(
        to=row.number,
        language=row.language or DEFAULT,
        text=pack_message(said),
        ending=row.address,
    )


def _put_on_the_way(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    insert = insert_for(session, Delivery)
    waiting = {"state": OutboxState.WAITING, "attempts": 0, "carried": 0, "trouble": ""}
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["notification_id", "device_id"],
            set_={"due_at": insert.excluded.due_at},
            where=(Delivery.attempts == 0) & (Delivery.state == OutboxState.WAITING),
        ),
        [{**row, **waiting} for row in rows],
    )


class Words(NamedTuple):
    """What a notification says, not yet in a language; the same for everybody who is told it.

    `values` are packed, as JSON, so that the same words are equal.
    """

    title: str
    body: str
    repeated: str
    values: str
    times: int

    def told(self) -> Told:
        """Title and body as messages."""
        values = unpack(json.loads(self.values))
        return told(self.title, self.body, self.repeated, values, self.times)


class Parcel(NamedTuple):
    """One delivery as its sender needs it."""

    delivery: int
    attempts: int
    device: int
    endpoint: str
    p256dh: str
    auth: str
    language: str
    person_key: str
    notification: int
    words: Words
    address: str
    merge_key: str
    urgent: bool


def claim(
    session: Session, kinds: Mapping[str, NotificationKind], now: datetime, limit: int
) -> list[Parcel]:
    """Take what is due, oldest first, under a lease. From here on nothing merges into it.

    What somebody may no longer hear of, who moved out since or helps no more, is dropped.
    An older one of the same merge key that still waits for the same device is not sent any more,
    only counted; while an older one is on its way, the newer waits, so that it arrives last.
    """
    going = due_now(session, Delivery, now, FIRST, limit)
    if not going:
        return []
    over = _drop_strays(session, going) | _drop_closed(session, going, kinds, now)
    over |= _take_in_older(session, going, now)
    going = [number for number in going if number not in over]
    # Before its words are read: a repeat that comes meanwhile becomes a notification of its own.
    told_of = select(Delivery.notification_id).where(Delivery.id.in_(going))
    session.execute(
        update(Notification)
        .where(Notification.id.in_(told_of), Notification.waiting)
        .values(waiting=False)
    )
    lease(session, Delivery, going, now)
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.attempts,
            Delivery.device_id,
            Delivery.carried,
            Device.endpoint,
            Device.p256dh,
            Device.auth,
            Person.language,
            Person.key,
            Notification.id.label("notification"),
            Notification.title,
            Notification.body,
            Notification.repeated,
            cast(Notification.values, Text).label("kept"),
            Notification.count.label("times"),
            Notification.address,
            Notification.merge_key,
            Notification.urgent,
        )
        .join_from(Delivery, Notification, Delivery.notification_id == Notification.id)
        .join(Device, Delivery.device_id == Device.id)
        .join(Person, Device.person_id == Person.id)
        .where(Delivery.id.in_(going), Delivery.state == OutboxState.WAITING)
        .order_by(*FIRST)
    )
    return [_parcel(row) for row in rows]


def _parcel(row: Any) -> Parcel:
    times = row.times + row.carried
    return Parcel(
        delivery=row.id,
        attempts=row.attempts,
        device=row.device_id,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
        language=row.language or DEFAULT,
        person_key=row.key,
        notification=row.notification,
        words=Words(row.title, row.body, row.repeated, row.kept, times),
        address=row.address,
        merge_key=row.merge_key,
        urgent=row.urgent,
    )


def _drop_strays(session: Session, due: Sequence[int]) -> set[int]:
    """Drop what was planned for a device in the moment it became somebody else's; returns which."""
    strays = (
        select(Delivery.id)
        .join(Notification, Delivery.notification_id == Notification.id)
        .join(Device, Delivery.device_id == Device.id)
        .where(Delivery.id.in_(due), Notification.person_id != Device.person_id)
    )
    return set(
        session.scalars(delete(Delivery).where(Delivery.id.in_(strays)).returning(Delivery.id))
    )


def _drop_closed(
    session: Session, due: Sequence[int], kinds: Mapping[str, NotificationKind], now: datetime
) -> set[int]:
    """Drop what tells somebody of a kind that is no longer for them; returns which."""
    limited = [name for name, kind in kinds.items() if kind.receivers not in SIGNED_IN]
    rows = session.execute(
        select(Delivery.id, Notification.person_id, Notification.kind)
        .join(Notification, Delivery.notification_id == Notification.id)
        .where(Delivery.id.in_(due), Notification.kind.in_(limited))
    ).all()
    roles = roles_of(session, {row.person_id for row in rows}, clock.local(now).date())
    closed = {row.id for row in rows if not meant_for(kinds[row.kind], roles[row.person_id])}
    session.execute(delete(Delivery).where(Delivery.id.in_(closed)))
    return closed


def _take_in_older(session: Session, due: Sequence[int], now: datetime) -> set[int]:
    """End older deliveries of the same merge key and device; returns who must not go now."""
    mine, older, older_told = aliased(Notification), aliased(Delivery), aliased(Notification)
    siblings = session.execute(
        select(
            Delivery.id,
            older.id.label("older"),
            older.leased_until,
            (older_told.count + older.carried).label("times"),
        )
        .join_from(Delivery, mine, Delivery.notification_id == mine.id)
        .join(
            older_told,
            (older_told.person_id == mine.person_id)
            & (older_told.merge_key == mine.merge_key)
            & (older_told.id < mine.id),
        )
        .join(
            older,
            (older.notification_id == older_told.id)
            & (older.device_id == Delivery.device_id)
            & (older.state == OutboxState.WAITING),
        )
        .where(Delivery.id.in_(due))
        .order_by(mine.id.desc())
    ).all()
    held = {row.id for row in siblings if row.leased_until and row.leased_until > now}
    replaced: set[int] = set()
    for row in siblings:
        if row.id in held or row.id in replaced:
            continue
        replaced.add(row.older)
        _carry(session, row.older, row.id, row.times, now)
    return held | replaced


def _carry(session: Session, older: int, newer: int, times: int, now: datetime) -> None:
    session.execute(
        update(Delivery).where(Delivery.id == older).values(**ended(OutboxState.REPLACED, now))
    )
    session.execute(
        update(Delivery).where(Delivery.id == newer).values(carried=Delivery.carried + times)
    )


@dataclass(frozen=True, slots=True)
class Result:
    """One sending's end: `asked` is the pause the other side asked for."""

    parcel: Parcel
    outcome: Outcome
    trouble: str = ""
    asked: timedelta | None = None


def note_results(session: Session, results: Sequence[Result], now: datetime) -> None:
    """Write down what became of claimed deliveries; an unknown device is forgotten."""
    by_outcome: dict[Outcome, list[Result]] = defaultdict(list)
    for result in results:
        by_outcome[_final(result)].append(result)
    sent = by_outcome[Outcome.SENT]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([r.parcel.delivery for r in sent]))
        .values(**ended(OutboxState.SENT, now), trouble="")
    )
    session.execute(
        update(Device)
        .where(Device.id.in_([r.parcel.device for r in sent]))
        .values(heard_at=now, silent_since=None, trouble="")
    )
    session.execute(
        delete(Device).where(Device.id.in_([r.parcel.device for r in by_outcome[Outcome.GONE]]))
    )
    for result in (
        *by_outcome[Outcome.AGAIN],
        *by_outcome[Outcome.HELD],
        *by_outcome[Outcome.REFUSED],
    ):
        _put_off(session, result, now)


def _final(result: Result) -> Outcome:
    spent = result.outcome is Outcome.AGAIN and result.parcel.attempts >= ATTEMPTS
    return Outcome.REFUSED if spent else result.outcome


def _put_off(session: Session, result: Result, now: datetime) -> None:
    trouble = shortened(result.trouble)
    match _final(result):
        case Outcome.REFUSED:
            values = {**ended(OutboxState.GIVEN_UP, now), "trouble": trouble}
        case Outcome.HELD:
            values = put_off(now + (result.asked or timedelta(0)), trouble)
            values["attempts"] = Delivery.attempts - 1
        case _:
            values = put_off(now + back_off(result.parcel.attempts, result.asked), trouble)
    session.execute(update(Delivery).where(Delivery.id == result.parcel.delivery).values(**values))
    if result.outcome is Outcome.HELD:
        return
    session.execute(
        update(Device)
        .where(Device.id == result.parcel.device)
        .values(silent_since=func.coalesce(Device.silent_since, now), trouble=trouble)
    )


def forget(session: Session, before: datetime) -> int:
    """Erase some devices whose sign-in ran out before a moment, or unheard since if they have none.

    Returns how many. One whose sign-in is ended goes with it at once.
    """
    over = select(SignInSession.id).where(SignInSession.expires_at < before)
    unheard = func.coalesce(Device.heard_at, Device.added_at) < before
    silent = or_(Device.session_id.in_(over), Device.session_id.is_(None) & unheard)
    return len(erase_some(session, Device, silent))
