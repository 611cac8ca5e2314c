"""Asking what this database is."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from estate.installation.models import Installation
from estate.places.models import Administration


def is_demo(session: Session) -> bool:
    """Whether everything in here is made up."""
    return bool(session.scalar(select(Installation.demo).where(Installation.id == 1)))


def is_empty(session: Session) -> bool:
    """Whether no estate was imported or made yet."""
    return not session.scalar(select(exists().where(Administration.id.is_not(None))))
