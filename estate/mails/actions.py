"""Putting a mail in the outbox, in the transaction of its deed, and taking it out to send it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.database import OUTBOX, WORKER, stale
from estate.language import Message, pack_lines, pack_message, renamed
from estate.mails.models import Mail, MailState
from estate.mails.rules import ATTEMPTS, back_off, stamp
from estate.retention.actions import erase_some

LEASE = timedelta(seconds=120)
"""How long a claimed mail is its sender's; longer than one sending may take."""

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
    due = list(
        session.scalars(
            select(Mail.id)
            .where(
                Mail.state == MailState.WAITING,
                Mail.due_at <= now,
                or_(Mail.leased_until.is_(None), Mail.leased_until <= now),
            )
            .order_by(*FIRST)
            .limit(limit)
        )
    )
    session.execute(
        update(Mail)
        .where(Mail.id.in_(due))
        .values(leased_until=now + LEASE, attempts=Mail.attempts + 1)
    )
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
        .where(Mail.id.in_(due))
        .order_by(*FIRST)
    )
    return [OutgoingMail._make(row) for row in rows]


def note_sent(
    session: Session, outgoing: OutgoingMail, now: datetime, *, to_server: bool = False
) -> None:
    """A mail left the house: a secret one is erased; of any other only the subject stays."""
    if outgoing.secret:
        session.execute(delete(Mail).where(Mail.id == outgoing.mail))
        return
    session.execute(
        update(Mail)
        .where(Mail.id == outgoing.mail)
        .values(
            state=MailState.SENT,
            done_at=now,
            leased_until=None,
            lines=[],
            trouble="",
            to_server=to_server,
        )
    )


def note_failed(
    session: Session, outgoing: OutgoingMail, trouble: str, now: datetime, *, final: bool
) -> None:
    """Try a mail again after a pause, or give it up: when `final`, or tried often enough."""
    values: dict[str, Any] = {"leased_until": None, "trouble": trouble[:300]}
    if final or outgoing.attempts >= ATTEMPTS:
        values |= {"state": MailState.GIVEN_UP, "done_at": now}
        if outgoing.secret:
            values["lines"] = []
    else:
        values["due_at"] = now + back_off(outgoing.attempts)
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
        or mail.state is not MailState.SENT
        or stamp(mail.id, mail.created_at) != called
    ):
        return None
    mail.trouble = trouble[:300]
    return mail.id


def hide_names(session: Session, names: Mapping[int, str]) -> None:
    """Call these persons by these names in every mail whose text is still here."""
    rows = session.execute(select(Mail.id, Mail.lines).where(Mail.state != MailState.SENT)).all()
    changed = [
        {"id": row.id, "lines": lines}
        for row in rows
        if (lines := renamed(row.lines, names)) != row.lines
    ]
    if changed:
        session.execute(update(Mail), changed)


def forget(session: Session, before: datetime) -> list[int]:
    """Erase at most 500 mails older than `before`; returns their ids."""
    return erase_some(session, Mail, Mail.created_at < before)


def erase(session: Session, ids: Sequence[int]) -> None:
    """Erase these mails."""
    session.execute(delete(Mail).where(Mail.id.in_(ids)))
