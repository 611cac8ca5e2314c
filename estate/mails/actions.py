"""Putting a mail in the outbox, in the transaction of its deed, and taking it out to send it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import OUTBOX, WORKER, stale
from estate.language import Message, pack_lines, pack_message
from estate.mails.models import Mail
from estate.mails.rules import stamp
from estate.outbox.actions import lease, rename
from estate.outbox.queries import due_now
from estate.outbox.rules import ATTEMPTS, LEASE, OutboxState, back_off, ended, put_off, shortened
from estate.retention.actions import erase_some

FIRST = (Mail.secret.desc(), Mail.due_at, Mail.id)
"""A code is dead in minutes; at four o'clock everybody's digest is due before it."""


def queue_mail(
    session: Session,
    *,
    to: str,
    language: str,
    subject: Message,
    lines: Sequence[Message],
    secret: bool = False,
) -> int:
    """Send a mail once this transaction is committed, one paragraph a line; returns its id.

    The row of a `secret` mail (a sign-in code) is erased as soon as it is sent.
    """
    now = clock.now()
    mail = Mail(
        to=to,
        language=language,
        subject=pack_message(subject),
        lines=pack_lines(lines),
        secret=secret,
        created_at=now,
        due_at=now,
    )
    session.add(mail)
    session.flush()
    stale(session, WORKER, OUTBOX)
    return mail.id


class OutgoingMail(NamedTuple):
    """One mail as its sender needs it."""

    mail: int
    attempts: int
    to: str
    language: str
    subject: Mapping[str, Any]
    lines: Sequence[Mapping[str, Any]]
    secret: bool
    created_at: datetime


def claim(session: Session, now: datetime, limit: int) -> list[OutgoingMail]:
    """Take the mails that are due under a lease: sign-in codes, then the oldest."""
    mails = due_now(session, Mail, now, FIRST, limit)
    lease(session, Mail, mails, now)
    rows = session.execute(
        select(
            Mail.id,
            Mail.attempts,
            Mail.to,
            Mail.language,
            Mail.subject,
            Mail.lines,
            Mail.secret,
            Mail.created_at,
        )
        .where(Mail.id.in_(mails))
        .order_by(*FIRST)
    )
    return [OutgoingMail._make(row) for row in rows]


def keep(session: Session, mails: Sequence[OutgoingMail], now: datetime) -> Sequence[OutgoingMail]:
    """Those of these that are still in the hands of who claimed them, and now for another lease."""
    kept = [
        session.scalar(
            update(Mail)
            .where(
                Mail.id == one.mail,
                Mail.state == OutboxState.WAITING,
                Mail.attempts == one.attempts,
            )
            .values(leased_until=now + LEASE)
            .returning(Mail.id)
        )
        for one in mails
    ]
    return [one for one in mails if one.mail in kept]


def note_sent(
    session: Session, outgoing: OutgoingMail, now: datetime, *, to_server: bool = False
) -> None:
    """A mail left the house: a secret one is erased; of any other only the subject stays."""
    if outgoing.secret:
        session.execute(delete(Mail).where(Mail.id == outgoing.mail))
        return
    sent = {**ended(OutboxState.SENT, now), "lines": [], "trouble": "", "to_server": to_server}
    session.execute(update(Mail).where(Mail.id == outgoing.mail).values(**sent))


def note_failed(
    session: Session, outgoing: OutgoingMail, trouble: str, now: datetime, *, final: bool
) -> None:
    """Try a mail again after a pause, or give it up: when `final`, or tried often enough."""
    if final or outgoing.attempts >= ATTEMPTS:
        values = {**ended(OutboxState.GIVEN_UP, now), "trouble": shortened(trouble)}
        if outgoing.secret:
            values["lines"] = []
    else:
        values = put_off(now + back_off(outgoing.attempts), trouble)
    session.execute(update(Mail).where(Mail.id == outgoing.mail).values(**values))


def note_returned(session: Session, called: str, trouble: str) -> int | None:
    """A mail that a server had taken came back; returns its id, None where none is so called.

    `called` is its `stamp`; `trouble` what the other side says.
    """
    number = called.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    mail = session.get(Mail, int(number))
    if (
        mail is None
        or mail.state is not OutboxState.SENT
        or stamp(mail.id, mail.created_at) != called
    ):
        return None
    mail.trouble = shortened(trouble)
    return mail.id


def hide_names(session: Session, names: Mapping[int, str]) -> None:
    """Call these persons by these names in every mail: its subject, and its text while it waits."""
    rename(session, Mail, Mail.subject, names)
    rename(session, Mail, Mail.lines, names)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 mails older than `before`; returns their ids."""
    return erase_some(session, Mail, Mail.created_at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these mails."""
    session.execute(delete(Mail).where(Mail.id.in_(ids)))
