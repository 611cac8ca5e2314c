"""Writing down what this database is."""

from datetime import date

from sqlalchemy.orm import Session

from estate import clock
from estate.installation.models import Installation


def call_it_a_demo(session: Session, seed: int, today: date) -> None:
    """From now on this database holds made-up people, and never serves a public address."""
    made = Installation(id=1, demo=True, seed=seed, today=today, made_at=clock.now())
    session.merge(made)
