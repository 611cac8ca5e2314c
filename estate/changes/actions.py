"""Telling the administration's system, and letting its programs in."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from estate import clock
from estate.changes.models import ApiKey, Change, Webhook
from estate.changes.rules import (
    API_KEY,
    BEYOND,
    FIRST_DAY,
    KEY_PREFIX,
    RESTORED,
    SECRET_PREFIX,
    WEBHOOK,
    address_allowed,
    key_hash,
    pause_after,
)
from estate.database import CHANGES, WORKER, count_on, one_at_a_time, stale
from estate.language import N_
from estate.places.models import Administration, Organisation
from estate.refusals import Missing, Refused
from estate.retention.actions import erase_some
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure


def tell(
    session: Session,
    administration: int,
    organisation: int | None,
    kind: str,
    thing_id: int,
    data: dict[str, Any],
) -> None:
    """Note a change of something Opgang owns, in the deed's own transaction.

    `kind` is `subject.happened` (`person.contact_changed`); `data` is plain JSON. Changes of one
    administration are committed in the order of their ids, so a reader's cursor passes none by.
    """
    one_at_a_time(session, f"changes {administration}")
    session.add(
        Change(
            administration_id=administration,
            organisation_id=organisation,
            at=clock.now(),
            kind=kind,
            thing_id=thing_id,
            data=data,
        )
    )
    session.flush()
    stale(session, WORKER, CHANGES)


def tell_of(
    session: Session, organisation: int, kind: str, thing_id: int, data: dict[str, Any]
) -> None:
    """Note a change of something in this organisation, for whoever administers it."""
    administration = session.scalar(
        select(Organisation.administration_id).where(Organisation.id == organisation)
    )
    if administration is not None:
        tell(session, administration, organisation, kind, thing_id, data)


def tell_restored(session: Session, as_of: datetime, now: datetime) -> None:
    """Tell every administration that what it heard since `as_of` is undone, by a restore.

    The number is higher than any the lost database can have given, so that no cursor stands
    beyond it and no webhook's receiver takes it for one it has had: seconds since the start of
    2020, which no second restore repeats, or far beyond the last known number.
    """
    last = session.scalar(select(func.max(Change.id))) or 0
    number = max(last + BEYOND, int((now - FIRST_DAY).total_seconds()))
    data = {"as_of": as_of.isoformat()}
    for administration in session.scalars(select(Administration.id).order_by(Administration.id)):
        session.add(
            Change(
                id=number,
                administration_id=administration,
                organisation_id=None,
                at=now,
                kind=RESTORED,
                thing_id=administration,
                data=data,
            )
        )
        number += 1
    session.flush()
    count_on(session, Change)


def make_key(session: Session, administration: int, name: str) -> str:
    """A new API key, told this once and kept only as its hash."""
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            administration_id=administration,
            name=name,
            key_hash=key_hash(key),
            created_at=clock.now(),
        )
    )
    session.flush()
    return key


def revoke_key(session: Session, administration: int, name: str, log: ErasureLog) -> int:
    """Close every key of this name, also after a restore; returns how many were open."""
    closed = session.execute(
        update(ApiKey)
        .where(
            ApiKey.administration_id == administration,
            ApiKey.name == name,
            ApiKey.revoked_at.is_(None),
        )
        .values(revoked_at=clock.now())
        .returning(ApiKey.id, ApiKey.created_at)
    ).all()
    if closed:
        log.append(Erasure(API_KEY, [_with_moment(key) for key in closed], clock.now()))
    return len(closed)


def close_keys(session: Session, keys: Sequence[Sequence[Any]]) -> None:
    """Close these in a restored database: `[number, made when]` each."""
    for number, made in keys:
        this = ApiKey.id == number, ApiKey.created_at == datetime.fromisoformat(made)
        session.execute(update(ApiKey).where(*this).values(revoked_at=clock.now()))


def _with_moment(row: Any) -> tuple[int, str]:
    return row.id, row.created_at.isoformat()


def note_key_used(session: Session, key: int, now: datetime) -> None:
    """Write down when a key was last used; callers do so at most hourly."""
    session.execute(update(ApiKey).where(ApiKey.id == key).values(used_at=now))


def add_webhook(session: Session, administration: int, address: str) -> str:
    """Tell this address of every change from now on; returns the secret that signs them.

    Raises Refused unless the address is https, or plain http on this machine.
    """
    if not address_allowed(address):
        raise Refused(N_("A webhook's address must begin with https://."))
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()
    latest = select(func.coalesce(func.max(Change.id), 0)).where(
        Change.administration_id == administration
    )
    session.add(
        Webhook(
            administration_id=administration,
            address=address,
            secret=secret,
            told_change_id=session.scalar(latest) or 0,
            created_at=clock.now(),
        )
    )
    session.flush()
    return secret


def remove_webhook(session: Session, webhook: int, log: ErasureLog) -> None:
    """Tell an address no more, nor after a restore; forget its secret. Missing if there is none."""
    gone = session.execute(
        delete(Webhook).where(Webhook.id == webhook).returning(Webhook.id, Webhook.created_at)
    ).one_or_none()
    if gone is None:
        raise Missing
    log.append(Erasure(WEBHOOK, [_with_moment(gone)], clock.now()))


def erase_webhooks(session: Session, webhooks: Sequence[Sequence[Any]]) -> None:
    """Remove these from a restored database: `[number, made when]` each."""
    for number, made in webhooks:
        this = Webhook.id == number, Webhook.created_at == datetime.fromisoformat(made)
        session.execute(delete(Webhook).where(*this))


def start_webhook_again(session: Session, webhook: int) -> None:
    """Try a webhook that was given up once more, from where it stopped."""
    again = session.scalar(
        update(Webhook)
        .where(Webhook.id == webhook)
        .values(stopped_at=None, due_at=None, attempts=0, trouble="")
        .returning(Webhook.id)
    )
    if again is None:
        raise Missing


def note_heard(session: Session, webhook: int, change: int) -> None:
    """The address took this change; the next one may go at once."""
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook, Webhook.told_change_id < change)
        .values(told_change_id=change, attempts=0, due_at=None, trouble="")
    )


def note_not_heard(session: Session, webhook: int, trouble: str, now: datetime) -> None:
    """The address did not take it: try again later, or give up where an operator can see it."""
    tried = session.scalar(
        update(Webhook)
        .where(Webhook.id == webhook)
        .values(attempts=Webhook.attempts + 1, trouble=trouble[:300])
        .returning(Webhook.attempts)
    )
    pause = pause_after(tried or 1)
    after = {"due_at": now + pause} if pause else {"stopped_at": now}
    session.execute(update(Webhook).where(Webhook.id == webhook).values(**after))


def stop_webhook(session: Session, webhook: int, trouble: str, now: datetime) -> None:
    """The address says it is gone for good: tell it no more."""
    session.execute(
        update(Webhook).where(Webhook.id == webhook).values(stopped_at=now, trouble=trouble)
    )


def forget(session: Session, before: datetime) -> int:
    """Erase some changes from before this moment, none that a webhook still waits for.

    The newest stays without what it said: by it a restored database knows how far its numbers had
    come.
    """
    waiting = (
        select(func.min(Webhook.told_change_id))
        .where(Webhook.administration_id == Change.administration_id, Webhook.stopped_at.is_(None))
        .scalar_subquery()
    )
    newest = select(func.max(Change.id)).scalar_subquery()
    told = Change.id <= func.coalesce(waiting, Change.id)
    session.execute(
        update(Change)
        .where(Change.at < before, Change.id == newest, told)
        .values(data={})
        .execution_options(synchronize_session=False)
    )
    return len(erase_some(session, Change, Change.at < before, Change.id < newest, told))
