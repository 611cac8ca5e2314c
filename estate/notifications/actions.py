"""Putting a notification or a mail in the outbox, in the transaction of the deed it tells of."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from estate import clock
from estate.database import stale
from estate.language import Message
from estate.notifications.models import Mail, Notification
from estate.notifications.rules import pack, pack_lines, pack_message

NOTHING: Mapping[str, object] = MappingProxyType({})
WORKER = "worker"
OUTBOX = "outbox"


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
    path the notification opens; an `urgent` one passes quiet hours.
    """
    now = clock.now()
    kept = pack(values)
    rows = [
        {
            "person_id": person,
            "kind": kind,
            "title": title,
            "body": body,
            "repeated": repeated,
            "values": kept,
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
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    insert = build(Notification)
    newest = {
        name: insert.excluded[name]
        for name in ("kind", "title", "body", "repeated", "values", "address", "changed_at")
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


def queue_mail(
    session: Session,
    *,
    to: str,
    language: str,
    subject: Message,
    lines: Sequence[Message],
    secret: bool = False,
) -> None:
    """Send a mail once this transaction is committed, one paragraph a line, in this language.

    The row of a `secret` mail (a sign-in code) is erased as soon as it is sent.
    """
    now = clock.now()
    session.add(
        Mail(
            to=to,
            language=language,
            subject=pack_message(subject),
            lines=pack_lines(lines),
            secret=secret,
            created_at=now,
            due_at=now,
        )
    )
    stale(session, WORKER, OUTBOX)
