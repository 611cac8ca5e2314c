"""Reading changes, keys and webhooks back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from estate.changes.models import ApiKey, Change, Webhook
from estate.changes.rules import key_hash
from estate.places.models import Organisation

MOST = 500


class Told(NamedTuple):
    """One change as the administration's system hears it."""

    id: int
    at: datetime
    organisation: str | None
    kind: str
    thing: int
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The change as it goes over the wire; `organisation` is the administration's number."""
        return {**self._asdict(), "at": self.at.isoformat()}


class Machine(NamedTuple):
    """The program behind an API key."""

    key: int
    administration: int
    used_at: datetime | None


class WebhookDue(NamedTuple):
    """A webhook that has something to hear now: where, signed by what, and how far it has heard."""

    id: int
    address: str
    secret: str
    administration: int
    told: int


def changes_since(
    session: Session, administration: int, since: int, limit: int = MOST
) -> list[Told]:
    """The changes of one administration after `since`, oldest first, at most `limit`."""
    rows = session.execute(
        select(Change.id, Change.at, Organisation.number, Change.kind, Change.thing_id, Change.data)
        .outerjoin(Organisation, Change.organisation_id == Organisation.id)
        .where(Change.administration_id == administration, Change.id > since)
        .order_by(Change.id)
        .limit(min(limit, MOST))
    )
    return [Told(*row) for row in rows]


def machine_by_key(session: Session, key: str) -> Machine | None:
    """Whose key this is; None for an unknown or revoked one."""
    row = session.execute(
        select(ApiKey.id, ApiKey.administration_id, ApiKey.used_at).where(
            ApiKey.key_hash == key_hash(key), ApiKey.revoked_at.is_(None)
        )
    ).one_or_none()
    return Machine(*row) if row else None


def webhooks_due(session: Session, now: datetime) -> Sequence[WebhookDue]:
    """Webhooks that may be tried now and have not heard everything."""
    waiting = (
        select(Change.id)
        .where(
            Change.administration_id == Webhook.administration_id,
            Change.id > Webhook.told_change_id,
        )
        .exists()
    )
    rows = session.execute(
        select(
            Webhook.id,
            Webhook.address,
            Webhook.secret,
            Webhook.administration_id,
            Webhook.told_change_id,
        )
        .where(
            Webhook.stopped_at.is_(None),
            or_(Webhook.due_at.is_(None), Webhook.due_at <= now),
            waiting,
        )
        .order_by(Webhook.id)
    )
    return [WebhookDue(*row) for row in rows]


class WebhookState(NamedTuple):
    """How a webhook is doing, for the operator."""

    id: int
    address: str
    told: int
    attempts: int
    trouble: str
    stopped_at: datetime | None


def webhook_states(session: Session) -> Sequence[WebhookState]:
    """Every webhook, in the order they were added."""
    rows = session.execute(
        select(
            Webhook.id,
            Webhook.address,
            Webhook.told_change_id,
            Webhook.attempts,
            Webhook.trouble,
            Webhook.stopped_at,
        ).order_by(Webhook.id)
    )
    return [WebhookState(*row) for row in rows]
