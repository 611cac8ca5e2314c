"""Somebody's numbers."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import func, select
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


def texted_at(session: Session, persons: Iterable[int]) -> Mapping[int, str]:
    """Where these persons get an SMS (E.164): at their own number, else the administration's."""
    number = func.coalesce(Person.phone, Person.contact_number)
    rows = session.execute(
        select(Person.id, number).where(Person.id.in_(list(persons)), number.is_not(None))
    )
    return {row[0]: row[1] for row in rows}
