"""Putting a notification in the outbox, in its deed's own transaction; a person's choices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from types import MappingProxyType

from sqlalchemy import case, delete, select, text, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import OUTBOX, WORKER, insert_for, stale
from estate.language import Named, pack, renamed
from estate.mails.actions import queue_mail
from estate.notifications.models import Notification, Preference
from estate.notifications.queries import by_phone
from estate.notifications.rules import Channel, Digest, NotificationKind, wanted
from estate.people.models import Person
from estate.retention.actions import erase_some

NOTHING: Mapping[str, object] = MappingProxyType({})

__all__ = [
    "count_as_mailed",
    "erase",
    "forget",
    "hide_names",
    "move_switches",
    "notify",
    "queue_mail",
    "set_quiet",
    "take_back",
    "take_back_from",
]


def notify(
    session: Session,
    *,
    kind: str,
    persons: Iterable[int],
    title: str,
    body: str,
    values: Mapping[str, object] = NOTHING,
    address: str,
    merge_key: str,
    repeated: str = "",
    urgent: bool = False,
) -> None:
    """Tell these persons, once this transaction is committed.

    `title`, `body` and `repeated` are marked sentences over `values` (and `count`); `repeated`
    stands for the body once several were merged (N_("{count} new answers to “{title}”.")). One
    with the same `merge_key` that has not gone out yet is replaced and counted. `address` is the
    path the notification opens; an `urgent` one passes quiet hours. Whoever the values name is a
    `Named`, one at most, so that the name can be hidden as long as the row is kept.
    """
    now = clock.now()
    kept = pack(values)
    named = next((value.person for value in values.values() if isinstance(value, Named)), None)
    rows = [
        {
            "person_id": person,
            "kind": kind,
            "title": title,
            "body": body,
            "repeated": repeated,
            "values": kept,
            "named_id": named,
            "address": address,
            "merge_key": merge_key,
            "count": 1,
            "urgent": urgent,
            "waiting": True,
            "created_at": now,
            "changed_at": now,
        }
        for person in sorted(set(persons))
    ]
    if not rows:
        return
    insert = insert_for(session, Notification)
    newest = {
        name: insert.excluded[name]
        for name in (
            *("kind", "title", "body", "repeated", "values", "named_id", "address", "changed_at"),
        )
    }
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["person_id", "merge_key"],
            index_where=text("waiting"),
            set_={
                **newest,
                "count": Notification.count + 1,
                "urgent": Notification.urgent | insert.excluded.urgent,
                "planned_at": None,
            },
        ),
        rows,
    )
    stale(session, WORKER, OUTBOX)


def hide_names(session: Session, names: Mapping[int, str]) -> None:
    """Call these persons by these names in whatever was told of them, sent or still waiting."""
    rows = session.execute(
        select(Notification.id, Notification.values).where(Notification.named_id.in_(names))
    ).all()
    if rows:
        session.execute(
            update(Notification),
            [{"id": row.id, "values": renamed(row.values, names)} for row in rows],
        )


def count_as_mailed(session: Session, persons: Iterable[int], merge_key: str) -> None:
    """Let no digest tell these persons again what a mail of its own has just told them."""
    session.execute(
        update(Notification)
        .where(
            Notification.person_id.in_(list(persons)),
            Notification.merge_key == merge_key,
            Notification.digested_at.is_(None),
        )
        .values(digested_at=clock.now())
    )


def take_back(session: Session, named: Iterable[int | None], merge_keys: Iterable[str]) -> None:
    """Let what names these persons under these merge keys not go out after all."""
    session.execute(
        delete(Notification).where(
            Notification.named_id.in_(named), Notification.merge_key.in_(merge_keys)
        )
    )


def take_back_from(session: Session, persons: Iterable[int], merge_keys: Iterable[str]) -> None:
    """Let what these persons were to hear under these merge keys not go out after all."""
    session.execute(
        delete(Notification).where(
            Notification.person_id.in_(persons), Notification.merge_key.in_(merge_keys)
        )
    )


def move_switches(
    session: Session, person: int, moved: Mapping[tuple[NotificationKind, Channel], bool]
) -> None:
    """Put these switches where the person wants them; only those moved are kept.

    What was chosen for other kinds stays: a role may come back.
    """
    session.execute(
        delete(Preference).where(
            Preference.person_id == person, Preference.kind.in_({kind.name for kind, _ in moved})
        )
    )
    untouched = {Channel.SMS: by_phone(session, person).wished}
    session.add_all(
        Preference(person_id=person, kind=kind.name, channel=channel, wanted=choice)
        for (kind, channel), choice in moved.items()
        if choice is not wanted(kind, channel, untouched.get(channel))
    )


def set_quiet(
    session: Session, person: int, start: time | None, end: time | None, digest: Digest
) -> None:
    """Keep a person's quiet hours (None: never quiet) and how often the mail comes.

    One who chooses another mail gets it when its time comes, not for the time that has been.
    """
    begun = case((Person.digest != digest.value, clock.now()), else_=Person.digest_sent_at)
    session.execute(
        update(Person)
        .where(Person.id == person)
        .values(quiet_from=start, quiet_until=end, digest=digest.value, digest_sent_at=begun)
    )


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 notifications older than `before`, with deliveries; returns their ids."""
    return erase_some(session, Notification, Notification.changed_at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these notifications."""
    session.execute(delete(Notification).where(Notification.id.in_(ids)))
