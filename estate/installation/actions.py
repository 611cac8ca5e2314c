"""Writing down what this database is."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from estate.installation.models import Installation


def call_it_a_demo(session: Session, seed: int, today: date, made_at: datetime) -> None:
    """From now on this database holds made-up people, and never serves a public address."""
    session.merge(Installation(id=1, demo=True, seed=seed, today=today, made_at=made_at))
