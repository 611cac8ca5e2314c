"""Somebody's numbers."""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from estate.people.models import Person


class Numbers(NamedTuple):
    """One's own confirmed number (E.164), and what the administration has, as it wrote it."""

    own: str | None
    contact: str | None


def numbers_of(session: Session, person: int) -> Numbers:
    """The numbers somebody is known by."""
    row = session.execute(
        select(Person.phone, Person.contact_phone).where(Person.id == person)
    ).one()
    return Numbers(*row)
