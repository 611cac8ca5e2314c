"""Putting an SMS in the outbox, in the transaction of its deed, and taking it out to send it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from estate import clock
from estate.database import OUTBOX, WORKER, insert_for, stale
from estate.language import Message, pack_message
from estate.outbox.actions import lease, rename
from estate.outbox.queries import due_now
from estate.outbox.rules import ATTEMPTS, OutboxState, back_off, ended, put_off, shortened
from estate.retention.actions import erase_some
from estate.texts.models import TextMessage
from estate.values.queries import default_number

FIRST = (TextMessage.secret.desc(), TextMessage.due_at, TextMessage.id)
"""Codes first: each is dead in minutes."""


def queue_text(
    session: Session,
    *,
    to: str,
    language: str,
    text: Message,
    ending: str = "",
    person: int | None = None,
    secret: bool = False,
    after: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Send an SMS to a number (E.164) once this transaction is committed, `after` a moment if any.

    Returns its id. `ending` is the page it is about, as a path of this house, or a line that must
    stand last. Not sent any more `until` has passed (`text_hours` unless said); the row of a
    `secret` one (a code) is erased as soon as it is sent.
    """
    now = clock.now()
    first = max(now, after) if after else now
    message = TextMessage(
        person_id=person,
        to=to,
        language=language,
        text=pack_message(text),
        ending=ending,
        secret=secret,
        created_at=now,
        due_at=first,
        until=until or _lasts(first),
    )
    session.add(message)
    session.flush()
    stale(session, WORKER, OUTBOX)
    return message.id


def _lasts(due: datetime) -> datetime:
    return due + timedelta(hours=default_number("text_hours", clock.local(due).date()))


class Telling(NamedTuple):
    """A notification that is to go by SMS, as it is planned."""

    notification: int
    person: int
    merge_key: str
    to: str
    language: str
    due: datetime


def queue_tellings(session: Session, tellings: Sequence[Telling]) -> None:
    """Send these notifications by SMS, too; one planned again before it went out is put anew."""
    if not tellings:
        return
    now = clock.now()
    insert = insert_for(session, TextMessage)
    rows = [
        {
            "person_id": one.person,
            "notification_id": one.notification,
            "about": f"{one.person}:{one.merge_key}",
            "to": one.to,
            "language": one.language,
            "text": {},
            "ending": "",
            "secret": False,
            "state": OutboxState.WAITING,
            "attempts": 0,
            "created_at": now,
            "due_at": one.due,
            "until": _lasts(one.due),
            "trouble": "",
        }
        for one in tellings
    ]
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["notification_id"],
            set_={name: insert.excluded[name] for name in ("to", "due_at", "until")},
            where=(TextMessage.attempts == 0) & (TextMessage.state == OutboxState.WAITING),
        ),
        rows,
    )
    stale(session, WORKER, OUTBOX)


class Outgoing(NamedTuple):
    """One SMS as its sender needs it. `text` is packed; empty where a notification has words."""

    id: int
    attempts: int
    to: str
    language: str
    text: Mapping[str, Any]
    ending: str
    secret: bool
    created_at: datetime
    until: datetime
    notification: int | None


def claim(session: Session, now: datetime, limit: int) -> list[Outgoing]:
    """Take what is due under a lease, codes first; what came too late or was overtaken ends."""
    texts = due_now(session, TextMessage, now, FIRST, limit)
    _end_overtaken(session, texts, now)
    _end_late(session, texts, now)
    lease(session, TextMessage, texts, now)
    rows = session.execute(
        select(
            TextMessage.id,
            TextMessage.attempts,
            TextMessage.to,
            TextMessage.language,
            TextMessage.text,
            TextMessage.ending,
            TextMessage.secret,
            TextMessage.created_at,
            TextMessage.until,
            TextMessage.notification_id,
        )
        .where(TextMessage.id.in_(texts), TextMessage.state == OutboxState.WAITING)
        .order_by(*FIRST)
    )
    return [Outgoing._make(row) for row in rows]


def _end_overtaken(session: Session, texts: Collection[int], now: datetime) -> None:
    """“Over at 11” must not be followed by an older “closed until noon” that was held up."""
    newer = aliased(TextMessage)
    overtaken = exists().where(
        newer.about == TextMessage.about,
        newer.id > TextMessage.id,
        newer.due_at <= now,
        newer.state != OutboxState.GIVEN_UP,
    )
    session.execute(
        update(TextMessage)
        .where(TextMessage.id.in_(texts), TextMessage.about != "", overtaken)
        .values(**ended(OutboxState.REPLACED, now))
        .execution_options(synchronize_session=False)
    )


def _end_late(session: Session, texts: Collection[int], now: datetime) -> None:
    late = (TextMessage.id.in_(texts), TextMessage.until <= now)
    session.execute(
        update(TextMessage)
        .where(*late, TextMessage.state == OutboxState.WAITING)
        .values(**_wordless(OutboxState.GIVEN_UP, now, "too late"))
    )


def _wordless(state: OutboxState, now: datetime, trouble: str) -> dict[str, Any]:
    """What stays of one that ended: to whom and when, and why it was given up, but no words."""
    return {**ended(state, now), "trouble": shortened(trouble), "text": {}, "ending": ""}


def note_sent(session: Session, text: Outgoing, now: datetime) -> None:
    """An SMS was taken: a secret one is erased; of any other its words are."""
    if text.secret:
        session.execute(delete(TextMessage).where(TextMessage.id == text.id))
        return
    done = _wordless(OutboxState.SENT, now, "")
    session.execute(update(TextMessage).where(TextMessage.id == text.id).values(**done))


def note_failed(
    session: Session,
    text: Outgoing,
    trouble: str,
    now: datetime,
    *,
    final: bool,
    asked: timedelta | None = None,
) -> None:
    """Try an SMS again after a pause, or give it up: when `final`, tried often enough, or too late.

    `asked` is the pause the other side asked for.
    """
    again = now + back_off(text.attempts, asked)
    if final or text.attempts >= ATTEMPTS or again >= text.until:
        values = _wordless(OutboxState.GIVEN_UP, now, trouble)
    else:
        values = put_off(again, trouble)
    session.execute(update(TextMessage).where(TextMessage.id == text.id).values(**values))


def drop(session: Session, numbers: Collection[int]) -> None:
    """Send these not after all."""
    session.execute(delete(TextMessage).where(TextMessage.id.in_(numbers)))


def hide_names(session: Session, names: Mapping[int, str]) -> None:
    """Call these persons by these names in every SMS whose words are still here."""
    rename(session, TextMessage, TextMessage.text, names)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 SMS older than `before`; returns their ids."""
    return erase_some(session, TextMessage, TextMessage.created_at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these SMS."""
    drop(session, ids)
